"""A run counts down to one verdict, whatever the order its jobs end in."""

import itertools
from collections import Counter

import pytest

from netpulse_core.errors import Conflict, NotFound
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Conclusion
from tests.ledger.work import OK, Worker, accepted, on

FAILED = Conclusion(outcome=Outcome.FAILED)
DOUBT = Conclusion(outcome=Outcome.IN_DOUBT)
CHANGED = Conclusion(outcome=Outcome.CHANGED)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("conclusions", "verdict"),
    [
        ((OK, OK, CHANGED), Verdict.SUCCESS),
        ((OK, FAILED, CHANGED), Verdict.MIXED),
        ((FAILED, FAILED, FAILED), Verdict.FAILED),
        ((OK, DOUBT, FAILED), Verdict.IN_DOUBT),
    ],
)
def test_the_verdict_is_the_same_in_every_order(
    ledger: Ledger, conclusions: tuple[Conclusion, ...], verdict: Verdict
) -> None:
    for number, order in enumerate(dict.fromkeys(itertools.permutations(conclusions))):
        names = [f"{number}-{one}" for one in range(3)]
        worker = Worker(ledger, f"n{number}", owns=names)
        run = accepted(ledger, *names, changes=True)
        for left, (claim, conclusion) in zip((2, 1, 0), zip(worker.claim(), order, strict=True), strict=True):
            assert ledger.runs.get(run).verdict is None
            if conclusion is DOUBT:
                ledger.claims.cross(claim, worker.name, on())
            worker.conclude(claim, conclusion)
            assert ledger.runs.get(run).unfinished == left
        found = ledger.runs.get(run)
        assert (found.verdict, found.finished) == (verdict, True)
        assert found.counts == Counter(one.outcome for one in order)
        kinds = [event.kind for event in ledger.outbox.after(run, 0)]
        assert (kinds[-1], kinds.count(EventKind.RUN_FINISHED)) == (EventKind.RUN_FINISHED, 1)


def test_a_run_cancelled_before_it_began_is_cancelled(ledger: Ledger) -> None:
    run = accepted(ledger, "d1", "d2")
    assert ledger.stopping.cancel(run, "bob")[0].cancelled == 2
    assert ledger.runs.get(run).verdict is Verdict.CANCELLED
    kinds = [event.kind for event in ledger.outbox.after(run, 1)]
    assert kinds == [
        EventKind.RUN_CANCELLED,
        EventKind.JOB_FINISHED,
        EventKind.JOB_FINISHED,
        EventKind.RUN_FINISHED,
    ]


def test_a_finished_run_cannot_be_cancelled(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    worker.conclude(worker.claim_one())
    told = ledger.outbox.after(run, 0)
    with pytest.raises(Conflict, match="has finished: success"):
        ledger.stopping.cancel(run, "bob")
    assert ledger.outbox.after(run, 0) == told
    with pytest.raises(NotFound):
        ledger.stopping.cancel("nobody", "bob")
