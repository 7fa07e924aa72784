"""Regular expressions of policies, sought in a bounded time: one that explodes must end as an error."""

import re
import time
from functools import lru_cache

import regex

from netpulse_core.errors import Refused

SECONDS = 2.0
"""Of the processor, that all patterns of one rule may take on one device."""

LONGEST = 1000

PLACE = re.compile(r"(?<!\\[pPN])\{([A-Za-z_]\w+)\}")
"""Where what another pattern names stands in one: `{peer}`."""

_AT_FIRST = 0.02
"""Seconds in which nearly every pattern is done, and for which other threads may wait.

To let them on costs far more than that, line by line: a thread that gives way waits for all the others.
"""


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> "regex.Pattern[str]":
    """Return a pattern compiled; raise `regex.error` where it is none."""
    return regex.compile(pattern)


def problem(pattern: str, *, places: bool = False) -> str:
    """Say why a text is no regular expression that can be sought, with something in its `places`; empty if it is."""
    if len(pattern) > LONGEST:
        return f"longer than {LONGEST} characters"
    try:
        compiled(PLACE.sub("x", pattern) if places else pattern)
    except (regex.error, RecursionError, OverflowError) as error:
        return f"no regular expression: {error}"
    return ""


def groups(pattern: str) -> tuple[str, ...]:
    """Return the names of its groups; none where it is no regular expression."""
    return () if problem(pattern, places=True) else tuple(compiled(PLACE.sub("x", pattern)).groupindex)


class Seeking:
    """Seeks the patterns of one rule on one device, as long as it may take."""

    def __init__(self) -> None:
        self._seconds = self._left = SECONDS

    def found(self, pattern: str, text: str) -> bool:
        """Whether it stands in a text; raise Refused where the time is over."""
        return self.match(pattern, text) is not None

    def match(self, pattern: str, text: str) -> "regex.Match[str] | None":
        """Return where it stands in a text."""
        if self._left <= 0:  # by many that took little each
            raise Refused(f"/{pattern}/ and others were not sought through within {self._seconds:g} s; given up")
        began = time.thread_time()  # not the wall's: a busy machine makes no pattern a bad one
        try:
            found = _sought(compiled(pattern), text, max(self._left, 0.001))
        except TimeoutError:
            raise Refused(f"/{pattern}/ was not sought through within {self._seconds:g} s, and was given up") from None
        self._left -= time.thread_time() - began
        return found


def _sought(pattern: "regex.Pattern[str]", text: str, seconds: float) -> "regex.Match[str] | None":
    try:
        return pattern.search(text, timeout=min(seconds, _AT_FIRST))
    except TimeoutError:
        return pattern.search(text, timeout=seconds, concurrent=True)
