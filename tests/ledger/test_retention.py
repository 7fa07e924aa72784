"""What is over and too old goes, a piece at a time; what is unfinished, in doubt or still needed stays."""

import hashlib
import threading
from collections import Counter
from contextlib import ExitStack, closing
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, update

from netpulse_core.broker import cache
from netpulse_core.errors import NotFound
from netpulse_core.files import File
from netpulse_core.ledger import ageing, leftovers
from netpulse_core.ledger.blobs import name_of
from netpulse_core.ledger.choretables import chores
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.retention import LEASE
from netpulse_core.ledger.scheduletables import fires
from netpulse_core.ledger.tables import blobs, jobs, metadata, nodes, outputs, runs
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.retention import DAY, Policy
from netpulse_core.model.run import Conclusion, FreshAnswer, Step
from netpulse_core.model.state import JobState
from tests.ledger.work import OK, Worker, accepted, in_doubt, pass_time

FOR_EVER: dict[str, Any] = {"runs": None, "outputs": None, "events": None, "audit": None, "at_least": 0}


def policy(**days: float) -> Policy:
    kept = {name: value if name == "at_least" else value * DAY for name, value in days.items()}
    return Policy(**{**FOR_EVER, **kept})


def prune(ledger: Ledger, **days: float) -> Counter[str]:
    assert ledger.retention.begin("me")
    return sum(ledger.retention.round("me", policy(**days), by="me"), Counter())


def said(*texts: str) -> Conclusion:
    return Conclusion(outcome=Outcome.OK, steps=tuple(Step(label="show", body=text) for text in texts))


def finished(ledger: Ledger, *texts: str, **changed: Any) -> str:
    """A run that has ended."""
    name = f"n{len(ledger.nodes.recent())}-{len(ledger.runs.page())}"
    worker = Worker(ledger, name, owns=["d1"])
    ledger.nodes.place({"d1": name})
    with ledger.database.write() as connection:
        connection.execute(update(metadata.tables["placements"]).values(node=name))
    run = accepted(ledger, "d1", **changed)
    worker.conclude(worker.claim_one(), said(*texts))
    return run


def count(ledger: Ledger, *tables: str) -> list[int]:
    with ledger.database.read() as connection:
        query = [select(func.count()).select_from(metadata.tables[name]) for name in tables]
        return [connection.scalar(one) or 0 for one in query]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of two rows."""
    for module in (ageing, leftovers):
        monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr("netpulse_core.ledger.retention.BATCH", 2)
    monkeypatch.setattr(leftovers, "LOOKED_AT", 2)


def test_outputs_and_events_go_first_and_the_run_says_since_when(ledger: Ledger, small: None) -> None:
    run = finished(ledger, "a", "b", "c", "d", "e")
    pass_time(ledger, 10 * DAY)
    assert prune(ledger, outputs=20, events=20, runs=20) == {}
    removed = prune(ledger, outputs=9, events=9)
    assert (removed["outputs"], removed["events"], removed["texts"], removed["runs"]) == (5, 4, 5, 0)
    left = ledger.runs.get(run)
    assert (left.verdict, left.counts) == (Verdict.SUCCESS, {Outcome.OK: 1})
    assert left.outputs_removed_at is not None
    assert left.events_removed_at is not None
    assert (ledger.jobs.one(run, "d1").outcome, ledger.jobs.steps(run), ledger.outbox.after(run, 0)) == (
        Outcome.OK, {}, [],
    )  # fmt: skip
    assert ledger.jobs.groups(run) == []


def test_outputs_alone_may_go(ledger: Ledger) -> None:
    run = finished(ledger, "a")
    pass_time(ledger, 10 * DAY)
    prune(ledger, outputs=9)
    assert ledger.runs.get(run).events_removed_at is None
    assert len(ledger.outbox.after(run, 0)) == 4


def test_a_run_that_is_too_old_goes_with_all_that_was_its_own(ledger: Ledger, small: None) -> None:
    old = finished(ledger, "shared", "its own", idempotency_key="k1")
    pass_time(ledger, 10 * DAY)
    new = finished(ledger, "shared")
    removed = prune(ledger, runs=5)
    assert (removed["runs"], removed["jobs"], removed["outputs"]) == (1, 1, 2)
    with pytest.raises(NotFound):
        ledger.runs.get(old)
    assert [step.body for step in ledger.jobs.steps(new)["d1"]] == ["shared"]
    assert (ledger.jobs.answer(name_of("shared")), ledger.jobs.answer(name_of("its own"))) == ("shared", None)
    assert ledger.runs.under_key("ann", "k1") is None
    assert count(ledger, "devices") == [1]  # fences and pushes are for ever
    assert ledger.audit.page(limit=1)[0].action == "ledger.pruned"


def test_what_is_unfinished_or_in_doubt_stays_however_old(ledger: Ledger) -> None:
    doubtful = accepted(ledger, "d1", changes=True)
    in_doubt(ledger, Worker(ledger, "n1", owns=["d1"]))
    waiting = accepted(ledger, "d1", deadline=1e9)
    pushing = accepted(ledger, "d2", "d3", changes=True)
    worker = Worker(ledger, "n2", owns=["d2"])
    worker.push()
    pass_time(ledger, 1000 * DAY)
    assert prune(ledger, runs=1, outputs=1, events=1) == {}
    for run in (doubtful, waiting, pushing):
        assert ledger.runs.get(run).events_removed_at is None
        assert ledger.outbox.after(run, 0)
    ledger.reaping.resolve(doubtful, "d1", Outcome.CHANGED, "bob", "I looked")
    assert prune(ledger, runs=1)["runs"] == 1


def test_the_newest_runs_stay_whole(ledger: Ledger) -> None:
    first, second, third = (finished(ledger, text) for text in "abc")
    pass_time(ledger, 1000 * DAY)
    prune(ledger, runs=1, at_least=2)
    assert [run.id for run in ledger.runs.page()] == [third, second]
    assert ledger.jobs.steps(second)
    with pytest.raises(NotFound):
        ledger.runs.get(first)


def test_audit_fires_and_nodes_age_too_but_the_last_fire_of_a_schedule(ledger: Ledger, small: None) -> None:
    finished(ledger, "a")
    with ledger.database.write() as connection:
        at = {"fired_at": 100.0, "problem": "", "run_id": None}
        for due in (100.0, 200.0, 300.0):
            connection.execute(insert(fires).values(schedule="nightly", due_at=due, **at))
    pass_time(ledger, 10 * DAY)
    assert prune(ledger, audit=11)["audit"] == 0
    removed = prune(ledger, audit=9, runs=9)
    assert (removed["audit"], removed["fires"]) == (1, 2)
    assert count(ledger, "audit", "fires", "nodes") == [1, 1, 1]  # the round's own record; a node with devices
    with ledger.database.read() as connection:
        assert connection.scalar(select(fires.c.due_at)) == 300.0 - 10 * DAY


def test_a_file_goes_with_the_last_run_that_needs_it(ledger: Ledger) -> None:
    content = b"image"
    wanted = File(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    stored = ledger.files.put(BytesIO(content), wanted, "ann")
    finished(ledger, "a", files=(stored.sha256,))
    pass_time(ledger, 10 * DAY)
    with ledger.database.write() as connection:
        connection.execute(update(metadata.tables["file_contents"]).values(asked_at=0.0))
    prune(ledger, runs=20)
    assert count(ledger, "file_contents") == [1]
    assert prune(ledger, runs=5)["files"] == 1
    assert count(ledger, "file_contents", "file_chunks", "run_files") == [0, 0, 0]


def test_an_answer_of_no_output_stays_as_long_as_a_read_may_be_told_of_it(ledger: Ledger) -> None:
    assert leftovers.RECALLED >= cache.KEPT
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1")
    answer = FreshAnswer(key="k", text="raw", taken=0.0)
    worker.conclude(worker.claim_one(), Conclusion(outcome=Outcome.OK, answers=(answer,)))
    pass_time(ledger, leftovers.RECALLED - 60)
    prune(ledger)
    assert ledger.jobs.answer(name_of("raw")) == "raw"
    pass_time(ledger, 120)
    assert prune(ledger) == {"texts": 1}
    assert ledger.jobs.answer(name_of("raw")) is None


def test_a_text_that_an_output_is_about_to_need_is_not_removed(postgres_ledger_url: str) -> None:
    """Between looking for a text and writing the output that needs it, a round comes by, and the other way round."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(closing(Ledger(postgres_ledger_url))) for _ in range(2))
        finished(one, "text")
        pass_time(one, 10 * DAY)
        one.database.engine.dispose()
        with one.database.write() as connection:
            connection.execute(outputs.delete())
        worker = Worker(one, "writer")
        with one.database.write() as connection:
            connection.execute(update(metadata.tables["placements"]).values(node="writer"))
        accepted(one, "d1")
        claim = worker.claim_one()
        rounds: list[Counter[str]] = []

        def come_by(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("INSERT INTO outputs"):
                rounds.append(prune(other))

        event.listen(one.database.engine, "before_cursor_execute", come_by)
        worker.conclude(claim, said("text"))
        assert rounds == [{}]
        assert [step.body for step in one.jobs.steps(claim.run)["d1"]] == ["text"]


def test_an_output_written_while_its_text_is_looked_at_keeps_it(ledger: Ledger) -> None:
    finished(ledger, "text")
    with ledger.database.write() as connection:
        assert leftovers.remove_texts(connection, [name_of("text")]) == 0
    assert ledger.jobs.answer(name_of("text")) == "text"


def test_a_round_that_was_broken_off_is_finished_by_the_next(ledger: Ledger, small: None) -> None:
    run = finished(ledger, "a", "b", "c", "d", "e", "f", "g")
    pass_time(ledger, 10 * DAY)
    assert ledger.retention.begin("one")
    next(ledger.retention.round("one", policy(outputs=5), by="one"))
    assert ledger.runs.get(run).outputs_removed_at is not None
    with ledger.database.read() as connection:
        assert connection.scalar(select(chores.c.in_hand)) == [run]
    pass_time(ledger, LEASE + 1)
    prune(ledger, outputs=5)
    assert count(ledger, "outputs", "blobs") == [0, 0]


def test_what_would_go_is_told_and_stays(ledger: Ledger) -> None:
    finished(ledger, "a", "b")
    pass_time(ledger, 10 * DAY)
    found = ledger.retention.due(policy(runs=5, audit=5))
    wanted = {"runs": 1, "jobs": 1, "outputs": 2, "events": 4, "audit": 1, "configs": 0}
    assert {one.what: one.rows for one in found} == wanted
    assert count(ledger, "runs", "outputs", "outbox", "audit") == [1, 2, 4, 1]
    assert {one.rows for one in ledger.retention.due(policy())} == {0}


def test_claims_go_on_while_a_round_is_under_way(ledger: Ledger) -> None:
    devices = [f"d{number}" for number in range(40)]
    worker = Worker(ledger, owns=devices)
    for _ in range(5):
        accepted(ledger, *devices)
        worker.turn([(claim, said(claim.device)) for claim in worker.claim(40)], 0)
    pass_time(ledger, 10 * DAY)
    with ledger.database.write() as connection:
        connection.execute(update(nodes).values(lease_until=1e12))
    problems: list[Exception] = []
    over = threading.Event()

    def work() -> None:
        try:
            while not over.is_set():
                accepted(ledger, "d1", "d2")
                worker.turn([(claim, OK) for claim in worker.claim(2)], 0)
        except Exception as error:  # noqa: BLE001  whatever a worker would have heard of
            problems.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    removed = prune(ledger, runs=5)
    over.set()
    thread.join(30)
    assert problems == []
    assert removed["jobs"] == 200
    assert all(run.finished_at is None or run.finished_at > 0 for run in ledger.runs.page())
    with ledger.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(jobs).where(jobs.c.state == JobState.RUNNING)) == 0


def test_whatever_points_at_a_run_a_job_or_a_text_is_known_to_retention() -> None:
    pointing = {
        f"{key.parent.table.name}.{key.parent.name}"
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table in (runs, jobs, blobs)
    }
    configs = {"config_versions.redacted", "config_suspects.redacted"}
    compliance = {"findings.evidence", "finding_changes.evidence", "judged_devices.checks"}
    assert pointing == configs | compliance | {
        "jobs.run_id", "run_files.run_id", "outputs.job_id", "outputs.blob", "pushes.job_id"
    }  # fmt: skip
    assert {column.name for column in leftovers.references()} == {"blob", "checks", "evidence", "redacted"}
