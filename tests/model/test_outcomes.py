"""What jobs say together, what an error stands for, and which moves a job may make."""

import itertools

import pytest

from netpulse_core import errors
from netpulse_core.errors import NetPulseError
from netpulse_core.model.outcome import DOUBTFUL, GOOD, Outcome, Verdict, outcome_of, verdict
from netpulse_core.model.run import HEAD_START, rank
from netpulse_core.model.state import JobState, legal


def test_no_verdict_over_nothing_is_a_success() -> None:
    assert verdict({}) is Verdict.FAILED
    assert verdict({Outcome.OK: 0}) is Verdict.FAILED


@pytest.mark.parametrize("pair", list(itertools.combinations_with_replacement(Outcome, 2)), ids=str)
def test_two_outcomes_together_are_a_success_only_where_both_are_good(pair: tuple[Outcome, Outcome]) -> None:
    found = verdict(dict.fromkeys(pair, 1))
    assert (found is Verdict.SUCCESS) == (set(pair) <= GOOD)
    assert (found is Verdict.IN_DOUBT) == bool(set(pair) & DOUBTFUL)
    if set(pair).isdisjoint(GOOD | DOUBTFUL | {Outcome.CANCELLED}):
        assert found is Verdict.FAILED


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ({Outcome.CANCELLED: 3}, Verdict.CANCELLED),
        ({Outcome.CANCELLED: 1, Outcome.OK: 1}, Verdict.MIXED),
        ({Outcome.CANCELLED: 1, Outcome.FAILED: 1}, Verdict.FAILED),
        ({Outcome.OK: 999, Outcome.UNREACHABLE: 1}, Verdict.MIXED),
    ],
)
def test_a_verdict_tells_mixed_from_failed_and_cancelled(counts: dict[Outcome, int], found: Verdict) -> None:
    assert verdict(counts) is found


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (errors.Unreachable("x", device="d"), Outcome.UNREACHABLE),
        (errors.AuthenticationFailed("x", device="d"), Outcome.AUTH_FAILED),
        (errors.TimedOut("x", device="d"), Outcome.TIMED_OUT),
        (errors.CommandRejected("x", device="d"), Outcome.REJECTED),
        (errors.RolledBack("x", device="d"), Outcome.ROLLED_BACK),
        (errors.PartlyApplied("x", device="d"), Outcome.PARTIAL),
        (errors.SessionLost("x", device="d"), Outcome.FAILED),
        (errors.HostKeyChanged("x", device="d"), Outcome.HOST_KEY_CHANGED),
        (errors.Refused("x"), Outcome.BLOCKED),
        (errors.Conflict("x"), Outcome.BLOCKED),
        (ValueError("x"), Outcome.FAILED),
    ],
)
def test_an_error_stands_for_an_outcome(error: BaseException, outcome: Outcome) -> None:
    assert outcome_of(error) is outcome


def test_after_the_point_of_no_return_nothing_is_queued_again() -> None:
    assert [before for before in JobState if legal(before, JobState.QUEUED, restoring=True)] == [JobState.RUNNING]
    assert [after for after in JobState if legal(JobState.PUSHING, after)] == [JobState.IN_DOUBT, JobState.FINISHED]
    assert not [after for after in JobState if legal(JobState.FINISHED, after, restoring=True)]
    assert not legal(JobState.QUEUED, JobState.IN_DOUBT)


def test_waiting_long_enough_outweighs_urgency() -> None:
    assert rank(0, 9) < rank(0, 5)
    assert rank(0, 5) < rank(HEAD_START + 1, 6)


def test_a_device_error_names_its_device_once() -> None:
    assert str(errors.TimedOut("no prompt", device="d1")) == "d1: no prompt"
    assert str(errors.TimedOut("d1: no prompt", device="d1")) == "d1: no prompt"


def test_only_what_may_pass_by_itself_is_retryable() -> None:
    ours = [kind for kind in errors.DeviceError.__subclasses__() if kind.__module__ == errors.__name__]
    kinds = [kind for kind in ours if kind.retryable]
    assert {kind.__name__ for kind in kinds} == {"Unreachable", "TimedOut", "SessionLost"}


def test_a_name_nobody_mistyped_is_compared_with_nothing() -> None:
    known = [f"leaf{number:05}" for number in range(10_000)]
    assert "did you mean" in str(errors.NotFound("device", "leaf0001", known=known))
    assert "did you mean" not in str(errors.NotFound("device", "leaf" * 30_000, known=known))


def test_every_error_of_ours_is_one_branch_of_one_tree() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert all(issubclass(kind, NetPulseError) for kind in kinds)
    assert all(f" {kind.__name__} " in f"{errors.__doc__} ".replace("\n", " ") for kind in kinds)


def test_a_site_error_says_where() -> None:
    error = errors.SiteError("wrong", path="hosts.yaml", line=3, key="leaf1.port")
    assert str(error) == "hosts.yaml:3:leaf1.port: wrong"
    assert (error.path, error.line, error.key, error.problem) == ("hosts.yaml", 3, "leaf1.port", "wrong")
