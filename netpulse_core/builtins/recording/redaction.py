"""Secrets taken out of what goes to strangers, and counted."""

from collections import Counter
from typing import Protocol


class Masks(Protocol):
    """What a job masks secrets by."""

    def blank(self, text: str, found: Counter[str], *, announced: bool = True) -> str:
        """Return a text with masks that say nothing, and count them by what they are."""


class Redaction:
    """Takes secrets out of texts and counts them."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._found: Counter[str] = Counter()

    def by_value(self, text: str) -> str:
        """Return a text without the secrets that are known."""
        return self._masks.blank(text, self._found, announced=False)

    def __call__(self, text: str) -> str:
        """Return a text without the secrets that are known, and without what looks like one."""
        return self._masks.blank(text, self._found)

    @property
    def found(self) -> dict[str, int]:
        """How many were masked, by what they are."""
        return {what: count for what, count in sorted(self._found.items()) if count}
