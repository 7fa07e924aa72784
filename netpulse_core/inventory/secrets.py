"""References to secrets: what an inventory holds instead of a password.

A reference is `scheme:rest` with one of the schemes below, or `scheme://rest` with any other, for the stores that
plugins know. Everything else is a clear value, so that the password `summer:2024` stays one.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from netpulse_core.model.reference import SCHEMES, is_reference
from netpulse_core.model.secrecy import NAMES

__all__ = [
    "SCHEMES",
    "clear_secrets",
    "clear_texts",
    "is_reference",
    "is_secret_key",
    "is_secret_option",
    "resolved",
    "resolved_extras",
]

_OF_KNOWN_SCHEME = re.compile(rf"(?:{'|'.join(sorted(SCHEMES))}):\S(?:[^\r\n]*\S)?")
_SECRET_KEY = re.compile(rf"(?:.*_)?{NAMES}|pass")

_MORE = """
algorithm id key_id key_type level lifetime method mode name ttl type user username version vlan vrf
"""
_SAYS_MORE = frozenset(_MORE.split())
"""Ordinary fields beside a secret, in a mapping under its name."""

_HOLDS_IT = frozenset({"key", "value"})
"""Where a reference with a scheme of a plugin's stands in such a mapping: under others it may be an address."""

_OF_NAMES = ((), ("hosts",), ("groups",))
"""Where mappings stand under the names of devices and groups, which may be called anything."""

Where = tuple[str | int, ...]
Resolve = Callable[[str], str]


@lru_cache(maxsize=4096)
def is_secret_key(key: object) -> bool:
    """Whether the value under this key is a secret by its name: `password`, `enable_secret`, `api-token`."""
    return isinstance(key, str) and _SECRET_KEY.fullmatch(_plain(key)) is not None


def is_secret_option(key: object) -> bool:
    """Whether the value under this key of a connection's options is a secret: there, a community is SNMP's."""
    return key == "community" or is_secret_key(key)


def resolved(value: str | None, resolve: Resolve) -> str | None:
    """Return the secret behind a reference; a clear value is returned as it is."""
    return resolve(value) if value is not None and is_reference(value) else value


def resolved_extras(extras: Mapping[str, Any], resolve: Resolve) -> dict[str, Any]:
    """Return a copy of connection options with every reference replaced, however deep it stands.

    Under a key that does not name a secret, only the schemes of SCHEMES are references: `proxy: http://...` is not.
    """
    return {key: _resolved(value, is_secret_option(key), resolve) for key, value in extras.items()}


def clear_secrets(value: Any, where: Where = ()) -> Iterator[Where]:
    """Yield the keys that lead to a secret written in clear."""
    for found, _ in _in_clear(value, where):
        yield found


def clear_texts(value: Any) -> Iterator[str]:
    """Yield the secrets written in clear, as texts show them."""
    for _, found in _in_clear(value, ()):
        yield str(found)


def _in_clear(value: Any, where: Where, secret: bool = False) -> Iterator[tuple[Where, Any]]:
    """Yield each secret in clear, and where: a text or a number under a secret's name, however deep beneath it.

    A mapping under such a name that holds a reference has its secret there: what else it says is none.
    """
    if not isinstance(value, (dict, list, tuple)):  # an empty file, or one that is a single value
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        named = (secret and _plain(key) not in _SAYS_MORE) or _names_a_secret(key, item, where)
        if isinstance(item, dict):
            yield from _in_clear(item, (*where, key), named and where not in _OF_NAMES and not _refers(item))
        elif isinstance(item, (list, tuple)):
            yield from _in_clear(item, (*where, key), named)
        elif named and not (item is None or isinstance(item, bool) or item == "" or is_reference(item)):
            yield (*where, key), item


def _names_a_secret(key: object, item: Any, where: Where) -> bool:
    if _plain(key) == "pass" and isinstance(item, (dict, list, tuple)):  # what a filter lets pass
        return False
    return is_secret_option(key) if where[-1:] == ("extras",) else is_secret_key(key)


def _refers(fields: Mapping[Any, Any]) -> bool:
    """Whether one of these fields is a reference to a secret."""
    return any(
        _OF_KNOWN_SCHEME.fullmatch(item) or (is_reference(item) and (key in _HOLDS_IT or is_secret_key(key)))
        for key, item in fields.items()
        if isinstance(item, str)
    )


def _plain(key: object) -> str:
    return str(key).lower().replace("-", "_")


def _resolved(value: Any, secret: bool, resolve: Resolve) -> Any:
    if isinstance(value, str):
        found = is_reference(value) if secret else _OF_KNOWN_SCHEME.fullmatch(value) is not None
        return resolve(value) if found else value
    if isinstance(value, Mapping):
        return {key: _resolved(item, secret or is_secret_key(key), resolve) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_resolved(item, secret, resolve) for item in value]
    return value
