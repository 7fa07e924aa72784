"""A ledger that lost its latest past begins no change again, and believes nobody of before."""

import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from netpulse_core.errors import Conflict, Refused, ServiceError, SiteError
from netpulse_core.ledger import copies
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.restoring import Restored
from netpulse_core.ledger.tables import devices
from netpulse_core.model.doubt import Finding
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Problem, RunRequest
from netpulse_core.model.schedule import Schedule
from netpulse_core.model.state import JobState
from tests.ledger.work import OK, Worker, accepted, in_doubt, on
from tests.servers.postgres import PostgresServer, binaries


def states(ledger: Ledger, run: str) -> list[str]:
    return [f"{job.state} {job.outcome}" for job in ledger.jobs.of_run(run)]


def declare(ledger: Ledger) -> Restored:
    return ledger.restoring.declare("the disk died", by="bob")


def test_every_unfinished_change_is_in_doubt_and_reads_are_done_again(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2", "d3", "d4", "d5"])
    over = accepted(ledger, "d1", changes=True)
    worker.conclude(worker.push())
    pushing = accepted(ledger, "d1", changes=True)
    worker.push()
    running = accepted(ledger, "d2", changes=True)
    worker.claim_one()
    reading = accepted(ledger, "d3")
    worker.claim_one()
    queued, waiting = accepted(ledger, "d4", "d5", changes=True), accepted(ledger, "d4")
    found = declare(ledger)
    assert (found.in_doubt, found.queued_again, found.runs) == (4, 1, 3)
    assert states(ledger, over) == ["finished ok"]
    for run in (pushing, running, queued):
        assert set(states(ledger, run)) == {"in_doubt needs_operator"}
        assert ledger.runs.get(run).verdict is Verdict.IN_DOUBT
        assert ledger.outbox.after(run, 0)[-1].kind is EventKind.RUN_FINISHED
        problem = ledger.jobs.of_run(run)[0].problem
        assert problem is not None
        assert "the ledger may lack its latest past (the disk died)" in problem.message
    assert [ledger.jobs.one(run, name).state for run, name in ((reading, "d3"), (waiting, "d4"))] == ["queued"] * 2
    heir = Worker(ledger, "n2", owns=["d1", "d2", "d3", "d4", "d5"])
    claim = heir.claim_one()
    assert (claim.run, claim.attempt) == (reading, 1)
    record = ledger.audit.page(limit=1)[0]
    assert (record.actor, record.action) == ("bob", "ledger.restored")


def test_of_several_changes_of_a_device_each_is_resolved_before_it_is_free(ledger: Ledger) -> None:
    first, second, third = (accepted(ledger, "d1", changes=True) for _ in range(3))
    Worker(ledger, "n1", owns=["d1"]).claim_one()
    assert declare(ledger).in_doubt == 3
    reading = accepted(ledger, "d1")
    worker = Worker(ledger, "n2", owns=["d1"])
    for run in (second, first, third):
        assert worker.claim() == []
        assert "in doubt since run" in ledger.jobs.one(reading, "d1").waiting_for
        ledger.reaping.resolve(run, "d1", Outcome.NOT_APPLIED, "bob", "I looked")
        assert ledger.reconciling.claim("n2", 10) == []
    assert worker.claim_one().run == reading


def test_a_ledger_may_be_restored_twice_and_a_doubt_keeps_its_reason(ledger: Ledger) -> None:
    first, second = (accepted(ledger, "d1", changes=True) for _ in range(2))
    declare(ledger)
    again = ledger.restoring.declare("once more", by="bob")
    assert (again.in_doubt, again.queued_again) == (2, 0)
    problem = ledger.jobs.one(first, "d1").problem
    assert problem is not None
    assert "the disk died" in problem.message
    assert [one.kind for one in ledger.outbox.after(second, 0)].count(EventKind.JOB_IN_DOUBT) == 1
    assert ledger.runs.get(first).unfinished == 0


def test_a_doubt_of_before_is_looked_into_and_leaves_the_device_to_the_next(ledger: Ledger) -> None:
    before = accepted(ledger, "d1", changes=True)
    in_doubt(ledger, Worker(ledger, owns=["d1"]))
    queued, reading = accepted(ledger, "d1", changes=True), accepted(ledger, "d1")
    declare(ledger)
    worker = Worker(ledger, "n2", owns=["d1"])
    (doubt,) = ledger.reconciling.claim("n2", 8)
    assert doubt.run == before
    found = Finding(outcome=Outcome.CHANGED, problem=Problem(kind="Reconciled", message="it stands"), steps=())
    assert ledger.reconciling.conclude(doubt, "n2", found)
    assert states(ledger, before) == ["finished changed"]
    assert (worker.claim(), ledger.reconciling.claim("n2", 8)) == ([], [])
    ledger.reaping.resolve(queued, "d1", Outcome.NOT_APPLIED, "bob", "I looked")
    assert worker.claim_one().run == reading


def test_nobody_of_before_concludes_crosses_or_lives_on(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    reading, change = accepted(ledger, "d1"), accepted(ledger, "d2", changes=True)
    read, push = worker.claim()
    ledger.claims.cross(push, "n1", on())
    declare(ledger)
    assert not ledger.nodes.heartbeat("n1", sessions=0)
    worker.conclude(read)
    worker.conclude(push)
    assert states(ledger, reading) == ["queued None"]
    assert states(ledger, change) == ["in_doubt needs_operator"]
    with pytest.raises(Conflict):
        ledger.claims.cross(push, "n1", on())
    heir = Worker(ledger, "n2", owns=["d1"]).claim_one()
    assert heir.fence - read.fence > 1_000_000_000  # no count of the lost past reaches it
    worker.conclude(read, OK)
    assert ledger.jobs.one(reading, "d1").state is JobState.RUNNING


def test_a_node_and_a_job_that_the_backup_never_knew_change_nothing(tmp_path: Path) -> None:
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")) as ledger:
        ledger.upgrade()
        accepted(ledger, "d1")
        copies.backup(ledger.database, tmp_path / "copy")
        worker = Worker(ledger, owns=["d1"])
        lost = worker.claim_one()
        ledger.nodes.bury()
        assert copies.restore(ledger.database, tmp_path / "copy", "lost", by="bob")[0].in_doubt == 0
        assert not ledger.nodes.heartbeat("n1", sessions=0)
        heir = Worker(ledger, "n2", owns=["d1"]).claim_one()
        assert (heir.job, heir.run) == (lost.job, lost.run)
        worker.conclude(lost)
        assert ledger.jobs.one(heir.run, "d1").state is JobState.RUNNING


def test_older_answers_of_before_are_not_found_again(ledger: Ledger) -> None:
    accepted(ledger, "d1")
    declare(ledger)
    with ledger.database.read() as connection:
        assert (connection.scalar(select(devices.c.pushes)) or 0) > 1_000_000_000


def test_what_was_due_up_to_now_is_not_fired_again(ledger: Ledger) -> None:
    request = RunRequest(runbook="show", target="all")
    ledger.schedules.know([Schedule(name="nightly", request=request, every=60.0)])
    before = ledger.database.now()
    assert declare(ledger).schedules == 1
    last = ledger.schedules.one("nightly").passed
    assert last is not None
    assert last >= before


def test_a_repeated_request_still_gives_the_run_it_gave(ledger: Ledger) -> None:
    run = accepted(ledger, "d1", changes=True, idempotency_key="k")
    declare(ledger)
    assert accepted(ledger, "d1", changes=True, idempotency_key="k") == run
    assert states(ledger, run) == ["in_doubt needs_operator"]


@pytest.mark.thorough
def test_a_copy_is_taken_while_others_write_and_put_back_whole(tmp_path: Path) -> None:
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")) as ledger:
        ledger.upgrade()
        worker = Worker(ledger, owns=["d1"])
        run = accepted(ledger, "d1", changes=True)
        over = threading.Event()

        def write() -> None:
            while not over.is_set():
                accepted(ledger, "d2")

        thread = threading.Thread(target=write)
        thread.start()
        try:
            size = copies.backup(ledger.database, tmp_path / "copy")
        finally:
            over.set()
            thread.join(30)
        assert size > 4096
        assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
        with pytest.raises(Conflict, match="is there already"):
            copies.backup(ledger.database, tmp_path / "copy")
        copies.backup(ledger.database, tmp_path / "second", replace=True)
        worker.conclude(worker.push())
        since = accepted(ledger, "d3")
        ledger.nodes.bury()
        restored, former = copies.restore(ledger.database, tmp_path / "copy", "a slip", by="bob")
        assert restored.in_doubt == 1
        assert states(ledger, run) == ["in_doubt needs_operator"]
        with pytest.raises(Exception, match="no run"):
            ledger.runs.get(since)
        assert former is not None
        with closing(Ledger(f"sqlite:///{former}")) as set_aside:
            assert states(set_aside, run) == ["finished ok"]
            assert states(set_aside, since) == ["queued None"]
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("content", [b"", b"no database at all, but of some length" * 200])
def test_what_is_no_ledger_is_not_put_in_its_place(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "copy").write_bytes(content)
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")) as ledger:
        ledger.upgrade()
        run = accepted(ledger, "d1")
        with pytest.raises((SiteError, ServiceError)):
            copies.restore(ledger.database, tmp_path / "copy", "a slip", by="bob")
        with pytest.raises(SiteError, match="no such file"):
            copies.restore(ledger.database, tmp_path / "other", "a slip", by="bob")
        assert states(ledger, run) == ["queued None"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == "") == ["copy"]


def test_a_ledger_whose_workers_live_is_not_replaced(tmp_path: Path) -> None:
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")) as ledger:
        ledger.upgrade()
        copies.backup(ledger.database, tmp_path / "copy")
        run = accepted(ledger, "d1", changes=True)
        Worker(ledger, "n1", owns=["d1"]).claim_one()
        with pytest.raises(Conflict, match="workers use this ledger: n1") as refused:
            copies.restore(ledger.database, tmp_path / "copy", "a slip", by="bob")
        assert "stop every api, worker and scheduler" in refused.value.hint
        assert states(ledger, run) == ["running None"]
    assert not list(tmp_path.glob("*before*"))


@pytest.mark.thorough
def test_a_ledger_that_another_process_has_open_is_not_replaced(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite3"
    with closing(Ledger(f"sqlite:///{place}")) as ledger, closing(Ledger(f"sqlite:///{place}")) as another:
        ledger.upgrade()
        copies.backup(ledger.database, tmp_path / "copy")
        run = accepted(another, "d1", changes=True)
        with pytest.raises(Conflict, match="another process uses the ledger"):
            copies.restore(ledger.database, tmp_path / "copy", "a slip", by="bob")
        assert states(another, run) == states(ledger, run) == ["queued None"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "ledger.sqlite3"]


@pytest.mark.parametrize("torn", [b"", b"no database at all, but of some length" * 200])
def test_a_ledger_that_is_broken_is_set_aside_as_it_is(tmp_path: Path, torn: bytes) -> None:
    place = tmp_path / "ledger.sqlite3"
    with closing(Ledger(f"sqlite:///{place}")) as ledger:
        ledger.upgrade()
        run = accepted(ledger, "d1", changes=True)
        copies.backup(ledger.database, tmp_path / "copy")
    place.write_bytes(torn)
    with closing(Ledger(f"sqlite:///{place}")) as ledger:
        _, former = copies.restore(ledger.database, tmp_path / "copy", "the disk died", by="bob")
        assert former is not None
        assert former.read_bytes() == torn
        assert states(ledger, run) == ["in_doubt needs_operator"]


def test_postgresql_is_dumped_and_restored_by_its_own_tools(
    postgres_ledger_url: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    dump = tmp_path / "dump"
    with closing(Ledger(postgres_ledger_url)) as ledger:
        with pytest.raises(Refused) as refused:
            copies.backup(ledger.database, dump)
        assert "pg_dump" in refused.value.hint
        worker = Worker(ledger, owns=["d1", "d2"])
        run, reading = accepted(ledger, "d1", changes=True), accepted(ledger, "d2")
        worker.claim()
        _tool("pg_dump", "--format=custom", f"--file={dump}", _plain(postgres_ledger_url))
        worker.turn([], 0)
    name = postgres_server.create()
    _tool("pg_restore", "--exit-on-error", f"--dbname={_plain(postgres_server.url(name))}", str(dump))
    with closing(Ledger(postgres_server.url(name))) as restored:
        restored.require_current()
        assert declare(restored).in_doubt == 1
        assert states(restored, run) == ["in_doubt needs_operator"]
        heir = Worker(restored, "n2", owns=["d1", "d2"])
        assert heir.claim_one().run == reading
        assert accepted(restored, "d3")
    postgres_server.drop(name)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")


def _tool(name: str, *words: str) -> None:
    done = subprocess.run([str(binaries() / name), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
