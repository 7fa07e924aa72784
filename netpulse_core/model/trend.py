"""How what a check says of a device compares with what stood before: what stands, what changed, and since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from netpulse_core.model.check import Finding, FindingVerdict, Severity

FLAPPING_WITHIN = 7 * 86_400.0
"""Seconds in which a finding that comes and goes is called flapping."""

FLAPPING_FROM = 3
"""Times it has to come or go within these."""

KNOWN = frozenset({FindingVerdict.PASS, FindingVerdict.WARN, FindingVerdict.FAIL, FindingVerdict.WAIVED})
UNKNOWN = frozenset({FindingVerdict.ERROR, FindingVerdict.STALE})
LOUD = tuple(one for one in FindingVerdict if one not in (FindingVerdict.PASS, FindingVerdict.NOT_APPLICABLE))
"""What somebody may want to look at."""

COMPLIES = frozenset({FindingVerdict.PASS, FindingVerdict.WARN})


class Trend(StrEnum):
    """What a judgement changed, what needs a person first."""

    NEW = "new"
    """It fails, and did not before; a waiver that ended is this too."""
    ALTERED = "altered"
    """It failed before, by other lines."""
    STILL_FAILING = "still_failing"
    NEWLY_ERROR = "newly_error"
    """It could not be judged, and could before."""
    NEWLY_WAIVED = "newly_waived"
    FIXED = "fixed"
    OTHER = "other"
    """Another change of verdict: a warning that came or went, an error that is over, a rule that applies no more."""


TOLD = (Trend.NEW, Trend.ALTERED, Trend.NEWLY_ERROR, Trend.NEWLY_WAIVED, Trend.FIXED)
"""What is told of a run; one that brings none of these is not worth a message."""

CROSSED = (Trend.NEW, Trend.FIXED)
"""What a finding that flaps does again and again."""


def trend_of(
    known: FindingVerdict | None, was: FindingVerdict | None, now: FindingVerdict, *, altered: bool = False
) -> Trend | None:
    """Return what a verdict changes; None where there is nothing to say of it.

    `known` is the last verdict before it that was neither `error` nor `stale`, so that a violation which could not be
    looked at once is neither fixed nor new.
    """
    if now is FindingVerdict.FAIL:
        if known is not FindingVerdict.FAIL:
            return Trend.NEW
        return Trend.ALTERED if altered and was is now else Trend.STILL_FAILING
    if now is FindingVerdict.WAIVED:
        return None if known is now else Trend.NEWLY_WAIVED
    if now in UNKNOWN:
        return None if was in UNKNOWN else Trend.NEWLY_ERROR
    if now in COMPLIES and known in (FindingVerdict.FAIL, FindingVerdict.WAIVED):
        return Trend.FIXED
    return Trend.OTHER if was is not None and was is not now else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands of a device and a check; instants are seconds since 1970."""

    device: str
    check: str
    policy: str
    severity: Severity
    version: str
    verdict: FindingVerdict
    since: float
    """Since when the verdict is this one."""
    first_failed: float | None
    """When the violation that stands was found first."""
    last_passed: float | None
    """When the device was last seen to comply; None where it never was."""
    judged_at: float | None
    flaps: int
    """How often it has come and gone."""
    flapping: bool
    """Whether it did lately, again and again."""
    run: str
    """The run that brought the last change."""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """On how many devices a verdict of a check stands."""

    policy: str
    check: str
    severity: Severity
    verdict: FindingVerdict
    devices: int
    flapping: int
    """On how many of them it came and went lately, again and again."""
    judged_at: float | None
    """When of them the one was last judged that was longest ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of what stands; `was` is None where it was judged for the first time."""

    run: str
    device: str
    check: str
    at: float
    severity: Severity
    version: str
    verdict: FindingVerdict
    was: FindingVerdict | None
    was_since: float | None
    trend: Trend | None
    first_failed: float | None
    last_passed: float | None
    finding: Finding | None
    """The evidence of it; None of what passes or does not apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a run brought, beside what stood before it."""

    counts: Mapping[Trend, int] = field(default_factory=dict)
    changes: Mapping[tuple[str, str], Change] = field(default_factory=dict)
    """The last change of each device and check that this run knew of, where it did not pass afterwards."""
    here: frozenset[tuple[str, str]] = frozenset()
    """Those of them that this run brought."""
    crossings: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """How often each of them came or went within the time of flapping."""


EVIDENCE = ("check", "verdict", "why", "wanted", "found", "missing", "extra", "remediation", "waiver")


def evidence_of(one: Finding) -> Mapping[str, Any] | None:
    """Return what a finding says its verdict by; None of what passes or does not apply, where it is no news."""
    if one.verdict in (FindingVerdict.PASS, FindingVerdict.NOT_APPLICABLE):
        return None
    # Not the hashes and times of what was read, which differ from one night to the next, nor what stands beside it.
    said = one.as_data()
    told = {name: said[name] for name in EVIDENCE}
    if one.verdict is FindingVerdict.STALE:
        told["why"] = "the backup is older than its policy allows"  # and not by how much
    return told


def names_of(found: Sequence[Finding]) -> list[str]:
    """Return which checks were asked."""
    return sorted({one.check for one in found})
