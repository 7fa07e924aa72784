"""Secrets of configurations kept out of findings: those are recorded, and read by more people than a device is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from netpulse_core.configs.redacting import Mark, announced, everywhere
from netpulse_core.configs.secretforms import COMMUNITY, holds_secret, is_secret, is_secret_name
from netpulse_core.model.check import Finding

_SHORTEST = 3


class Mask:
    """Masks what the evidence of one device holds of secrets, wherever a finding repeats it."""

    def __init__(self, evidence: Iterable[Any], mark: Mark) -> None:
        secrets = {one for value in evidence for one in _secrets(value)}
        self._known = {one for one in secrets if len(one) >= _SHORTEST}
        self._mark = mark

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
        return everywhere(text, self._known, self._mark)


def _secrets(value: Any, secret: bool = False) -> Iterator[str]:
    match value:
        case str() if secret and is_secret(value, COMMUNITY):
            yield value
        case str():
            yield from announced(value)
        case Mapping():
            for key, item in value.items():
                if secret and isinstance(key, str) and is_secret_name(key):
                    yield key  # NAPALM keeps communities as keys
                yield from _secrets(item, holds_secret(str(key), beneath=secret))
        case list() | tuple():
            for item in value:
                yield from _secrets(item, secret)
