"""Windows and blackouts whose file, or whose folder, is away for a while."""

from pathlib import Path

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.inventory import yamlfolder
from tests.controller.conftest import Open
from tests.controller.test_controller import ANN
from tests.controller.test_windowing import TOUCH, claimed, node, window


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two looks agree however little time is between them."""
    monkeypatch.setattr(yamlfolder, "AWAY", 0.0)


def in_blackout(opened: Open, site: Path) -> tuple[NetPulse, Path]:
    """Ask for a change of all leaves in the blackout of one, and return the blackout's file."""
    window(site, "stop", opens=-1.0, closes=1.0, kind="blackout", target="leaf1")
    netpulse = opened()
    node(netpulse)
    netpulse.submit(TOUCH, ANN)
    return netpulse, site / "schedules" / "windows" / "stop.yaml"


def test_a_blackout_whose_file_is_away_while_it_is_written_anew_still_binds(opened: Open, site: Path) -> None:
    netpulse, file = in_blackout(opened, site)
    text = file.read_text()
    file.unlink()
    for _ in range(5):
        netpulse.windowing.read("n1")
    assert claimed(netpulse) == {"leaf2", "leaf3"}
    assert not netpulse.windowing.openings(netpulse.preview("leaf1"))[0].open
    file.write_text(text)
    netpulse.windowing.read("n1")
    assert claimed(netpulse) == set()


@pytest.mark.usefixtures("soon")
def test_a_blackout_that_is_removed_ends_when_a_second_look_agrees_and_the_log_says_so(
    opened: Open, site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    netpulse, file = in_blackout(opened, site)
    text = file.read_text()
    for _ in range(3):  # what came back in between is gone for the first time again
        file.unlink()
        netpulse.windowing.read("n1")
        assert claimed(netpulse) <= {"leaf2", "leaf3"}
        file.write_text(text)
        netpulse.windowing.read("n1")
    file.unlink()
    netpulse.windowing.read("n1")
    assert claimed(netpulse) == set()
    netpulse.windowing.read("n1")
    assert claimed(netpulse) == {"leaf1"}
    assert "stop.yaml is gone: what it said is no longer in force" in caplog.text


@pytest.mark.usefixtures("soon")
def test_a_blackout_whose_file_is_renamed_is_in_force_all_along(opened: Open, site: Path) -> None:
    netpulse, file = in_blackout(opened, site)
    file.rename(file.with_name("trading.yaml"))
    for _ in range(3):
        netpulse.windowing.read("n1")
        assert claimed(netpulse) <= {"leaf2", "leaf3"}
    assert netpulse.windowing.openings(netpulse.preview("leaf1"))[0].windows == ("trading",)


@pytest.mark.usefixtures("soon")
def test_windows_whose_folder_is_away_stay_in_force_and_the_log_says_so_once(
    opened: Open, site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    netpulse, file = in_blackout(opened, site)
    file.parent.rename(site / "elsewhere")
    for _ in range(4):
        netpulse.windowing.read("n1")
    assert claimed(netpulse) == {"leaf2", "leaf3"}
    assert len([one for one in caplog.records if "windows is away" in one.message]) == 1
    file.parent.mkdir()  # where an empty folder is put, nothing is meant to bind any more
    netpulse.windowing.read("n1")
    assert claimed(netpulse) == set()
    netpulse.windowing.read("n1")
    assert claimed(netpulse) == {"leaf1"}
