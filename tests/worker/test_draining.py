"""A node that stops: what it hands back, what it lets finish, and what is in doubt after it."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from netpulse_core.lab import Device, Lab
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState
from tests.runs.service import Service, eventually, serving


@pytest.fixture
def kept() -> Iterator[Any]:
    """What `count_beside` counts in."""
    counted: Any = sys.modules.setdefault("netpulse_tests_kept", type(sys)("netpulse_tests_kept"))
    counted.lock, counted.under_way, counted.order = threading.Lock(), [], []
    counted.most, counted.two_at_once = 0, False
    yield counted
    eventually(lambda: not counted.under_way, 20)  # a thread left behind is not the next test's


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No read may finish first."""
    monkeypatch.setattr("netpulse_core.worker.node.SHORT", 0.0)


def _counted(service: Service) -> tuple[int, int]:
    with service.netpulse.ledger.database.read() as connection:
        return tuple(connection.execute(text("SELECT attempt, crashes FROM jobs ORDER BY id LIMIT 1")).one())


@pytest.mark.thorough
def test_a_read_that_is_nearly_done_finishes_and_nothing_more_is_claimed(
    lab: Lab, tmp_path: Path, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netpulse_core.worker.node.SHORT", 30.0)
    with serving(lab, tmp_path, slots=1, grace=30.0) as service:
        run = service.submit("count_beside", "leaf*", pause=0.5)
        eventually(lambda: kept.under_way)
        assert service.node.stop() is True
        states = [job.state for job in service.netpulse.jobs(run)]
        assert sorted(states) == [JobState.FINISHED, *[JobState.QUEUED] * 3]
        (life,) = service.netpulse.nodes()
        assert (life.alive, life.devices, life.running) == (False, 0, 0)
    assert len(kept.order) == 1


@pytest.mark.thorough
def test_reads_are_handed_back_while_a_change_finishes(lab: Lab, tmp_path: Path, kept: Any, at_once: None) -> None:
    with serving(lab, tmp_path, grace=60.0) as service:
        read = service.submit("count_beside", "leaf1", pause=6.0)
        push = service.submit("change_slowly", "leaf2", after=1.5)
        eventually(lambda: service.state(push) is JobState.PUSHING and kept.under_way)
        assert service.node.stop() is True
        assert service.state(read) is JobState.QUEUED
        assert _counted(service) == (0, 0)
        (told,) = [one for one in service.netpulse.events(read) if one.kind is EventKind.JOB_RETRYING]
        assert told.body["problem"]["message"] == "leaf1: its worker stopped"
        done = service.wait(push)
        assert (done.outcome, done.job.attempt) == (Outcome.CHANGED, 1)
        assert kept.under_way == ["leaf1"]  # its thread could still write nothing


@pytest.mark.thorough
def test_a_change_that_has_not_begun_is_handed_back_and_sends_nothing(
    lab: Lab, tmp_path: Path, leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netpulse_core.worker.node.SHORT", 30.0)
    with serving(lab, tmp_path, grace=30.0) as service:
        push = service.submit("change_slowly", before=1.0)
        eventually(lambda: leaf.journal.logins)
        assert service.node.stop() is True
        assert service.state(push) is JobState.QUEUED
        assert _counted(service) == (0, 0)
    time.sleep(1.0)  # the runbook goes on, and is let through nowhere
    assert not [line for line in leaf.journal.commands if "ntp" in line]


@pytest.mark.thorough
def test_a_change_that_outlasts_the_grace_is_in_doubt(lab: Lab, tmp_path: Path) -> None:
    with serving(lab, tmp_path, grace=0.3) as service:
        push = service.submit("change_slowly", "leaf2", after=6.0)
        eventually(lambda: service.state(push) is JobState.PUSHING)
        assert service.node.stop() is False
        job = service.netpulse.jobs(push)[0]
        assert job.state is JobState.IN_DOUBT
        assert job.problem is not None
        assert job.problem.message == "leaf2: its worker stopped in the middle of the change"
        assert f"netpulse resolve {push} leaf2" in job.problem.hint
        assert lab.devices["leaf2"].journal.wait_until_idle()


@pytest.mark.thorough
def test_whoever_will_not_wait_ends_the_grace(lab: Lab, tmp_path: Path) -> None:
    with serving(lab, tmp_path, grace=600.0) as service:
        push = service.submit("change_slowly", "leaf2", after=6.0)
        eventually(lambda: service.state(push) is JobState.PUSHING)
        threading.Timer(0.3, service.node.hurry).start()
        assert service.node.stop() is False
        assert service.state(push) is JobState.IN_DOUBT


def test_a_last_attempt_that_is_handed_back_is_done_by_the_next_worker(
    lab: Lab, tmp_path: Path, at_once: None, leaf: Device
) -> None:
    leaf.faults.slow = {"show clock": 1.5}
    with serving(lab, tmp_path) as service:
        run = service.submit("ask_briefly", "leaf1", command="show clock")
        eventually(lambda: "show clock" in leaf.journal.commands)
        assert service.node.stop() is True
        assert service.state(run) is JobState.QUEUED
        assert _counted(service) == (0, 0)
        assert leaf.journal.wait_until_idle()


def test_what_is_cancelled_while_it_is_handed_back_is_cancelled(
    lab: Lab, tmp_path: Path, kept: Any, at_once: None
) -> None:
    with serving(lab, tmp_path) as service:
        run = service.submit("count_beside", "leaf1", pause=3.0)
        eventually(lambda: kept.under_way)
        with service.netpulse.ledger.database.write() as connection:
            connection.execute(text("UPDATE jobs SET cancel_at = 1"))
        assert service.node.stop() is True
        assert service.wait(run).outcome is Outcome.CANCELLED
