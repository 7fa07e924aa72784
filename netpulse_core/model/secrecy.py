"""Which data is secret by its name, so that it is neither shown nor rendered unasked."""

import re
from collections.abc import Mapping
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
