"""Which data is secret by its name, so that it is neither shown nor rendered unasked."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

NAMES = (
    r"(?:pass(?:word|wd|phrase|code)|secret|token|psk|apikey|key_?string|snmp_community|(?:api|auth|authentication"
    r"|encrypted|encryption|hmac|md5|priv|privacy|private|secret|sha\d*|shared|wep|wpa\d?)_key)"
)
"""What the names of secrets end with, in small letters with `_` between the words: the one table, for all who ask."""

SECRET = re.compile(
    rf"{NAMES}(?:_|$)|pass(word|wd|phrase)|secret|token|credential|api_?key|private_?key|community(?!_?list)"
    r"|(?:^|_)(pass|pwd|psk|auth|keys?)(?:_|$)"
)
"""Names of data that is left out; it errs to silence, because a value that was shown cannot be taken back."""

_NAMING = re.compile(
    r"(?:_(?:group|profile|policy|type|method|mode)|(?:credentials?|auth)_(?:set|list|id|name)"
    r"|(?:key|secret|token)_name|key_id|token_ring|pass_through)$"
)
"""Names that look like a secret's and say how, by whom or by which of several something is secret."""


def without_secrets(data: Any) -> Any:
    """Return the data without what is secret by its name, however deep it stands."""
    if isinstance(data, Mapping):
        return {key: without_secrets(value) for key, value in data.items() if not is_secret(key)}
    if isinstance(data, (list, tuple)):
        return [without_secrets(value) for value in data]
    return data


def is_secret(key: object) -> bool:
    """Whether data of this name is left out."""
    return SECRET.search(str(key).lower().replace("-", "_")) is not None


def is_asked_of_none(path: Sequence[str]) -> bool:
    """Whether no target may ask for the data at this path: answers would tell a secret letter by letter.

    Beneath `credential_set` there may be anything; itself it is a name. An SNMP community has no other secret.
    """
    *above, last = path
    if any(map(is_secret, above)):
        return True
    name = last.lower().replace("-", "_")
    return is_secret(last) and ("community" in name or _NAMING.search(name) is None)
