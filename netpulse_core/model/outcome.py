"""What became of a job, and what a run's jobs say together."""

from collections.abc import Mapping
from enum import StrEnum

from netpulse_core.errors import (
    AuthenticationFailed,
    Cancelled,
    CommandRejected,
    DeviceError,
    Expired,
    HostKeyChanged,
    NotApplied,
    PartlyApplied,
    Refused,
    RolledBack,
    TimedOut,
    Unreachable,
)


class Outcome(StrEnum):
    """What happened on one device; the words are the same in the ledger, REST, CLI and events."""

    OK = "ok"
    CHANGED = "changed"
    FAILED = "failed"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    AUTH_FAILED = "auth_failed"
    HOST_KEY_CHANGED = "host_key_changed"
    TIMED_OUT = "timed_out"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ROLLED_BACK = "rolled_back"
    NOT_APPLIED = "not_applied"
    PARTIAL = "partial"
    IN_DOUBT = "in_doubt"
    NEEDS_OPERATOR = "needs_operator"
    QUARANTINED = "quarantined"


GOOD = frozenset({Outcome.OK, Outcome.CHANGED})
DOUBTFUL = frozenset({Outcome.IN_DOUBT, Outcome.NEEDS_OPERATOR})


class Verdict(StrEnum):
    """What a run's outcomes say together."""

    SUCCESS = "success"
    MIXED = "mixed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    IN_DOUBT = "in_doubt"
    MISSED = "missed"
    """Nothing was done: the record of a due time that nobody fired in time."""


def verdict(counts: Mapping[Outcome, int]) -> Verdict:
    """Derive the verdict; no outcome at all is `failed`, because nothing was done."""
    seen = {outcome for outcome, count in counts.items() if count}
    if seen & DOUBTFUL:
        return Verdict.IN_DOUBT
    if not seen:
        return Verdict.FAILED
    if seen <= GOOD:
        return Verdict.SUCCESS
    if seen == {Outcome.CANCELLED}:
        return Verdict.CANCELLED
    return Verdict.MIXED if seen & GOOD else Verdict.FAILED


def outcome_of(error: BaseException) -> Outcome:
    """Name the outcome that an error stands for; what is not ours is `failed`."""
    match error:
        case Unreachable():
            return Outcome.UNREACHABLE
        case AuthenticationFailed():
            return Outcome.AUTH_FAILED
        case HostKeyChanged():
            return Outcome.HOST_KEY_CHANGED
        case TimedOut():
            return Outcome.TIMED_OUT
        case RolledBack():
            return Outcome.ROLLED_BACK
        case NotApplied():
            return Outcome.NOT_APPLIED
        case PartlyApplied():
            return Outcome.PARTIAL
        case CommandRejected():
            return Outcome.REJECTED
        case DeviceError():
            return Outcome.FAILED
        case Cancelled():
            return Outcome.CANCELLED
        case Expired():
            return Outcome.EXPIRED
        case Refused():
            return Outcome.BLOCKED
        case _:
            return Outcome.FAILED
