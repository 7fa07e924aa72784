"""How a text may spell a secret: as it is, or escaped by what wrote the text."""

import base64
import html
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from netpulse_core.configs.secretforms import names_secret
from netpulse_core.configs.secretwords import NO_SECRET

SHORTEST = 4
"""Characters below which masking would blot out ordinary text and hide nothing."""

_FRAME = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]+-----")

_ESCAPE = re.compile("%[0-9A-F]{2}")
"""Of a URL; some write it in small letters."""

_PUBLIC = re.compile(
    r"(?:(?:user|host|display)_?)?name|user|login|host|ip|port|id|type|alg|algorithm|kty|kid|method|project|realm|region"
    r"|tenant|version|(?:.*_)?(?:address|domain|email|ur[il])|(?!(?:.*_)?(?:secret|session)_id$).*_id"
)
"""Names of what a JSON document says beside its secrets. The `secret_id` of a vault is one of those."""

_INSIDE = 8
"""Characters from which a secret is looked for within base64 of more: fewer would be part of any."""
_OF_URLS = str.maketrans("+/", "-_")
"""Signs of base64, as URLs have them."""

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
    """Yield what is secret of a value by itself: each line; of JSON, each line of what has no public name.

    What frames a key in PEM is public. JSON that has nothing else is one that we cannot read: all its texts are secret.
    """
    texts = [(text, name) for text, name in _texts(value) if len(text.strip()) >= SHORTEST]
    secret = [text for text, name in texts if _is_secret(text, name)]
    for text in secret or [text for text, _ in texts] or [value]:
        yield from (line for line in (text, *text.splitlines()) if _FRAME.fullmatch(line.strip()) is None)


def _is_secret(text: str, name: str) -> bool:
    """Whether a text of this name is a secret: unless it is called one, not the words of every configuration."""
    if names_secret(name):
        return True
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[-. ]", "_", name).lower()
    return _PUBLIC.fullmatch(plain) is None and text.lower() not in NO_SECRET


def _texts(value: str) -> list[tuple[str, str]]:
    """Return the texts of a JSON document, and the name that stands right above each."""
    if value.lstrip()[:1] not in ("{", "["):
        return []
    try:
        return list(_leaves(json.loads(value), name=""))
    except (ValueError, RecursionError):
        return []


def _leaves(data: Any, *, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(data, str):
        yield data, name
    elif isinstance(data, list):
        for item in data:
            yield from _leaves(item, name=name)
    elif isinstance(data, dict):
        for key, item in data.items():
            yield from _leaves(item, name=key)


@lru_cache(maxsize=256)
def spellings(value: str) -> tuple[tuple[str, str], ...]:
    """Return each form of a secret with the part of it that is spelled so: every job asks for the same few.

    Those of base64 are for them alone: a node knows thousands of secrets, and these are many forms of each.
    """
    return tuple((form, part) for part in parts(value) for form in sorted(forms(part) | _in_base64(part)))


def forms(value: str) -> set[str]:
    """Return how texts spell this: plain, as by a repr, JSON, XML and a URL, and by a repr or JSON of any of these."""
    if len(value) < SHORTEST:
        return set()
    once = {value, *_escaped(value), *_marked_up(value), *_quoted(value)}
    return once.union(*(_escaped(one) for one in once))


def _in_base64(value: str) -> set[str]:
    """Return what of base64 this alone decides: where it is all there is, and behind and before other bytes.

    A sign that it shares with a neighbour is left; it holds no more than four bits of it.
    """
    coded = value.encode("utf-8", "surrogatepass")
    found: set[str] = set()
    for before in (0, 1, 2) if len(value) >= _INSIDE else (0,) if len(value) >= SHORTEST else ():
        size = before + len(coded)
        ends = base64.b64encode(bytes(before) + coded).decode()[-(-before * 4 // 3) :]
        found.add(ends)
        if len(value) >= _INSIDE:
            found.add(ends[: size * 4 // 3 - -(-before * 4 // 3)])
    return found | {one.translate(_OF_URLS) for one in found}


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
    found = {quote(coded), quote(coded, safe=""), quote_plus(coded)}
    return found | {_ESCAPE.sub(lambda escape: escape[0].lower(), one) for one in found}
