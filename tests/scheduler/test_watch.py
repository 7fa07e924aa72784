"""Schedule files over time: what a folder that is away for a while leaves as it was."""

from pathlib import Path

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.model.schedule import Schedule
from netpulse_core.scheduler.watch import Watch
from tests.scheduler.conftest import NIGHTLY, Open, WriteSchedule


def looks(netpulse: NetPulse, watch: Watch, times: int = 3) -> list[str]:
    """Let the ledger know what some looks in a row find, as a scheduler does; return the schedules it knows then."""
    for _ in range(times):
        changed = watch.look()
        if changed is not None:
            netpulse.ledger.schedules.know(changed)
    return [status.name for status in netpulse.ledger.schedules.all()]


def known(netpulse: NetPulse) -> dict[str, Schedule]:
    return {status.name: status.schedule for status in netpulse.ledger.schedules.all()}


def test_a_pause_outlives_that_the_folder_of_schedules_is_away(
    opened: Open, site: Path, write: WriteSchedule, caplog: pytest.LogCaptureFixture
) -> None:
    netpulse = opened()
    write(NIGHTLY)
    watch = Watch(site, {})
    assert looks(netpulse, watch) == ["nightly"]
    netpulse.ledger.schedules.pause("nightly", "ann", "INC-1: do not touch the core")
    (site / "schedules").rename(site / "elsewhere")
    assert looks(netpulse, watch) == ["nightly"]
    assert looks(netpulse, Watch(site, known(netpulse))) == ["nightly"], "nor does one that starts meanwhile forget it"
    (site / "elsewhere").rename(site / "schedules")
    assert looks(netpulse, watch) == ["nightly"]
    paused = netpulse.ledger.schedules.one("nightly").paused
    assert paused is not None
    assert paused.reason == "INC-1: do not touch the core"
    assert caplog.text.count("schedules is away, and the schedules read from it before stay in force") == 2


def test_an_empty_folder_says_that_no_schedule_is_meant(opened: Open, site: Path, write: WriteSchedule) -> None:
    netpulse = opened()
    write(NIGHTLY)
    watch = Watch(site, {})
    assert looks(netpulse, watch) == ["nightly"]
    (site / "schedules").rename(site / "elsewhere")
    assert looks(netpulse, watch) == ["nightly"]
    (site / "schedules").mkdir()
    assert looks(netpulse, watch, 1) == ["nightly"]
    assert looks(netpulse, watch, 1) == []


def test_what_comes_back_in_parts_takes_nothing_away(opened: Open, site: Path, write: WriteSchedule) -> None:
    netpulse = opened()
    write(NIGHTLY)
    write(NIGHTLY, "weekly.yaml")
    assert looks(netpulse, Watch(site, {})) == ["nightly", "weekly"]
    (site / "schedules").rename(site / "elsewhere")
    watch = Watch(site, known(netpulse))
    assert looks(netpulse, watch, 1) == ["nightly", "weekly"]
    (site / "schedules").mkdir()
    (site / "elsewhere" / "nightly.yaml").rename(site / "schedules" / "nightly.yaml")
    assert looks(netpulse, watch, 1) == ["nightly", "weekly"]
    (site / "elsewhere" / "weekly.yaml").rename(site / "schedules" / "weekly.yaml")
    assert looks(netpulse, watch) == ["nightly", "weekly"]
