"""A node and its windows: a blackout that begins between the claim and the change, and a node whose clock is wrong."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from netpulse_core.lab import Device
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState
from tests.runs.service import Service, eventually


def write(service: Service, kind: str, *hours: float) -> None:
    """Write a window of leaf1 that opens and closes so many hours from now, and have the node read it."""
    file = service.netpulse.site.path / "schedules" / "windows" / "it.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    begins, ends = (f"{datetime.now(UTC) + timedelta(hours=each):%Y-%m-%d %H:%M}" for each in hours)
    said = f"kind: {kind}\ntarget: leaf1\ntimezone: UTC\nreason: quiet hours\nwhen: {{from: {begins}, to: {ends}}}\n"
    file.write_text(said)
    service.netpulse.windowing.read(service.node.id)


@pytest.fixture
def windows(service: Service) -> Iterator[None]:
    """Leave no window behind for the tests after this one."""
    yield
    (service.netpulse.site.path / "schedules" / "windows" / "it.yaml").unlink(missing_ok=True)
    eventually(lambda: not service.netpulse.windowing.current().windows)
    service.netpulse.windowing.read(service.node.id)


@pytest.mark.thorough
@pytest.mark.usefixtures("windows")
def test_a_blackout_that_begins_before_the_change_does_stops_it_and_it_is_done_afterwards(
    service: Service, leaf: Device
) -> None:
    run = service.submit("change_slowly", before=1.0)
    eventually(lambda: leaf.journal.logins)
    write(service, "blackout", -1.0, 1.0)
    eventually(lambda: service.state(run) is JobState.QUEUED, within=60)
    assert service.netpulse.jobs(run)[0].waiting_for.startswith("blackout it (quiet hours); nothing begins before 2")
    assert leaf.journal.applied == []
    write(service, "window", -1.0, 1.0)
    done = service.wait(run)
    assert (done.outcome, done.job.attempt) == (Outcome.CHANGED, 1)
    assert leaf.journal.applied == ["ntp server 192.0.2.7"]


@pytest.mark.usefixtures("windows")
def test_a_node_whose_clock_is_wrong_opens_no_window(
    service: Service, leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(service, "window", 7.0, 9.0)
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + 8 * 3600.0)
    run = service.submit("change_slowly")
    service.run("ask", commands=["show version"])  # a read goes on, so the node has taken turns since
    assert service.state(run) is JobState.QUEUED
    assert service.netpulse.jobs(run)[0].waiting_for.startswith("outside its maintenance window it")
    assert leaf.journal.applied == []
    write(service, "window", -1.0, 1.0)
    assert service.wait(run).outcome is Outcome.CHANGED
