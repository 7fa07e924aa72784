"""The copy of a configuration that may be shown: every secret masked where it stands, and wherever it stands again."""

import re
from collections.abc import Callable, Iterator

from netpulse_core.configs.platforms import ConfigPlatform

MASK = "********"

SHORTEST = 4
"""Characters of a secret below which it is masked only where it is announced: elsewhere it would be any word."""

_NO_SECRET = frozenset(
    {
        "aes", "authentication", "both", "chain", "default", "encrypted", "encryption", "enable", "generate", "length",
        "local", "login", "none", "policy", "private", "prompt", "public", "recovery", "required", "storage", "true",
        "type", "unencrypted",
    }
)  # fmt: skip
"""What stands where a secret could, and is none; masked as a value it would blot out half of the text."""


def redacted(text: str, platform: ConfigPlatform, redact: Callable[[str], str] = str) -> str:
    """Return a configuration in which no secret is; `redact` masks those that are known by their values."""
    from netutils.config.clean import sanitize_config  # noqa: PLC0415  loaded where a configuration is kept

    known = {one for one in _secrets(text, platform) if len(one) >= SHORTEST and not one.isdecimal()}
    filters = [{"regex": one, "replace": rf"\1{MASK}"} for one in platform.secrets]
    text = sanitize_config(redact(text), filters)
    return _everywhere(known).sub(MASK, text) if known else text


def _secrets(text: str, platform: ConfigPlatform) -> Iterator[str]:
    for expression in platform.secrets:
        for found in re.finditer(expression, text, re.MULTILINE):
            if found[2].lower() not in _NO_SECRET:
                yield found[2]


def _everywhere(secrets: set[str]) -> re.Pattern[str]:
    # The longest first: one may be the beginning of another.
    words = "|".join(re.escape(one) for one in sorted(secrets, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")
