"""A reaper takes work only from nodes that had the chance to say that they live."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netpulse_core.lease import uptime
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.node import LEASE, SWEEP
from netpulse_core.model.state import JobState
from netpulse_core.runs.alarm import LOOK, Alarm
from netpulse_core.worker.reaper import SILENCE, Reaper
from tests.ledger.work import Worker, accepted


class Clock:
    """A clock whose hands the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Watch:
    """A reaper, and the job of a worker that died."""

    def __init__(self, ledger: Ledger) -> None:
        self.clock = Clock()
        self.reaper = Reaper(ledger, self.clock)
        self._ledger = ledger
        worker = Worker(ledger, owns=["d1"])
        self.run = accepted(ledger, "d1")
        worker.claim_one()
        worker.die()

    def sweep_for(self, seconds: float) -> set[str]:
        """Sweep as often as a node does, for so long; return the runs that were freed."""
        freed: set[str] = set()
        for _ in range(round(seconds / SWEEP)):
            self.clock.now += SWEEP
            freed |= self.reaper.sweep()
        return freed

    def is_in(self, state: JobState) -> bool:
        return self._ledger.jobs.one(self.run, "d1").state is state


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")) as ledger:
        ledger.upgrade()
        yield Watch(ledger)


def test_after_an_outage_nothing_is_reaped_before_a_whole_lease_has_passed(watch: Watch) -> None:
    watch.clock.now = 1000.0
    watch.reaper.ledger_was_away()
    assert watch.sweep_for(LEASE - 2 * SWEEP) == set()
    assert watch.is_in(JobState.RUNNING)
    assert watch.sweep_for(4 * SWEEP) == {watch.run}
    assert watch.is_in(JobState.QUEUED)


def test_a_ledger_that_hung_and_raised_nothing_was_away_too(watch: Watch) -> None:
    watch.sweep_for(LEASE - 2 * SWEEP)
    watch.clock.now += max(SILENCE, LEASE)  # one question was answered that late: nobody renewed a lease meanwhile
    assert not watch.reaper.may_judge
    assert watch.reaper.sweep() == set()
    assert watch.sweep_for(LEASE - 2 * SWEEP) == set()
    assert watch.is_in(JobState.RUNNING)
    assert watch.sweep_for(4 * SWEEP) == {watch.run}


def test_the_time_a_machine_sleeps_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = uptime()
    assert before > 0
    assert uptime() >= before
    monkeypatch.setattr(time, "clock_gettime", {time.CLOCK_BOOTTIME: 1000.0, time.CLOCK_MONOTONIC: 1.0}.get)
    assert uptime() == 1000.0


def test_an_alarm_rings_for_the_time_that_a_machine_slept_too(monkeypatch: pytest.MonkeyPatch) -> None:
    alarm, rung, awake = Alarm(), threading.Event(), uptime()
    with alarm.within(3600.0, rung.set):
        assert not rung.wait(0.05)
        monkeypatch.setattr(time, "clock_gettime", lambda clock: awake + 7200.0)  # two hours, and no clock waited
        assert rung.wait(LOOK + 5.0)
    alarm.close()
