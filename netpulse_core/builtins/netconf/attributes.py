"""What the attributes of an edit ask for: an operation on its element, or a property that the element then has.

Junos says with attributes what other servers say with elements: an `inactive` element stands in the configuration, and
does nothing. Attributes of a namespace annotate (`wd:default` of RFC 6243, `or:origin`, tags of NSO): few servers give
them back, and what a device holds is not judged by them.
"""

from collections.abc import Iterator
from typing import Any

from netpulse_core.builtins.netconf.xml import BASE, local

_OPERATIONS = frozenset({"operation", f"{{{BASE}}}operation"})
"""RFC 6241, section 7.2; some servers take it without its namespace."""
_OF_JUNOS = frozenset({"create", "delete", "merge", "replace"})
_GONE = frozenset({"delete", "remove"})
_ENDS = {"active": "inactive", "unprotect": "protect"}
"""What takes another attribute away, and is not kept itself."""


def removes(asked: Any) -> bool:
    """Whether an edit deletes this element."""
    return _operation(asked) in _GONE


def replaces(asked: Any) -> bool:
    """Whether an edit replaces this element."""
    return _operation(asked) == "replace"


def misses(asked: Any, found: Any, *, deletions: bool) -> Iterator[str]:
    """Return the attributes that an edit asks for and that were not read back, and those that should have gone."""
    for name, value in asked.attrib.items():
        if _is_how(asked, name):
            continue
        if name in _ENDS:
            if deletions and _has(found, _ENDS[name]):
                yield f"@{_ENDS[name]} (still there)"
        elif not _has(found, name, value):
            yield f"@{name}"


def unseen(edit: Any) -> str:
    """Return why it could not be seen whether an edit was done, or nothing."""
    renamed = next((one for one in edit.iter() if "rename" in one.attrib), None)
    if renamed is None:
        return ""
    return (
        f"config: `rename` of {local(renamed.tag)}: it could not be seen whether it was done; delete and create instead"
    )


def _operation(asked: Any) -> str:
    said = next((value for name, value in asked.attrib.items() if name in _OPERATIONS), "")
    return said or next((name for name in asked.attrib if name in _OF_JUNOS and asked.get(name) == name), "")


def _is_how(asked: Any, name: str) -> bool:
    """Whether an attribute says how or where its element is edited, or was only shown by a device beside it."""
    if name in _OPERATIONS or name.startswith("{"):
        return True
    if name in ("insert", "name"):
        return "insert" in asked.attrib
    return name in _OF_JUNOS and asked.get(name) == name


def _has(found: Any, name: str, value: str | None = None) -> bool:
    """Whether an attribute was read back, in whichever namespace."""
    return any(local(has) == name and value in (None, given) for has, given in found.attrib.items())
