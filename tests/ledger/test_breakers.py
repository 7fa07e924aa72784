"""When a breaker opens, who may probe, and what its closing lets go on."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import update

from netpulse_core.errors import NotFound
from netpulse_core.ledger.breakers import BreakerRule, Endpoint
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.logintables import breakers
from netpulse_core.model.logins import Stop
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Conclusion, Problem
from netpulse_core.model.state import JobState
from tests.ledger.work import Worker, accepted, pass_time

LEAF = Endpoint("192.0.2.1", "netmiko", "leaf1")
RULE = BreakerRule(failures=3, cooldown=30.0, longest=100.0)


def fail(ledger: Ledger, times: int = 1, *, probe: str | None = None) -> None:
    for _ in range(times):
        ledger.breakers.failed(LEAF, "leaf1: no connection: refused", probe, RULE)


def cool_down(ledger: Ledger) -> None:
    """Let the time a breaker is open for have passed."""
    with ledger.database.write() as connection:
        connection.execute(update(breakers).values(open_until=breakers.c.failed_at))


def asked(ledger: Ledger) -> Stop | str | None:
    return ledger.breakers.ask(LEAF, 60.0)


def test_failures_in_a_row_open_it(ledger: Ledger) -> None:
    fail(ledger, 2)
    assert asked(ledger) is None
    fail(ledger)
    stop = asked(ledger)
    assert isinstance(stop, Stop)
    assert 0 < stop.retry_in <= 30
    assert stop.reason.startswith("the breaker of leaf1 is open until ")
    assert stop.reason.endswith(" UTC (3 failures, last: no connection: refused)")
    assert "netpulse breakers close leaf1" in stop.hint
    other = Endpoint(LEAF.address, "http", "leaf1")
    assert ledger.breakers.ask(other, 60.0) is None, "another way in is another breaker"
    (record,) = [one for one in ledger.audit.page() if one.action == "breaker.opened"]
    assert (record.object, record.body["failures"]) == ("leaf1", 3)


def test_a_success_between_counts_from_nothing(ledger: Ledger) -> None:
    fail(ledger, 2)
    ledger.breakers.reached(LEAF)
    fail(ledger, 2)
    assert asked(ledger) is None


def test_one_probe_at_a_time_over_all_nodes(ledger: Ledger, ledger_url: str) -> None:
    fail(ledger, 3)
    cool_down(ledger)

    def ask(_: int) -> Stop | str | None:
        with closing(Ledger(ledger_url)) as own:
            return own.breakers.ask(LEAF, 60.0)

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(ask, range(6)))
    assert len([one for one in answers if isinstance(one, str)]) == 1
    (stop, *_) = [one for one in answers if isinstance(one, Stop)]
    assert "one login is trying it now" in stop.reason


def test_a_failed_probe_opens_it_for_twice_as_long_up_to_the_longest(ledger: Ledger) -> None:
    fail(ledger, 3)
    waits = []
    for _ in range(4):
        cool_down(ledger)
        probe = asked(ledger)
        assert isinstance(probe, str)
        fail(ledger, probe=probe)
        stop = asked(ledger)
        assert isinstance(stop, Stop)
        waits.append(stop.retry_in)
    assert [round(wait / 10) for wait in waits] == [6, 10, 10, 10]
    assert len([one for one in ledger.audit.page() if one.action == "breaker.opened"]) == 1


def test_a_failure_of_before_it_opened_makes_it_stay_open_no_longer(ledger: Ledger) -> None:
    fail(ledger, 3)
    before = ledger.breakers.all()[0].open_until
    fail(ledger)
    assert ledger.breakers.all()[0].open_until == before


def test_a_probe_of_a_dead_node_and_one_that_says_nothing_leave_it_to_the_next(ledger: Ledger) -> None:
    fail(ledger, 3)
    cool_down(ledger)
    assert isinstance(ledger.breakers.ask(LEAF, -1.0), str)
    second = asked(ledger)
    assert isinstance(second, str)
    assert isinstance(asked(ledger), Stop)
    ledger.breakers.undecided(LEAF, second)
    assert isinstance(asked(ledger), str)


def waiting_job(ledger: Ledger, worker: Worker) -> str:
    run = accepted(ledger, ("leaf1", LEAF.address))
    claim = worker.claim_one()
    stop = asked(ledger)
    assert isinstance(stop, Stop)
    problem = Problem(kind="LoginDelayed", message=f"leaf1: {stop.reason}", hint=stop.hint)
    worker.conclude(
        claim, Conclusion(outcome=Outcome.FAILED, problem=problem, retry_in=stop.retry_in, waits_on=stop.on)
    )
    return run


def test_a_waiting_job_says_why_uses_no_attempt_and_goes_on_when_it_closes(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=[LEAF.address])
    fail(ledger, 3)
    run = waiting_job(ledger, worker)
    job = ledger.jobs.one(run, "leaf1")
    assert (job.state, job.attempt, job.outcome) == (JobState.QUEUED, 0, None)
    assert job.waiting_for.startswith("the breaker of leaf1 is open until ")
    assert worker.claim() == []
    events = ledger.outbox.after(run, 0)
    assert [event.kind.value for event in events] == ["run.accepted", "job.started", "job.waiting"]
    assert events[-1].body["reason"] == f"leaf1: {job.waiting_for}"
    (breaker,) = ledger.breakers.all()
    assert breaker.waiting == 1
    assert ledger.breakers.close("leaf1", by="ann") == [LEAF.address]
    claim = worker.claim_one()
    assert claim.attempt == 1
    worker.conclude(claim)
    assert ledger.jobs.one(run, "leaf1").outcome is Outcome.OK
    assert ledger.breakers.all() == []
    (record,) = [one for one in ledger.audit.page() if one.action == "breaker.closed"]
    assert (record.actor, record.object) == ("ann", "leaf1")


def test_a_deadline_that_passes_while_it_waits_says_what_for(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=[LEAF.address])
    run = accepted(ledger, ("leaf1", LEAF.address), deadline=60.0)
    problem = Problem(kind="LoginDelayed", message="leaf1: its breaker is open", hint="see `netpulse breakers`")
    delayed = Conclusion(outcome=Outcome.FAILED, problem=problem, retry_in=300.0, waits_on=LEAF.waits_on)
    worker.conclude(worker.claim_one(), delayed)
    pass_time(ledger, 61.0)
    Worker(ledger, "n2")  # somebody lives, so that nobody's death is why it waited
    ledger.reaping.expire()
    job = ledger.jobs.one(run, "leaf1")
    assert job.outcome is Outcome.EXPIRED
    assert job.problem is not None
    assert job.problem.message.endswith("its breaker is open")
    assert job.problem.hint == "see `netpulse breakers`"


def test_a_run_cancelled_while_its_job_was_told_to_wait_is_cancelled(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=[LEAF.address])
    fail(ledger, 3)
    run = accepted(ledger, ("leaf1", LEAF.address))
    claim = worker.claim_one()
    ledger.stopping.cancel(run, "ann")
    worker.conclude(claim, Conclusion(outcome=Outcome.FAILED, retry_in=30.0, waits_on=LEAF.waits_on))
    assert ledger.jobs.one(run, "leaf1").outcome is Outcome.CANCELLED


def test_what_waited_keeps_the_outputs_of_the_attempt_before(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=[LEAF.address])
    run = accepted(ledger, ("leaf1", LEAF.address))
    for conclusion in (
        Conclusion(outcome=Outcome.FAILED, retry_in=0.0, waits_on="ledger"),
        Conclusion(outcome=Outcome.UNREACHABLE, retry_in=0.0),
        Conclusion(outcome=Outcome.FAILED, retry_in=0.0, waits_on="ledger"),
        Conclusion(outcome=Outcome.OK),
    ):
        worker.conclude(worker.claim_one(), conclusion)
    job = ledger.jobs.one(run, "leaf1")
    assert (job.outcome, job.attempt) == (Outcome.OK, 2)


def test_a_device_without_a_breaker_cannot_be_closed(ledger: Ledger) -> None:
    fail(ledger)
    with pytest.raises(NotFound, match="no breaker of 'leaf2'; did you mean 'leaf1'"):
        ledger.breakers.close("leaf2", by="ann")


def test_no_number_of_failures_opens_it_where_the_site_says_none(ledger: Ledger) -> None:
    for _ in range(8):
        ledger.breakers.failed(LEAF, "down", None, BreakerRule(failures=0))
    assert asked(ledger) is None
