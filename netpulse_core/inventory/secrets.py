"""References to secrets: what an inventory holds instead of a password.

A reference is `scheme:rest` with one of the schemes below, or `scheme://rest` with any other, for the stores that
plugins know. Everything else is a clear value, so that the password `summer:2024` stays one.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from netpulse_core.model.reference import SCHEMES, is_reference

__all__ = [
    "SCHEMES",
    "clear_secrets",
    "is_reference",
    "is_secret_key",
    "is_secret_option",
    "resolved",
    "resolved_extras",
]

_OF_KNOWN_SCHEME = re.compile(rf"(?:{'|'.join(sorted(SCHEMES))}):\S(?:[^\r\n]*\S)?")
_SECRET_KEY = re.compile(
    r"(?:.*_)?(?:password|passwd|passphrase|secret|token|psk|apikey)"
    r"|(?:.*_)?(?:api|private|priv|auth|encryption|shared)_key|snmp_community|pass"
)

Where = tuple[str | int, ...]
Resolve = Callable[[str], str]


@lru_cache(maxsize=4096)
def is_secret_key(key: object) -> bool:
    """Whether the value under this key is a secret by its name: `password`, `enable_secret`, `api-token`."""
    return isinstance(key, str) and _SECRET_KEY.fullmatch(key.lower().replace("-", "_")) is not None


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
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, (dict, list)):
                yield from clear_secrets(item, (*where, key))
            elif isinstance(item, str) and item and _names_a_secret(key, where) and not is_reference(item):
                yield (*where, key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, (dict, list)):
                yield from clear_secrets(item, (*where, index))


def _names_a_secret(key: object, where: Where) -> bool:
    return is_secret_option(key) if where[-1:] == ("extras",) else is_secret_key(key)


def _resolved(value: Any, secret: bool, resolve: Resolve) -> Any:
    if isinstance(value, str):
        found = is_reference(value) if secret else _OF_KNOWN_SCHEME.fullmatch(value) is not None
        return resolve(value) if found else value
    if isinstance(value, Mapping):
        return {key: _resolved(item, secret or is_secret_key(key), resolve) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_resolved(item, secret, resolve) for item in value]
    return value
