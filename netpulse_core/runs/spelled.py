"""How a text may spell a secret: as it is, or escaped by what wrote the text."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from netpulse_core.configs.secretforms import names_secret

SHORTEST = 4
"""Characters below which masking would blot out ordinary text and hide nothing."""

_FRAME = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]+-----")

_BOTH = "\"'"
"""Beside both quotes, Python escapes the single one."""
_QUOTES_OF_XML = (('"', "&quot;"), ("'", "&apos;")), (('"', "&#34;"), ("'", "&#39;"))
"""As XML has them, and as Jinja and Go do; `html.escape` has others still."""
_BLANKS_OF_XML = str.maketrans({sign: f"&#{ord(sign)};" for sign in "\t\n\r"})
"""As attributes have them."""


def parts(value: str) -> Iterator[str]:
    """Yield what is secret of a value: all of it and what `_within` it is, also without the blanks around."""
    yield from dict.fromkeys((value, *(part.strip() for part in (value, *_within(value)))))


def _within(value: str) -> Iterator[str]:
    """Yield what is secret of a value by itself: each line; of JSON, each line of what a secret's name stands above.

    What frames a key in PEM is public. JSON that names no secret is one that we cannot read: all its texts are secret.
    """
    texts = _texts(value)
    for text in [text for text, named in texts if named] or [text for text, _ in texts] or [value]:
        yield from (line for line in (text, *text.splitlines()) if _FRAME.fullmatch(line.strip()) is None)


def _texts(value: str) -> list[tuple[str, bool]]:
    """Return the texts of a JSON document, and whether the name of a secret stands above each."""
    if value.lstrip()[:1] not in ("{", "["):
        return []
    try:
        return list(_leaves(json.loads(value), named=False))
    except (ValueError, RecursionError):
        return []


def _leaves(data: Any, *, named: bool) -> Iterator[tuple[str, bool]]:
    if isinstance(data, str):
        yield data, named
    elif isinstance(data, list):
        for item in data:
            yield from _leaves(item, named=named)
    elif isinstance(data, dict):
        for name, item in data.items():
            yield from _leaves(item, named=named or names_secret(name))


def forms(value: str) -> set[str]:
    """Return how texts spell this: plain, as by a repr, JSON, XML and a URL, and by a repr or JSON of any of these."""
    if len(value) < SHORTEST:
        return set()
    once = {value, *_escaped(value), *_marked_up(value), *_quoted(value)}
    return once.union(*(_escaped(one) for one in once))


def _escaped(value: str) -> set[str]:
    """Return it as string literals have it, of Python and of JSON."""
    coded = value.encode("utf-8", "surrogatepass")
    literals = [
        repr(value + _BOTH)[1 : -len(_BOTH) - 2],
        ascii(value + _BOTH)[1 : -len(_BOTH) - 2],
        repr(coded + _BOTH.encode())[2 : -len(_BOTH) - 2],
    ]
    # Which quotes stand around, and so whether a single one is escaped, depends on the whole text.
    literals += [one.replace("\\'", "'") for one in literals]
    return {*literals, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}


def _marked_up(value: str) -> set[str]:
    found = {html.escape(value), plain := html.escape(value, quote=False)}
    for quotes in _QUOTES_OF_XML:
        one = plain
        for sign, entity in quotes:
            one = one.replace(sign, entity)
            found.add(one)
    return found | {one.translate(_BLANKS_OF_XML) for one in found}


def _quoted(value: str) -> set[str]:
    coded = value.encode("utf-8", "surrogatepass")
    return {quote(coded), quote(coded, safe=""), quote_plus(coded)}
