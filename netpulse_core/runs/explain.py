"""From what a runbook raised or said to its outcome, in words and with the next step."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nornir.core.exceptions import NornirSubTaskError
from nornir.core.task import MultiResult, Result

from netpulse_core.dice import dice
from netpulse_core.errors import (
    AuthenticationFailed,
    CommandRejected,
    DeviceError,
    Frozen,
    HostKeyChanged,
    LeaseLost,
    LineRefused,
    LoginDelayed,
    NetPulseError,
    Refused,
    SessionLost,
    TimedOut,
    Unreachable,
)
from netpulse_core.model.outcome import Outcome, outcome_of
from netpulse_core.model.run import Claim, Conclusion, Problem, to_resolve
from netpulse_core.runs.plain import kept, said

_NO_SESSION = Unreachable | AuthenticationFailed | HostKeyChanged

_BEGUN = "its change had begun: see what the device shows before it is asked for again"

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds before a read's second attempt, at least and at most."""


class RunbookFailed(Exception):
    """A runbook returned a failed Result."""


def cause(result: MultiResult) -> BaseException:
    """Return the exception of the step that failed first, beneath Nornir's own wrapping."""
    # A runbook may have caught the failure of a step: for Nornir, and so for us, the job has failed all the same.
    own = result[0] if result[0].failed else next((one for one in _leaves(result) if one.failed), result[0])
    error = own.exception
    while isinstance(error, NornirSubTaskError):
        inner = next((one for one in _leaves(error.result) if one.failed), None)
        if inner is None:
            break
        error = inner.exception or _as_it_said(inner)
    return error or _as_it_said(own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """How far a job had gone when it failed."""

    crossed: bool
    """Past the point of no return."""
    lost: bool
    """The ledger's answer to the crossing was lost, and nothing was sent."""
    changed: bool
    """A step, or a call of the runbook's, says that it changed the device."""
    doubt: bool
    """A call that changes was broken off."""
    left: float
    """Seconds to the deadline."""

    def outcome(self, error: BaseException) -> Outcome:
        """Return what an error amounts to on the device."""
        if self.lost:
            return Outcome.NOT_APPLIED
        if self.crossed and (self.doubt or isinstance(error, TimedOut | SessionLost)):
            return Outcome.IN_DOUBT
        if self.crossed and isinstance(error, LineRefused):
            return Outcome.PARTIAL  # what came before it was sent, and no driver says whether it stands
        if self.crossed and self.changed and isinstance(error, CommandRejected | Refused | _NO_SESSION):
            return Outcome.PARTIAL  # `rejected` would say that nothing of it stands
        if self.crossed and isinstance(error, Refused | _NO_SESSION) and not isinstance(error, CommandRejected):
            return Outcome.FAILED  # `unreachable` or `blocked` would say that nothing was ever sent
        return outcome_of(error)


def conclusion(claim: Claim, error: BaseException, redact: Callable[[str], str], gone: Gone) -> Conclusion:
    """Return what an error means for its job."""
    outcome = gone.outcome(error)
    hint = error.hint if isinstance(error, NetPulseError) else ""
    if outcome is Outcome.IN_DOUBT:
        hint = to_resolve(claim.run, claim.device)
    elif gone.crossed and outcome is Outcome.FAILED:
        hint = f"{hint}; {_BEGUN}" if hint else _BEGUN
    problem = Problem(kind=type(error).__name__, message=kept(sentence(error), redact), hint=kept(hint, redact))
    if isinstance(error, LoginDelayed) and not gone.crossed and not gone.lost:
        return Conclusion(outcome=outcome, problem=problem, retry_in=error.retry_in, waits_on=error.waits_on)
    if isinstance(error, LeaseLost) and not gone.crossed and not gone.lost:
        return Conclusion(outcome=Outcome.NOT_APPLIED, problem=problem, retry_in=0.0, handed_back=True)
    if isinstance(error, Frozen) and not gone.crossed and not gone.lost:
        return Conclusion(outcome=outcome, problem=problem, retry_in=0.0, waits_on=error.waits_on)
    retry_in = None if gone.crossed or gone.lost else _retry_in(claim, error, gone.left)
    return Conclusion(outcome=outcome, problem=problem, retry_in=retry_in)


def sentence(error: BaseException) -> str:
    """Say an error in one sentence; what is not ours is named, because its own words may be none."""
    words = said(error, str).strip()
    if isinstance(error, NetPulseError | RunbookFailed):
        return words
    name = type(error).__name__
    return f"{name}: {words}" if words else name


def _retry_in(claim: Claim, error: BaseException, left: float) -> float | None:
    """Return the seconds until the next attempt: only for what may pass by itself, and before the deadline."""
    retryable = isinstance(error, DeviceError) and error.retryable
    if not retryable or claim.attempt >= claim.attempts:
        return None
    longest = min(LONGEST_WAIT, FIRST_WAIT * 3**claim.attempt)
    wait = dice.uniform(FIRST_WAIT, longest)  # spreads attempts out, guards nothing
    return wait if wait < left else None


def _as_it_said(result: Result) -> RunbookFailed:
    words = "" if result.result is None else said(result.result, str).strip()
    return RunbookFailed(words or "the runbook said it failed, without a reason")


def _leaves(results: MultiResult) -> Iterator[Result]:
    for one in results:
        nested: object = one  # Nornir puts a MultiResult there and types it a Result
        if isinstance(nested, MultiResult):
            yield from _leaves(nested)
        elif not isinstance(one.exception, NornirSubTaskError) or len(results) == 1:
            yield one
