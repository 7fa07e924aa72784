"""Whether what was asked stands: an edit compared with the configuration that was read back."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from netpulse_core.builtins.netconf import attributes
from netpulse_core.builtins.netconf.xml import local


def missing(edit: Any, now: Any, *, deletions: bool = True) -> list[str]:
    """Return the paths of an edit that do not stand in what was read back, and of deletions that are still there.

    An element stands where one of the same name holds all that it holds, and has its attributes. Keys of lists are not
    known without the model, and not needed: an entry's keys are among what it has to hold. `deletions` can be left out,
    for what was read with the defaults filled in.
    """
    return list(_missing(edit, now, "", deletions))


def leftovers(edit: Any, before: Any, now: Any) -> list[str]:
    """Return the paths that a replacement should have removed, and that are as they were before."""
    if not any(attributes.replaces(one) for one in edit.iter()):
        return []
    return list(_leftovers(edit, before, now, ""))


def _leftovers(edit: Any, before: Any, now: Any, path: str) -> Iterator[str]:
    olds, news = _Children(before), _Children(now)
    for child in edit:
        old, new = olds.best(child), news.best(child)
        if old is None or new is None:
            continue
        here = f"{path}/{local(child.tag)}"
        if attributes.replaces(child):
            yield from (f"{here}{one}" for one in _not_asked(child, old, new))
        else:
            yield from _leftovers(child, old, new, here)


def _missing(edit: Any, now: Any, path: str, deletions: bool) -> Iterator[str]:
    there = _Children(now)
    for child in edit:
        here = f"{path}/{local(child.tag)}"
        candidates = there.like(child)
        if attributes.removes(child):
            if deletions and any(_holds(child, one) for one in candidates):
                yield f"{here} (still there)"
            continue
        misses = [list(_misses(child, one, here, deletions)) for one in candidates]
        yield from min(misses, key=len, default=[here])


def _misses(asked: Any, found: Any, path: str, deletions: bool) -> Iterator[str]:
    yield from (f"{path}/{one}" for one in attributes.misses(asked, found, deletions=deletions))
    if len(asked) == 0:
        if not _same(asked, found):
            yield path
    else:
        yield from _missing(asked, found, path, deletions)


def _holds(asked: Any, found: Any) -> bool:
    """Whether this is what a deletion names: an entry by its keys, a leaf by its name, a leaf-list's by its value."""
    if len(asked) == 0:
        return not (asked.text or "").strip() or _same(asked, found)
    return not list(_missing(asked, found, "", True))


def _not_asked(asked: Any, old: Any, new: Any) -> Iterator[str]:
    wanted, olds, news = _Children(asked), _Children(old), _Children(new)
    for child in new:
        several = news.several(child)
        kept, was = wanted.like(child, by_key=several), olds.like(child, by_key=several)
        here = f"/{local(child.tag)}"
        if kept and was and len(child):
            yield from (f"{here}{one}" for one in _not_asked(kept[0], was[0], child))
        elif not kept and any(not list(_misses(one, child, "", False)) for one in was):
            yield f"{here} (still there)"


class _Children:
    """The children of an element, found by name, and entries of a list by their first leaf, mostly their key."""

    def __init__(self, parent: Any) -> None:
        self._named: dict[str, list[Any]] = {}
        self._keyed: dict[tuple[str, str, str], list[Any]] = {}
        self._keys: set[tuple[str, str]] = set()
        for child in parent:
            name = local(child.tag)
            self._named.setdefault(name, []).append(child)
            if (key := _key(child)) is not None:
                self._keyed.setdefault((name, *key), []).append(child)
                self._keys.add((name, key[0]))

    def several(self, asked: Any) -> bool:
        """Whether there is more than one of this name."""
        return len(self._named.get(local(asked.tag), [])) > 1

    def like(self, asked: Any, *, by_key: bool | None = None) -> list[Any]:
        """Return those of the same name; of a list, the entries of the same key."""
        name, key = local(asked.tag), _key(asked)
        named = self._named.get(name, [])
        if (self.several(asked) if by_key is None else by_key) and key is not None and (name, key[0]) in self._keys:
            named = self._keyed.get((name, *key), [])
        return [one for one in named if _same_name(asked, one)]

    def best(self, asked: Any) -> Any:
        """Return the one that holds most of what is asked, or None."""
        found = self.like(asked)
        if len(found) < 2:
            return found[0] if found else None
        return min(found, key=lambda one: sum(1 for _ in _misses(asked, one, "", False)))


def _key(element: Any) -> tuple[str, str] | None:
    if len(element) == 0 or len(element[0]):
        return None
    return local(element[0].tag), (element[0].text or "").strip()


def _same_name(asked: Any, found: Any) -> bool:
    """Whether the names are the same; one without a namespace, as some devices take it, is any."""
    return bool(asked.tag == found.tag) or (not asked.tag.startswith("{") and local(found.tag) == asked.tag)


def _same(asked: Any, found: Any) -> bool:
    """Whether two leaves hold the same value, however a server writes it."""
    if len(found):
        return not (asked.text or "").strip()  # an empty container, asked for to be there
    one, other = _value(asked), _value(found)
    return one == other or _clear_password(one) or _same_number(one, other)


def _value(leaf: Any) -> str:
    """The text; where its prefix is one of a namespace (an identity), that namespace instead of the prefix."""
    text = (leaf.text or "").strip()
    prefix, colon, name = text.partition(":")
    return f"{{{leaf.nsmap[prefix]}}}{name}" if colon and prefix in leaf.nsmap else text


def _clear_password(text: str) -> bool:
    """A clear password that the server keeps as a hash (RFC 7317, section 3.2, crypt-hash)."""
    return text.startswith("$0$")


def _same_number(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False
