"""Jobs at work that are cancelled: reads, changes before and after they begin, and runbooks that do not return."""

import threading
from pathlib import Path

import pytest

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.errors import Conflict
from netpulse_core.lab import Device, Lab
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import RunRequest
from netpulse_core.model.state import JobState
from netpulse_core.runs.stopper import Stopper
from netpulse_core.worker.node import Node
from tests.ledger.work import pass_time
from tests.runs.plugin import KEPT
from tests.runs.service import Service, eventually, serving, write_site

CHANGING = {"ntp server 192.0.2.7", "configure terminal"}


def at_work(leaf: Device, command: str) -> None:
    eventually(lambda: command in leaf.journal.commands)


@pytest.mark.thorough
def test_a_read_is_broken_off_and_its_session_is_not_used_again(service: Service, leaf: Device) -> None:
    service.run("ask", commands=["show version"])
    leaf.faults.slow = {"show clock": 30.0}
    run = service.submit("ask", commands=["show clock", "show version"])
    at_work(leaf, "show clock")
    assert service.netpulse.cancel(run, LOCAL).stopping == ("leaf1",)
    done = service.wait(run)
    assert (done.outcome, done.verdict, done.job.attempt) == (Outcome.CANCELLED, Verdict.CANCELLED, 1)
    assert done.message == "cancelled while it was at work; its session was closed"
    leaf.faults.heal()
    again = service.run("ask", commands=["show version"])
    assert (again.outcome, again.job.session_reused) == (Outcome.OK, False)


def test_a_node_is_rung_and_does_not_wait_for_its_sweep(
    lab: Lab, leaf: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaf.faults.slow = {"show clock": 30.0}
    with serving(lab, tmp_path) as service:
        monkeypatch.setattr(service.node, "_sweep", lambda: None)
        run = service.submit("ask", commands=["show clock"])
        at_work(leaf, "show clock")
        service.netpulse.cancel(run, LOCAL)
        assert service.wait(run).outcome is Outcome.CANCELLED


def test_a_node_that_heard_no_ring_sees_it_at_its_sweep(service: Service, leaf: Device) -> None:
    leaf.faults.slow = {"show clock": 30.0}
    run = service.submit("ask", commands=["show clock"])
    at_work(leaf, "show clock")
    service.netpulse.ledger.stopping.cancel(run, "ann")
    assert service.wait(run).outcome is Outcome.CANCELLED


def test_of_a_change_that_was_cancelled_nothing_is_sent(service: Service, leaf: Device) -> None:
    run = service.submit("change_slowly", before=1.0)
    eventually(lambda: leaf.journal.logins)
    service.netpulse.cancel(run, LOCAL)
    assert service.wait(run).outcome is Outcome.CANCELLED
    assert not CHANGING & set(leaf.journal.commands)
    assert leaf.journal.applied == []


@pytest.mark.thorough
def test_a_change_that_has_begun_goes_on(service: Service, leaf: Device) -> None:
    run = service.submit("change_slowly", after=1.0)
    eventually(lambda: service.state(run) is JobState.PUSHING)
    with pytest.raises(Conflict, match="leaf1: its change has begun"):
        service.netpulse.cancel(run, LOCAL)
    assert service.wait(run).outcome is Outcome.CHANGED
    assert leaf.journal.applied == ["ntp server 192.0.2.7"]


def test_a_runbook_that_catches_what_the_gate_said_is_cancelled_all_the_same(service: Service, leaf: Device) -> None:
    run = service.submit("change_and_look_away", before=1.0)
    eventually(lambda: leaf.journal.logins)
    service.netpulse.cancel(run, LOCAL)
    assert service.wait(run).outcome is Outcome.CANCELLED
    assert leaf.journal.applied == []


@pytest.mark.thorough
def test_a_runbook_that_does_not_return_is_concluded_without_it(service: Service) -> None:
    KEPT.released = threading.Event()
    run = service.submit("never_return_by_itself")
    eventually(lambda: service.state(run) is JobState.RUNNING and getattr(KEPT, "release", None))
    service.netpulse.cancel(run, LOCAL)
    done = service.wait(run)
    assert done.outcome is Outcome.CANCELLED
    assert "its runbook has not returned since" in done.message
    KEPT.release.set()
    assert KEPT.released.wait(10)
    assert service.state(run) is JobState.FINISHED


def test_a_word_said_before_anybody_listened_is_heard() -> None:
    heard = threading.Event()
    stopper = Stopper()
    stopper.ask()
    stopper.heard_by(heard.set)
    assert heard.is_set()


@pytest.mark.thorough
def test_a_change_that_is_frozen_at_the_gate_waits_and_is_done_after_the_thaw(service: Service, leaf: Device) -> None:
    run = service.submit("change_slowly", before=1.0)
    eventually(lambda: leaf.journal.logins)
    made = service.netpulse.freezing.begin(LOCAL, "leaf1", "core upgrade")
    eventually(lambda: service.state(run) is JobState.QUEUED, within=20)
    assert service.netpulse.jobs(run)[0].waiting_for.startswith("frozen by local: core upgrade")
    assert leaf.journal.applied == []
    service.netpulse.freezing.thaw(made.id, LOCAL)
    done = service.wait(run)
    assert (done.outcome, done.job.attempt) == (Outcome.CHANGED, 1)
    assert leaf.journal.applied == ["ntp server 192.0.2.7"]


def test_a_change_queued_for_a_window_is_not_begun_the_morning_after(lab: Lab, leaf: Device, tmp_path: Path) -> None:
    with NetPulse.open(settings.load(write_site(lab, tmp_path))) as netpulse:
        asked = RunRequest(runbook="change_slowly", target="leaf1", deadline=3600.0)
        run = netpulse.submit(asked, LOCAL).run
        pass_time(netpulse.ledger, 8 * 3600.0)  # no worker was up; the ledger's clock says so, whatever this one's does
        worker = Node(netpulse)
        worker.start()
        try:
            eventually(lambda: netpulse.get(run).finished, within=20)
        finally:
            worker.stop()
        assert netpulse.jobs(run)[0].outcome is Outcome.EXPIRED
    assert leaf.journal.logins == 0
