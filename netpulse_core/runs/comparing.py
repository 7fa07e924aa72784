"""Judging a change by the running configuration before and after it: nothing is said that the two do not prove.

Every rule errs on one side. What might be written otherwise than it was asked (an abbreviation, a prefix length, a
password), what might have been somebody else's, and what a running configuration never shows, proves nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff

from netpulse_core.model.outcome import Outcome
from netpulse_core.runs.lines import Asked, Stands, asked_of, is_short_for, paths_of

_HIDDEN = re.compile(
    r"\s*(?:no )?(?:do |run |snmp-server user |crypto |vtp |license |macro |event manager run|hw-module |clear |copy |"
    r"write |reload|clock set|vlan |aaa local|key chain|certificate|test |tclsh|redundancy )"
)
"""Lines whose effect a running configuration does not show, or not everywhere."""

_OTHERWISE = re.compile(r"\d/\d|\b(?:password|secret|key|community|md5|sha|psk|hash)\b", re.IGNORECASE)
"""What is often shown otherwise than it was typed: prefix lengths as masks, secrets as hashes."""

_SHOWN = re.compile(
    r"ntp server |logging (?:host )?\d|ip(?:v6)? route |description |hostname |ip prefix-list |access-list |"
    r"permit |deny |network \d|neighbor \S+ (?:remote-as|description) |name |"
    r"interface (?:Loopback|Tunnel|Port-channel)\d"
)
"""Lines that no device has by default, so that one which is not shown is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What two readings prove of a change: an outcome or None, why in words, each line asked, and the difference."""

    outcome: Outcome | None
    why: str
    lines: tuple[tuple[str, Stands], ...] = ()
    diff: str = ""


def compare(before: str, after: str, lines: Sequence[str] | None) -> Compared:
    """Judge a change that was to bring these lines; None of them where its runbook does not say what it sends."""
    diff = "\n".join(unified_diff(before.splitlines(), after.splitlines(), "before", "now", n=1, lineterm=""))
    if lines is None:
        if before == after:
            return Compared(outcome=Outcome.NOT_APPLIED, why=_SAME)
        return Compared(
            outcome=None, why="the running configuration differs, and the runbook does not say how", diff=diff
        )
    asked = asked_of(lines, paths_of(before), paths_of(after))
    told = tuple((one.text, one.stands) for one in asked)
    outcome, why = _judged(before, after, asked)
    return Compared(outcome=outcome, why=why, lines=told, diff=diff)


_SAME = "the running configuration is the one that was read before the first line"


def _judged(before: str, after: str, asked: Sequence[Asked]) -> tuple[Outcome | None, str]:
    if hidden := next((one for one in asked if _HIDDEN.match(one.text)), None):
        return None, f"a running configuration does not tell whether {_named(hidden)} was done"
    if before == after:
        already = all(one.stands is Stands.BEFORE for one in asked)
        return Outcome.NOT_APPLIED, f"{_SAME}; every line asked for stood there already" if already else _SAME
    if unclear := next((one for one in asked if one.stands is Stands.UNKNOWN), None):
        return None, f"the running configuration differs, and whether {_named(unclear)} stands there cannot be told"
    done = [one for one in asked if one.stands in (Stands.NEW, Stands.GONE)]
    missing = [one for one in asked if one.stands is Stands.MISSING]
    if not done:
        return None, "the running configuration differs, and by none of the lines asked for"
    if not missing:
        return Outcome.CHANGED, f"every line asked for stands, {len(done)} of {len(asked)} since the change began"
    doubt = _why_not_partly(before, after, asked, missing)
    if doubt:
        return None, doubt
    return Outcome.PARTIAL, f"{len(done)} of {len(asked)} lines came with the change; {_named(missing[0])} is not there"


def _why_not_partly(before: str, after: str, asked: Sequence[Asked], missing: Sequence[Asked]) -> str:
    """Return why a missing line may stand all the same, in other words; empty where it surely does not."""
    kinds = [one.stands for one in asked]
    first = kinds.index(Stands.MISSING)
    if any(kind in (Stands.NEW, Stands.GONE) for kind in kinds[first:]):
        return f"{_named(missing[0])} is not there, and a line sent after it is"
    now, was = paths_of(after), paths_of(before)
    texts = {path[-1] for path in now}
    for one in missing:
        if one.paths:
            continue  # what it was to take away stands there
        if _OTHERWISE.search(one.text) or any(is_short_for(one.text, text) for text in texts):
            return f"{_named(one)} is not there as it was asked for, and may be in other words"
        if not _SHOWN.match(one.text):
            return f"{_named(one)} is not there, and may be what the device does anyway"
    ours = {path for one in asked for path in one.paths}
    first_words = {(path[:-1], path[-1].split()[0]) for path in ours}
    for path in sorted(now - was - ours):
        if not (
            path[:-1] and path[:-1] not in was and re.match(r"no |shutdown$", path[-1])
        ):  # a new section's defaults
            return f"the running configuration has {path[-1].split()[0]!r} lines since then that nobody asked for"
    for path in sorted(was - now - ours):
        if (path[:-1], path[-1].split()[0]) not in first_words:
            return f"a line of the running configuration is gone that nobody asked to go ({path[-1].split()[0]!r})"
    return ""


def _named(one: Asked) -> str:
    """Name a line by its first words: what follows may be a secret."""
    words = one.text.split()
    return repr(" ".join(words[:2]) + (" ..." if len(words) > 2 else ""))
