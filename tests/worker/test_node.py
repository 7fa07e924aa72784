"""A node's life: its slots, its stopping, and a lease that was lost."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError

from netpulse_core.lab import Device, Lab
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import RunRequest
from netpulse_core.model.state import JobState
from netpulse_core.worker import switching
from tests.runs.service import SECRET, Service, eventually, serving

pytestmark = pytest.mark.thorough


@pytest.fixture
def kept() -> Iterator[Any]:
    """What `count_beside` counts in."""
    kept = sys.modules.setdefault("netpulse_tests_kept", type(sys)("netpulse_tests_kept"))
    counted: Any = kept
    counted.lock, counted.under_way, counted.order = threading.Lock(), [], []
    counted.most, counted.two_at_once = 0, False
    yield counted
    eventually(lambda: not counted.under_way)  # a thread left behind is not the next test's


def test_there_are_never_more_jobs_than_slots_nor_two_on_a_device(lab: Lab, tmp_path: Path, kept: Any) -> None:
    with Lab.running(count=40, password=SECRET, username="netops") as many, serving(many, tmp_path) as service:
        runs = [service.submit("count_beside", "*", pause=0.05) for _ in range(3)]
        for run in runs:
            assert {job.outcome for job in service.wait(run).jobs} == {Outcome.OK}
    assert (kept.most, kept.two_at_once, len(kept.order)) == (8, False, 120)


def test_threads_take_shorter_turns_while_few_jobs_are_under_way(lab: Lab, tmp_path: Path, kept: Any) -> None:
    usual = sys.getswitchinterval()
    with Lab.running(count=20, password=SECRET, username="netops") as many:
        with serving(many, tmp_path, slots=20) as service:
            assert sys.getswitchinterval() == pytest.approx(switching.QUICK)
            run = service.submit("count_beside", "*", pause=1.0)
            eventually(lambda: sys.getswitchinterval() == pytest.approx(usual))
            service.wait(run)
            service.wait(service.submit("count_beside", "leaf1", pause=0.01))
            assert sys.getswitchinterval() == pytest.approx(switching.QUICK)
        assert sys.getswitchinterval() == pytest.approx(usual)


def test_urgent_work_overtakes_a_backlog(lab: Lab, tmp_path: Path, kept: Any) -> None:
    with Lab.running(count=40, password=SECRET, username="netops") as many, serving(many, tmp_path, slots=2) as service:

        def asked(target: str, priority: int) -> str:
            told = {"pause": 0.05}
            request = RunRequest(runbook="count_beside", target=target, parameters=told, priority=priority)
            return service.netpulse.submit(request, LOCAL).run

        backlog = [asked("*", 1) for _ in range(5)]
        eventually(lambda: kept.under_way)
        urgent = asked("leaf1", 9)
        assert service.wait(urgent).outcome is Outcome.OK
        assert sum(service.netpulse.get(run).unfinished for run in backlog) > 100  # of 200


def test_a_lost_lease_begins_another_life_in_which_a_read_goes_on(
    lab: Lab, leaf: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netpulse_core.worker.node.HEARTBEAT", 0.3)
    before = _listeners()
    with serving(lab, tmp_path) as service:
        first = service.node.id
        run = service.submit("ask", "leaf1", commands=["show clock"], pause=2.0)
        eventually(lambda: "show clock" in leaf.journal.commands)
        end_the_lease(service)
        eventually(lambda: service.node.id != first and service.netpulse.nodes()[0].id == service.node.id)
        assert service.netpulse.ledger.reaping.reap() == set(), "what goes on belongs to no dead worker"
        done = service.wait(run, within=60)
        assert (done.outcome, done.job.attempt) == (Outcome.OK, 1)
        assert done.job.node == service.node.id
        assert leaf.journal.commands.count("show clock") == 1
        eventually(lambda: not service.node._hands)
        assert [one.kind for one in service.netpulse.events(run)].count(EventKind.JOB_FINISHED) == 1
        assert [life.alive for life in service.netpulse.nodes()] == [True, False]
        eventually(lambda: _listeners() == before + 2)  # the shared queue's and its own, not the ended life's


def test_what_goes_on_in_another_life_can_be_cancelled(
    lab: Lab, leaf: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netpulse_core.worker.node.HEARTBEAT", 0.3)
    leaf.faults.slow = {"show clock": 30.0}
    with serving(lab, tmp_path) as service:
        first = service.node.id
        run = service.submit("ask", "leaf1", commands=["show clock"])
        eventually(lambda: "show clock" in leaf.journal.commands)
        end_the_lease(service)
        eventually(lambda: service.node.id != first)
        service.netpulse.cancel(run, LOCAL)
        assert service.wait(run, within=6).outcome is Outcome.CANCELLED, "before its read times out by itself"


def test_what_the_ledger_gave_to_others_is_broken_off(
    lab: Lab, leaf: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netpulse_core.worker.node.HEARTBEAT", 60.0)
    leaf.faults.slow = {"show clock": 30.0}
    with serving(lab, tmp_path) as service:
        run = service.submit("ask", "leaf1", commands=["show clock"])
        eventually(lambda: "show clock" in leaf.journal.commands)
        end_the_lease(service)
        service.netpulse.ledger.reaping.reap()  # as another worker does, or its own after a lease: it is called dead
        assert service.netpulse.jobs(run)[0].state is JobState.QUEUED
        eventually(lambda: not service.node._hands, within=6)  # before its read times out by itself
        assert leaf.journal.wait_until_idle(), "the device is not asked by two"
        assert service.state(run) is JobState.QUEUED


def end_the_lease(service: Service) -> None:
    """Let the ledger take every worker for dead."""
    with service.netpulse.ledger.database.write() as connection:
        connection.execute(text("UPDATE nodes SET lease_until = lease_until - 60"))


def _listeners() -> int:
    return [thread.name for thread in threading.enumerate()].count("doorbell-health")


def test_a_conclusion_that_cannot_be_written_keeps_back_no_other(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leaf: Device
) -> None:
    monkeypatch.setattr("netpulse_core.worker.node.AWAY", 0.1)
    with serving(lab, tmp_path) as service:
        with service.netpulse.ledger.database.write() as connection:
            connection.execute(
                text(
                    "CREATE TRIGGER full BEFORE INSERT ON outputs WHEN NEW.label = 'show version' "
                    "BEGIN SELECT RAISE(ABORT, 'no room'); END"
                )
            )
        runs = [service.submit("ask", "leaf1", commands=["show version"])]
        runs += [service.submit("ask", name, commands=["show clock"]) for name in ("leaf2", "leaf3")]
        poisonous, *others = [service.wait(run) for run in runs]
    assert [done.outcome for done in others] == [Outcome.OK, Outcome.OK]
    assert all(len(done.steps) == 1 for done in others)
    assert poisonous.outcome is Outcome.OK
    assert (poisonous.steps, poisonous.message) == ([], "the outputs could not be recorded: IntegrityError")


def test_a_claim_that_fails_costs_no_finished_job_its_outputs(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leaf: Device
) -> None:
    monkeypatch.setattr("netpulse_core.worker.node.AWAY", 0.1)
    with serving(lab, tmp_path) as service:
        run = service.submit("ask", "leaf1", commands=["show version"], pause=1.0)
        eventually(lambda: "show version" in leaf.journal.commands)
        with service.netpulse.ledger.database.write() as connection:
            connection.execute(
                text(
                    "CREATE TRIGGER bad BEFORE UPDATE ON jobs WHEN NEW.state = 'running' AND NEW.device = 'leaf2' "
                    "BEGIN SELECT RAISE(ABORT, 'no claim'); END"
                )
            )
        waiting = service.submit("ask", "leaf2", commands=["show clock"])
        done = service.wait(run)
        assert (done.outcome, [step.label for step in done.steps], done.message) == (Outcome.OK, ["show version"], "")
        with service.netpulse.ledger.database.write() as connection:
            connection.execute(text("DROP TRIGGER bad"))
        assert service.wait(waiting).outcome is Outcome.OK


def test_a_claim_whose_commit_went_unanswered_is_made_again(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netpulse_core.worker.node.AWAY", 0.1)
    lost: list[int] = []

    def lose_the_answer(connection: Connection) -> None:
        claimed = connection.exec_driver_sql("SELECT count(*) FROM jobs WHERE state = 'running'").scalar_one()
        if claimed and not lost:
            lost.append(claimed)
            connection.connection.commit()
            raise OperationalError("COMMIT", {}, Exception("the line was cut"))

    with serving(lab, tmp_path) as service:
        event.listen(service.netpulse.ledger.database.engine, "commit", lose_the_answer)
        done = service.run("ask", commands=["show clock"])
        assert (lost, done.outcome, done.job.attempt) == ([1], Outcome.OK, 1)
        assert [one.kind for one in done.events].count(EventKind.JOB_RETRYING) == 1


def test_a_job_the_machine_has_no_thread_for_is_not_tried_again_at_once(lab: Lab, tmp_path: Path) -> None:
    with serving(lab, tmp_path) as service:
        before = threading.stack_size(1 << 47)  # more than a process can address, so that no thread can be started
        try:
            run = service.submit("ask", commands=["show clock"])
            eventually(lambda: EventKind.JOB_RETRYING in [one.kind for one in service.netpulse.events(run)])
        finally:
            threading.stack_size(before)
        told = next(one for one in service.netpulse.events(run) if one.kind is EventKind.JOB_RETRYING)
        assert "no thread could be started" in told.body["problem"]["message"]
        assert told.body["retry_in"] == 5.0
        assert service.wait(run).outcome is Outcome.OK


def test_a_session_belongs_to_the_node_and_ends_with_it(lab: Lab, tmp_path: Path, leaf: Device) -> None:
    with serving(lab, tmp_path) as service:
        service.run("ask", commands=["show clock"])
        assert leaf.journal.live
        service.node.stop()
        assert leaf.journal.wait_until_idle(1)
        assert leaf.journal.commands[-1] == "exit"


def test_nothing_of_a_service_is_left_when_it_has_stopped(lab: Lab, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with serving(lab, tmp_path) as service:
        service.run("ask", commands=["show clock"])
        assert isinstance(service, Service)
    left = {thread.name for thread in threading.enumerate()} - {thread.name for thread in before}
    assert not left
