"""XML as NETCONF uses it, parsed so that a document can reach nothing but itself."""

import re
from typing import Any

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
JUNOS = "http://xml.juniper.net/junos/"
"""How the namespace of Junos' own attributes begins; its release follows."""
_STAMPS = ("changed-", "commit-")
_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")


def parsed(text: str) -> Any:
    """Return the root element; raise ValueError for what is not well-formed, or carries a document type.

    Comments and white space between elements are dropped. A document type could name entities, other files among
    them; NETCONF has none (RFC 6241, section 3).
    """
    from lxml import etree  # noqa: PLC0415 - loaded when a session is opened

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_DECLARATION.sub("", text).encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"not well-formed XML: {error.msg}") from error
    if root.getroottree().docinfo.doctype:
        raise ValueError("a document type is not allowed in NETCONF")
    return root


def config(text: str) -> Any:
    """Return the `config` element of an edit: given whole, or as the elements that stand in it."""
    inside = parsed(f'<nc:config xmlns:nc="{BASE}">{_DECLARATION.sub("", text)}</nc:config>')
    children = list(inside)
    if len(children) == 1 and children[0].tag in ("config", f"{{{BASE}}}config"):
        inside = children[0]
        inside.tag = f"{{{BASE}}}config"
    if len(inside) == 0:
        raise ValueError("there is no element in it")
    if (inside.text or "").strip() or any((child.tail or "").strip() for child in inside):
        raise ValueError("there is text outside of its elements")
    return inside


def subtree(edit: Any) -> str:
    """Return a filter for the top-level elements of an edit (RFC 6241, section 6)."""
    from lxml import etree  # noqa: PLC0415

    asked = etree.Element(f"{{{BASE}}}filter", type="subtree")
    for name in dict.fromkeys(child.tag for child in edit):
        etree.SubElement(asked, name)
    return text(asked)


def text(element: Any) -> str:
    """Return an element as indented text."""
    from lxml import etree  # noqa: PLC0415

    written: str = etree.tostring(element, encoding="unicode", pretty_print=True)
    return written


def outline(element: Any, *, annotated: bool = True) -> str:
    """Return an element as text to compare: without the stamps that Junos puts on each answer, attributes in order.

    Without annotations, which are the attributes of any namespace, only what a device holds is compared.
    """
    from lxml import etree  # noqa: PLC0415

    bare = parsed(text(element))
    for one in bare.iter():
        kept = sorted(
            (name, value)
            for name, value in one.attrib.items()
            if not _is_stamp(name) and (annotated or not name.startswith("{"))
        )
        one.attrib.clear()
        one.attrib.update(kept)
    if not annotated:  # their namespaces go with them, but not those that a value may name
        named = {prefix for one in bare.iter() if (prefix := (one.text or "").strip().partition(":")[0])}
        etree.cleanup_namespaces(bare, keep_ns_prefixes=sorted(named))
    return text(bare)


def _is_stamp(name: str) -> bool:
    """Whether an attribute tells who committed last, and when (`junos:changed-seconds`, `junos:commit-user`)."""
    return name.startswith(f"{{{JUNOS}") and local(name).startswith(_STAMPS)


def local(name: str) -> str:
    """Return an element's name without its namespace."""
    return name.rpartition("}")[2]
