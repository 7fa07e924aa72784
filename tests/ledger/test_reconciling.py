"""Jobs in doubt that a node looks into: one node at a time, and only the last one's word counts."""

import pytest
from sqlalchemy import select, update

from netpulse_core.errors import Conflict
from netpulse_core.ledger.database import now
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.reconciling import FORGOTTEN
from netpulse_core.ledger.tables import nodes, pushes
from netpulse_core.model.doubt import Doubt, Finding
from netpulse_core.model.event import EventKind
from netpulse_core.model.node import LEASE
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Conclusion, Problem, Step
from netpulse_core.model.state import JobState
from tests.ledger.work import OK, Worker, accepted, in_doubt, on, pass_time

JOURNAL = (Step(label="reconcile: decision", body="changed: it stands"),)


def finding(outcome: Outcome = Outcome.CHANGED, again_in: float | None = None) -> Finding:
    problem = Problem(kind="Reconciled", message="d1: it stands")
    return Finding(outcome=outcome, problem=problem, steps=JOURNAL, again_in=again_in)


@pytest.fixture
def doubtful(ledger: Ledger) -> str:
    """A run whose only job is in doubt, and a worker `n2` that lives."""
    run = accepted(ledger, "d1", changes=True)
    in_doubt(ledger, Worker(ledger, owns=["d1"]))
    Worker(ledger, "n2")
    return run


def claimed(ledger: Ledger, node: str = "n2") -> Doubt:
    (doubt,) = ledger.reconciling.claim(node, 8)
    return doubt


def test_what_a_push_left_behind_is_handed_to_who_looks_into_it(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True, parameters={"lines": ["a"]})
    claim = worker.claim_one()
    ledger.claims.cross(claim, worker.name, on("tcp 192.0.2.1:7 as ops"), "hostname d1\n")
    ledger.claims.also_on(claim, on())
    worker.conclude(claim, Conclusion(outcome=Outcome.IN_DOUBT))
    doubt = claimed(ledger, "n1")  # its own worker may, too
    assert [session.name for session in doubt.sessions] == ["tcp 192.0.2.1:7 as ops", None]
    assert doubt.sessions[0].age >= 1.0
    assert (doubt.run, doubt.device, doubt.baseline) == (run, "d1", "hostname d1\n")
    assert doubt.parameters == {"lines": ["a"]}
    assert doubt.fence > claim.fence
    assert doubt.quiet < 0


def test_one_node_at_a_time_looks_into_a_doubt(ledger: Ledger, doubtful: str) -> None:
    first = claimed(ledger)
    Worker(ledger, "n3")
    assert ledger.reconciling.claim("n3", 8) == []
    assert ledger.reconciling.conclude(first, "n2", finding())
    assert ledger.reconciling.claim("n3", 8) == []


def test_a_dead_node_is_followed_by_another_and_its_late_word_changes_nothing(ledger: Ledger, doubtful: str) -> None:
    first = claimed(ledger)
    pass_time(ledger, 20)
    Worker(ledger, "n3")
    second = claimed(ledger, "n3")
    assert second.fence > first.fence
    assert not ledger.reconciling.conclude(first, "n2", finding(Outcome.NOT_APPLIED))
    assert ledger.jobs.steps(doubtful) == {}
    assert ledger.reconciling.conclude(second, "n3", finding())
    assert ledger.jobs.one(doubtful, "d1").outcome is Outcome.CHANGED


def test_a_long_look_is_not_taken_for_a_forgotten_one(ledger: Ledger, doubtful: str) -> None:
    doubt = claimed(ledger)
    for node in ("n3", "n4"):
        pass_time(ledger, FORGOTTEN - 10)
        with ledger.database.write() as connection:  # it has not missed a heartbeat meanwhile
            connection.execute(update(nodes).where(nodes.c.id == "n2").values(lease_until=now() + LEASE))
        ledger.reconciling.still_looked_into([doubt])
        Worker(ledger, node)
        assert ledger.reconciling.claim(node, 8) == []
    assert ledger.reconciling.conclude(doubt, "n2", finding())


def test_a_look_that_another_node_has_taken_over_is_not_renewed(ledger: Ledger, doubtful: str) -> None:
    lost = claimed(ledger)
    pass_time(ledger, FORGOTTEN + 1)
    Worker(ledger, "n3")
    found = claimed(ledger, "n3")
    ledger.reconciling.conclude(found, "n3", finding(Outcome.IN_DOUBT, again_in=0.0))
    ledger.reconciling.still_looked_into([lost, found])  # neither is under way any more
    assert claimed(ledger, "n3").tries == 3


def test_a_node_that_is_not_among_the_living_looks_into_nothing(ledger: Ledger, doubtful: str) -> None:
    assert ledger.reconciling.claim("n1", 8) == []
    ledger.nodes.drain("n2")
    assert ledger.reconciling.claim("n2", 8) == []


@pytest.mark.parametrize("outcome", [Outcome.CHANGED, Outcome.NOT_APPLIED, Outcome.PARTIAL])
def test_what_is_proven_ends_the_job_and_frees_the_device(ledger: Ledger, doubtful: str, outcome: Outcome) -> None:
    assert ledger.reconciling.conclude(claimed(ledger), "n2", finding(outcome))
    job, run = ledger.jobs.one(doubtful, "d1"), ledger.runs.get(doubtful)
    assert (job.state, job.outcome) == (JobState.FINISHED, outcome)
    assert run.verdict is (Verdict.SUCCESS if outcome is Outcome.CHANGED else Verdict.FAILED)
    assert [step.label for step in ledger.jobs.steps(doubtful)["d1"]] == ["reconcile: decision"]
    assert ledger.audit.page(limit=1)[0].action == "job.reconciled"
    kinds = [event.kind for event in ledger.outbox.after(doubtful, 0)]
    assert kinds[-2:] == [EventKind.JOB_FINISHED, EventKind.RUN_FINISHED]
    with ledger.database.read() as connection:
        assert connection.execute(select(pushes)).all() == []
    accepted(ledger, "d1")
    Worker(ledger, "n3", owns=["d1"]).claim_one()


def test_what_is_not_proven_keeps_the_device_until_a_person_says(ledger: Ledger, doubtful: str) -> None:
    assert ledger.reconciling.conclude(claimed(ledger), "n2", finding(Outcome.NEEDS_OPERATOR))
    job = ledger.jobs.one(doubtful, "d1")
    assert (job.state, job.outcome) == (JobState.IN_DOUBT, Outcome.NEEDS_OPERATOR)
    assert ledger.runs.get(doubtful).verdict is Verdict.IN_DOUBT
    pass_time(ledger, 3600)
    assert Worker(ledger, "n3", owns=["d1"]).ledger.reconciling.claim("n3", 8) == []
    waiting = accepted(ledger, "d1")
    assert Worker(ledger, "n4", owns=["d1"]).claim() == []
    assert "in doubt since run" in ledger.jobs.one(waiting, "d1").waiting_for
    ledger.reaping.resolve(doubtful, "d1", Outcome.PARTIAL, "bob", "I looked")
    assert ledger.runs.get(doubtful).verdict is Verdict.FAILED
    assert ledger.jobs.steps(doubtful)["d1"][0].label == "reconcile: decision"


def test_a_person_may_say_while_somebody_looks(ledger: Ledger, doubtful: str) -> None:
    doubt = claimed(ledger)
    ledger.reaping.resolve(doubtful, "d1", Outcome.CHANGED, "bob", "I looked")
    assert not ledger.reconciling.conclude(doubt, "n2", finding(Outcome.NOT_APPLIED))
    assert ledger.jobs.one(doubtful, "d1").outcome is Outcome.CHANGED
    with pytest.raises(Conflict):
        ledger.reaping.resolve(doubtful, "d1", Outcome.CHANGED, "bob", "again")


def test_what_could_not_be_looked_into_yet_is_tried_again_in_its_time(ledger: Ledger, doubtful: str) -> None:
    doubt = claimed(ledger)
    assert ledger.reconciling.conclude(doubt, "n2", finding(Outcome.IN_DOUBT, again_in=30.0))
    assert ledger.reconciling.claim("n2", 8) == []
    assert ledger.jobs.one(doubtful, "d1").outcome is Outcome.IN_DOUBT
    pass_time(ledger, 30.1)
    again = claimed(Worker(ledger, "n3").ledger, "n3")
    assert again.tries == 2


def test_a_push_whose_end_is_known_leaves_nothing_to_look_into(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1", changes=True)
    worker.conclude(worker.push(), OK)
    with ledger.database.read() as connection:
        assert connection.execute(select(pushes)).all() == []
    assert ledger.reconciling.claim("n1", 8) == []


def test_a_session_is_not_recorded_for_a_job_that_was_taken(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1", changes=True)
    claim = in_doubt(ledger, worker)
    with pytest.raises(Conflict, match="taken from this node"):
        ledger.claims.also_on(claim, on())
