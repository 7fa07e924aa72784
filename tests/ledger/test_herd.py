"""Many at once: no device is held twice, every job ends once, and nobody hears of a race."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import jobs
from netpulse_core.model.event import EventKind
from netpulse_core.model.run import Run
from netpulse_core.model.runbook import Queue
from netpulse_core.model.state import JobState
from tests.ledger.herd import DEVICES, Herd
from tests.ledger.lawful import unguard
from tests.ledger.work import accepted

ROOT = Path(__file__).parents[2]


def check_ended_once(ledger: Ledger, run: Run) -> None:
    found = ledger.jobs.of_run(run.id)
    told = ledger.outbox.after(run.id, 0, limit=10_000)
    assert {job.state for job in found} == {JobState.FINISHED}
    assert all(job.outcome is not None for job in found)
    ends = Counter(one.device for one in told if one.kind is EventKind.JOB_FINISHED)
    assert ends == Counter({job.device: 1 for job in found})
    assert (run.unfinished, sum(run.counts.values())) == (0, len(found))
    assert [one.kind for one in told].count(EventKind.RUN_FINISHED) == 1
    assert [one.number for one in told] == list(range(1, len(told) + 1))


@pytest.mark.thorough
def test_threads_share_the_work_and_every_job_ends_once(ledger: Ledger, tmp_path: Path) -> None:
    deadlocks: list[str] = []
    event.listen(
        ledger.database.engine,
        "handle_error",
        lambda context: deadlocks.append(f"{context.original_exception} in {context.statement}"),
    )
    held = tmp_path / "held"
    held.mkdir()
    for _ in range(4):
        accepted(ledger, *DEVICES, queue=Queue.FIFO)
    herd = Herd(ledger, held, "thread")
    herd.disturb(8)
    herd.disturb(8)
    herd.work(6)
    herd.join()
    assert herd.wrong == []
    assert deadlocks == []
    assert len(ledger.runs.page(limit=100)) == 20
    for run in ledger.runs.page(limit=100):
        check_ended_once(ledger, run)


@pytest.mark.thorough
def test_processes_share_the_work_and_every_job_ends_once(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    held = tmp_path / "held"
    held.mkdir()
    for _ in range(3):
        accepted(ledger, *DEVICES, queue=Queue.FIFO)
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.herd", ledger_url, str(held), f"p{number}"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    said = [process.communicate(timeout=60) for process in processes]
    assert [out for out, _ in said] == ["", ""], said
    assert all(int(err.split()[-1]) > 0 for _, err in said)
    for run in ledger.runs.page(limit=100):
        check_ended_once(ledger, run)


@pytest.mark.parametrize("statement", ["running", "pushing", "in_doubt"])
def test_the_schema_itself_holds_a_device(ledger: Ledger, statement: str) -> None:
    unguard(ledger)  # which would refuse it first
    accepted(ledger, "d1")
    accepted(ledger, "d1")
    with pytest.raises(IntegrityError, match="device"), ledger.database.write() as connection:
        connection.execute(jobs.update().values(state=statement))
