"""Results as they are kept: text or JSON; what JSON cannot say becomes its repr and never fails a finished job."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from netpulse_core.configs.secretforms import COMMUNITY, holds_secret, is_secret, is_secret_name

MOST = 16 * 1024 * 1024
"""Characters of one text that are kept: a device that never stops talking must not fill the ledger."""

DEEPEST = 64
_LONGEST_INT = 4096
"""Bits; Python refuses to write much longer numbers in decimals."""

Redact = Callable[[str], str]


class Masks(Protocol):
    """Takes secrets out of texts, and writes the mark that stands for one."""

    def __call__(self, text: str) -> str:
        """Return a text without secrets."""

    def mark(self, secret: str) -> str:
        """Return what stands in the place of a secret."""


def plain(value: Any, redact: Masks, depth: int = 0, *, secret: bool = False) -> Any:
    """Return a value as JSON can say it, its texts redacted, and whole what is a `secret` by its name."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return redact.mark(value) if secret and is_secret(value, COMMUNITY) else kept(value, redact)
    if isinstance(value, int) and value.bit_length() <= _LONGEST_INT:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if depth < DEEPEST and isinstance(value, Mapping):
        return dict(_named(said(key, str), item, redact, depth + 1, secret) for key, item in value.items())
    if depth < DEEPEST and isinstance(value, (list, tuple)):
        return [plain(item, redact, depth + 1, secret=secret) for item in value]
    return kept(said(value, repr), redact)


def _named(name: str, item: Any, redact: Masks, depth: int, secret: bool) -> tuple[str, Any]:
    shown = redact.mark(name) if secret and is_secret_name(name) else kept(name, redact)
    return shown, plain(item, redact, depth, secret=holds_secret(name, beneath=secret))


def kept(text: str, redact: Redact) -> str:
    """Return a text as it may be stored, secrets masked before it is cut: half a secret is one still."""
    masked = redact(text)
    # Half a surrogate pair is no text a database or a JSON reader takes.
    whole = masked[:MOST].encode("utf-8", "replace").decode()
    return whole if len(masked) <= MOST else whole + mark(len(masked) - MOST, "characters")


def mark(more: int, what: str) -> str:
    """Return what stands where an output was cut."""
    return f"\n[cut here by NetPulse; {what} not kept: {more:,}]"


class Room:
    """How many bytes of a job's output are still kept; what does not fit is cut, and says so."""

    def __init__(self, most: int = MOST) -> None:
        self._left = most

    def text(self, text: str) -> str:
        """Return as much of a text as there is room for."""
        size = len(text) if text.isascii() else len(text.encode())
        if size <= self._left:
            self._left -= size
            return text
        left, self._left = self._left, 0
        begin = text.encode()[:left].decode("utf-8", "ignore")
        return begin + mark(size - len(begin.encode()), "bytes")

    def value(self, value: Any) -> Any:
        """Return JSON data whole, or as the beginning of the text it is: half of a structure would look like one."""
        if value is None or isinstance(value, str):
            return value and self.text(value)
        written = json.dumps(value, ensure_ascii=False)
        fits = self.text(written)
        return value if fits is written else fits


def said(value: Any, how: Callable[[Any], str]) -> str:
    """Return what an object says of itself, or what it is, where it cannot say."""
    try:
        return how(value)
    except Exception:  # noqa: BLE001  the task boundary: `__str__` is the runbook author's code too
        return f"<{type(value).__name__}>"
