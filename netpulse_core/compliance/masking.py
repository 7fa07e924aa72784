"""Secrets of configurations kept out of findings: those are recorded, and read by more people than a device is."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from netpulse_core.model.check import Finding
from netpulse_core.model.secrecy import is_secret

MASK = "***"

_ANNOUNCED = re.compile(
    r"""(?ix) (?<![\w-]) (?:[\w-]+-)?
    (?:password|passwd|secret|community|key|key-string|passphrase|psk|md5|sha\d*|auth|priv|simple-password) [ \t]+
    (?:(?:level[ ])?\d{1,3}[ \t]+ | (?:encrypted|encryption|plain|text|hash|ascii|ascii-text|hexadecimal|hex|clear
       |md5|sha\d*|aes\d*|des|3des|key-string|value|secret|(?:authentication|privacy)-(?:key|password))[ \t]+)*
    ["']? (?P<secret>[^\s"';]+)"""
)
"""A word that announces a secret, how it is written, and the secret."""

_KNOWN = frozenset({"public", "private", "chain", "generate", "type"})
"""What stands there and is no secret: everybody tries the first two."""

_SHORTEST = 3


class Mask:
    """Masks what the evidence of one device holds of secrets, wherever a finding repeats it."""

    def __init__(self, evidence: Iterable[Any]) -> None:
        secrets = {one for value in evidence for one in _secrets(value)} - _KNOWN
        # The longest first: one may be the beginning of another.
        words = [re.escape(one) for one in sorted(secrets, key=len, reverse=True) if len(one) >= _SHORTEST]
        self._known = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)") if words else None

    def finding(self, found: Finding) -> Finding:
        """Return a finding without them."""
        return replace(
            found,
            why=self._text(found.why),
            wanted=self._lines(found.wanted),
            found=self._lines(found.found),
            missing=self._lines(found.missing),
            extra=self._lines(found.extra),
            remediation=self._text(found.remediation),
        )

    def _lines(self, lines: Sequence[str]) -> Sequence[str]:
        return [self._text(line) for line in lines]

    def _text(self, text: str) -> str:
        return self._known.sub(MASK, text) if self._known else text


def _secrets(value: Any, secret: bool = False) -> Iterator[str]:
    match value:
        case str() if secret:
            yield value
        case str():
            yield from (found["secret"] for found in _ANNOUNCED.finditer(value))
        case Mapping():
            for key, item in value.items():
                if secret and isinstance(key, str):
                    yield key  # NAPALM keeps communities as keys
                yield from _secrets(item, is_secret(key))
        case list() | tuple():
            for item in value:
                yield from _secrets(item, secret)
