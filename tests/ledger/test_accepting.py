"""What is accepted is recorded whole, once, with its deadline."""

import threading
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, text

from netpulse_core.errors import InvalidParameters, NotFound, Refused
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.event import EventKind
from netpulse_core.model.run import Job, RunRequest
from netpulse_core.model.schedule import Due, Schedule
from netpulse_core.model.state import JobState
from tests.ledger.work import accepted, run_of

BEATEN_ONCE = """
CREATE SEQUENCE tries;
CREATE FUNCTION beaten() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('tries') = 1 THEN RAISE 'another came first' USING ERRCODE = 'serialization_failure'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER beaten BEFORE INSERT ON runs FOR EACH ROW EXECUTE FUNCTION beaten();
"""


def test_a_fleet_is_accepted_in_one_transaction_in_its_own_order(ledger: Ledger) -> None:
    names = [f"d{number}" for number in range(2000)]
    run = accepted(ledger, *names)
    found = ledger.runs.get(run)
    assert (found.devices, found.unfinished, found.verdict) == (2000, 2000, None)
    assert [job.device for job in ledger.jobs.of_run(run)] == names
    (told,) = ledger.outbox.after(run, 0)
    assert (told.number, told.kind, told.body["devices"]) == (1, EventKind.RUN_ACCEPTED, 2000)
    assert ledger.audit.page(limit=1)[0].object == run


def test_what_is_refused_half_way_leaves_nothing(ledger: Ledger) -> None:
    broken = replace(run_of("d1"), devices=(("d1", "d1"), ("d1", "d1")))
    with pytest.raises(Exception, match=r"ux_jobs_run_device|jobs\.run_id"):
        ledger.runs.accept(broken)
    assert ledger.runs.page() == []
    assert ledger.audit.page() == []


def test_a_run_over_nothing_is_refused(ledger: Ledger) -> None:
    with pytest.raises(Refused, match="a run needs a device"):
        ledger.runs.accept(run_of())
    assert ledger.runs.page() == []


def test_the_deadline_counts_from_acceptance(ledger: Ledger) -> None:
    found = ledger.runs.get(accepted(ledger, "d1", deadline=90.0))
    assert found.deadline_at - found.accepted_at == pytest.approx(90.0)
    assert found.accepted_at == pytest.approx(ledger.database.now(), abs=5)


def test_the_same_request_under_one_key_is_one_run(ledger: Ledger) -> None:
    first = ledger.runs.accept(run_of("d1", idempotency_key="k"))
    again = ledger.runs.accept(run_of("d1", idempotency_key="k"))
    assert (first.new, again.new, again.run) == (True, False, first.run)
    other_caller = ledger.runs.accept(run_of("d1", idempotency_key="k", caller="bob"))
    assert other_caller.new


def test_another_request_under_a_used_key_is_refused(ledger: Ledger) -> None:
    run = accepted(ledger, "d1", idempotency_key="k")
    with pytest.raises(InvalidParameters, match=f"'k' was used for another request, run {run}") as refused:
        ledger.runs.accept(run_of("d1", idempotency_key="k", fingerprint="another"))
    assert refused.value.hint == "use a new key for a new request"


def test_sixteen_clients_with_one_key_get_one_run(ledger: Ledger) -> None:
    start, answers = threading.Barrier(16), list[Any]()

    def submit() -> None:
        start.wait()
        try:
            answers.append(ledger.runs.accept(run_of("d1", idempotency_key="k")))
        except Exception as error:  # noqa: BLE001  it is compared below
            answers.append(error)

    threads = [threading.Thread(target=submit) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (run,) = ledger.runs.page()
    assert sorted((one.run, one.new) for one in answers) == [(run.id, False)] * 15 + [(run.id, True)]


def test_runs_are_told_newest_first_a_page_at_a_time(ledger: Ledger) -> None:
    ids = sorted(accepted(ledger, "d1", runbook="a" if number % 2 else "b") for number in range(5))
    assert [run.id for run in ledger.runs.page(limit=2)] == ids[:-3:-1]
    assert [run.id for run in ledger.runs.page(before=ids[2])] == [ids[1], ids[0]]
    assert len(ledger.runs.page(runbook="a")) == 2
    assert len(ledger.runs.page(device="d1", finished=False)) == 5
    assert ledger.runs.page(device="d2") == []
    latest = ledger.runs.latest()
    assert latest is not None
    assert latest.id == ids[-1]


def test_unknown_things_are_named(ledger: Ledger) -> None:
    run = accepted(ledger, "leaf1")
    with pytest.raises(NotFound, match="no run 'nobody'"):
        ledger.runs.get("nobody")
    with pytest.raises(NotFound, match="did you mean 'leaf1'"):
        ledger.jobs.one(run, "leaf2")


def test_the_runs_of_a_device_are_found_without_reading_every_job(ledger: Ledger) -> None:
    accepted(ledger, "d1")
    asked: list[tuple[str, Any]] = []

    def heard(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(ledger.database.engine, "before_cursor_execute", heard)
    ledger.runs.page(device="d1")
    event.remove(ledger.database.engine, "before_cursor_execute", heard)
    statement, parameters = next(one for one in asked if "jobs.device" in one[0])
    with ledger.database.read() as connection:
        if not ledger.database.sqlite:
            # So few rows are read whole: only what costs least without that is asked.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if ledger.database.sqlite else "EXPLAIN "
        plan = str(connection.exec_driver_sql(explain + statement, parameters).all())
    assert "ix_jobs_device" in plan


def test_a_run_beaten_within_anothers_transaction_is_done_again_with_all_of_it(postgres_url: str) -> None:
    with closing(Ledger(postgres_url)) as ledger:
        ledger.upgrade()
        with ledger.database.write() as connection:
            connection.execute(text(BEATEN_ONCE))
        nightly = Schedule(name="nightly", request=RunRequest(runbook="show", target="all"), every=60.0)
        (status,) = ledger.schedules.know([nightly])
        due = Due(schedule=nightly, digest=status.digest, due_at=1.0)
        fire = ledger.fires.fire(due, lambda within: ledger.runs.accept_within(within, run_of("d1")))
        assert fire is not None
        assert [found.id for found in ledger.runs.page()] == [fire.run]


@pytest.mark.thorough
@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
def test_a_job_beyond_the_ten_thousandth_is_found(ledger: Ledger) -> None:
    run = accepted(ledger, *(f"d{number}" for number in range(10_050)))
    job: Job = ledger.jobs.one(run, "d10049")
    assert job.state is JobState.QUEUED


@pytest.mark.parametrize("key", ["a\0b", "\ud800"])
def test_text_that_postgresql_cannot_keep_is_the_requests_fault(postgres_ledger_url: str, key: str) -> None:
    with closing(Ledger(postgres_ledger_url)) as ledger:
        with pytest.raises(InvalidParameters, match="cannot keep"):
            ledger.runs.accept(run_of("d1", idempotency_key=key))
        with pytest.raises(InvalidParameters, match="cannot keep"):
            ledger.runs.get(key)
