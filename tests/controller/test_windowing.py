"""Maintenance windows as the processes of a site read them: files, books, notes, overrides, expected durations."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from netpulse_core.controller import NetPulse, windowing
from netpulse_core.errors import InvalidParameters, NotPermitted, Refused, SiteError
from netpulse_core.inventory import yamlfolder
from netpulse_core.model.caller import Caller
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Conclusion, RunRequest
from netpulse_core.model.window import Bound, Stretch, together
from tests.controller.conftest import HOSTS, Open
from tests.controller.test_controller import ANN, join
from tests.ledger.work import on

TOUCH = RunRequest(runbook="touch", target="*")


def window(site: Path, name: str = "nightly", *, opens: float = 2.0, closes: float = 4.0, **keys: str) -> None:
    """Write a window that opens and closes so many hours from now."""
    folder = site / "schedules" / "windows"
    folder.mkdir(parents=True, exist_ok=True)
    begins, ends = (f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%d %H:%M}" for hours in (opens, closes))
    said = {"target": "leaf1", "timezone": "UTC", "reason": "quiet hours", **keys}
    lines = [f"{key}: {value}" for key, value in said.items()]
    (folder / f"{name}.yaml").write_text("\n".join([*lines, "when:", f"  - {{from: {begins}, to: {ends}}}", ""]))


def node(netpulse: NetPulse, name: str = "n1") -> None:
    join(netpulse, name, book=netpulse.windowing.book())
    netpulse.placing.place([device.key for device in netpulse.site.devices.values()], otherwise=name)


def claimed(netpulse: NetPulse, name: str = "n1") -> set[str]:
    return {claim.device for claim in netpulse.ledger.claims.turn(name, [], 100)[0]}


def test_whoever_asks_is_told_that_it_will_wait_until_when_and_that_its_deadline_is_too_short(
    opened: Open, site: Path
) -> None:
    window(site)
    netpulse = opened()
    node(netpulse)
    waits, late = netpulse.submit(TOUCH, ANN).notes
    assert waits.startswith(
        "1 of 3 devices wait: outside its maintenance window nightly (quiet hours); the next opens 2"
    )
    assert late == "1 of them may be changed only after the run's deadline: ask with a longer one"
    assert claimed(netpulse) == {"leaf2", "leaf3"}
    assert len(netpulse.submit(RunRequest(runbook="touch", target="*", deadline=4 * 3600.0), ANN).notes) == 1


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two looks agree however little time is between them."""
    monkeypatch.setattr(yamlfolder, "AWAY", 0.0)


@pytest.mark.usefixtures("soon")
def test_a_file_that_changes_counts_at_the_nodes_next_look_and_one_that_breaks_changes_nothing(
    opened: Open, site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    netpulse = opened()
    node(netpulse)
    netpulse.submit(TOUCH, ANN)
    window(site, target="role=leaf & !leaf3")
    netpulse.windowing.read("n1")
    assert claimed(netpulse) == {"leaf3"}
    (site / "schedules" / "windows" / "nightly.yaml").write_text("target: [")
    netpulse.windowing.read("n1")
    netpulse.windowing.read("n1")
    assert claimed(netpulse) == set()
    assert len([one for one in caplog.records if "stay as they were read before" in one.message]) == 1
    (site / "schedules" / "windows" / "nightly.yaml").unlink()
    netpulse.windowing.read("n1")
    netpulse.windowing.read("n1")
    assert claimed(netpulse) == {"leaf1", "leaf2"}


def test_a_blackout_wins_over_a_window(opened: Open, site: Path) -> None:
    window(site, opens=-1.0)
    window(site, "stop", opens=-0.5, closes=1.0, kind="blackout", target="leaf1, leaf2")
    netpulse = opened()
    node(netpulse)
    netpulse.submit(TOUCH, ANN)
    assert claimed(netpulse) == {"leaf3"}
    one, two, three = netpulse.windowing.openings(netpulse.site.devices.values())
    assert (one.open, two.open, three.open, three.windows) == (False, False, True, ())
    assert one.windows == ("nightly", "stop")
    assert one.words.startswith("blackout stop (quiet hours); nothing begins before 2")


def test_a_device_without_a_time_zone_of_its_own_is_closed_where_the_window_is_in_that(
    opened: Open, site: Path
) -> None:
    hosts = HOSTS.replace("data: {role: leaf}", "data: {role: leaf, timezone: Pacific/Auckland}", 1)
    (site / "inventory" / "hosts.yaml").write_text(hosts)
    window(site, opens=-30.0, closes=30.0, timezone="device", target="leaf1, leaf2")
    netpulse = opened()
    node(netpulse)
    netpulse.submit(TOUCH, ANN)
    assert claimed(netpulse) == {"leaf1", "leaf3"}
    assert "own time zone, and this one has none" in netpulse.windowing.openings(netpulse.preview("leaf2"))[0].words


def test_a_target_that_is_not_understood_stops_everything(opened: Open, site: Path) -> None:
    window(site, opens=-1.0, target="'@no such group'")
    window(site, opens=-1.0, target="colour=green")
    netpulse = opened()
    node(netpulse)
    netpulse.submit(TOUCH, ANN)
    assert claimed(netpulse) == set()


def test_a_site_with_a_broken_window_is_not_served(opened: Open, site: Path) -> None:
    window(site, timezone="Europe/Berln")
    with pytest.raises(SiteError, match=r"nightly.yaml:2:timezone: unknown time zone .* did you mean 'Europe/Berlin'"):
        opened()
    assert held_open(site) == []


def held_open(site: Path) -> list[str]:
    """Return the files of a site that this process holds open."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that looks is gone by now
            found.append(str(link.readlink()))
    return [name for name in found if name.startswith(str(site))]


def test_an_override_needs_its_permission_and_a_reason_and_no_schedule_has_one(opened: Open, site: Path) -> None:
    window(site)
    netpulse = opened()
    node(netpulse)
    over = RunRequest(runbook="touch", target="leaf1", override_window="  the core\nis down ")
    with pytest.raises(NotPermitted, match=r"lacks windows\.override"):
        netpulse.submit(over, Caller(name="eve", role="engineer"))
    with pytest.raises(InvalidParameters, match="with a reason"):
        netpulse.submit(RunRequest(runbook="touch", target="leaf1", override_window=" "), ANN)
    with pytest.raises(Refused, match="a schedule cannot override"):
        netpulse.prepared(over, ANN, schedule="nightly")
    assert netpulse.ledger.runs.latest() is None
    accepted = netpulse.submit(over, ANN)
    assert accepted.notes == ("maintenance windows and blackouts are overridden: the core is down",)
    assert claimed(netpulse) == {"leaf1"}
    assert netpulse.get(accepted.run).override_window == "the core is down"


def test_a_change_is_expected_to_take_what_such_changes_took_and_its_timeout_where_nothing_is_known(
    opened: Open, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netpulse = opened()
    node(netpulse)
    touch, look = netpulse.plugins.runbook("touch"), netpulse.plugins.runbook("look")
    leaf = netpulse.preview("leaf1")
    assert netpulse.windowing.expected(look, leaf) == {}
    assert netpulse.windowing.expected(touch, leaf) == {"leaf1": touch.timeout}
    for number in range(12):
        netpulse.submit(RunRequest(runbook="touch", target="leaf1"), ANN)
        (claim,) = netpulse.ledger.claims.turn("n1", [], 1)[0]
        netpulse.ledger.claims.cross(claim, "n1", on())
        netpulse.ledger.claims.turn("n1", [(claim, Conclusion(outcome=Outcome.CHANGED, elapsed=41.0 + number))], 0)
    assert netpulse.windowing.expected(touch, leaf) == {"leaf1": touch.timeout}  # still what was asked a moment ago
    monkeypatch.setattr("netpulse_core.controller.windowing.REMEMBERED", -1.0)
    assert netpulse.windowing.expected(touch, leaf) == {"leaf1": 52.0}
    accepted = netpulse.submit(RunRequest(runbook="touch", target="leaf1"), ANN)
    window(site, opens=-1.0, closes=0.01)
    netpulse.windowing.read("n1")
    assert claimed(netpulse) == set()
    words = netpulse.ledger.jobs.one(accepted.run, "leaf1").waiting_for
    assert words.startswith(("the change may take 52 s, and its maintenance window closes 2", "outside"))


OF_TWO_NAMES = pytest.mark.parametrize("names", [("leaf1", "leaf1-oob"), ("leaf1-oob", "leaf1")])


def one_box(site: Path, names: Sequence[str]) -> None:
    """Write an inventory of one device under several names, in this order."""
    host = "{hostname: 192.0.2.1, platform: cisco_ios}"
    (site / "inventory" / "hosts.yaml").write_text("".join(f"{name}: {host}\n" for name in names))


@pytest.mark.usefixtures("soon")
@OF_TWO_NAMES
def test_a_box_of_two_names_is_changed_only_when_each_of_them_may_be(
    opened: Open, site: Path, names: tuple[str, str]
) -> None:
    one_box(site, names)
    window(site, "a-nightly", opens=-1.0, target="'*'")
    window(site, "b-xmas", opens=-0.5, closes=1.0, kind="blackout", target="leaf1")
    netpulse = opened()
    node(netpulse)
    for name in names:
        netpulse.submit(RunRequest(runbook="touch", target=name), ANN)
    assert claimed(netpulse) == set()
    for one in netpulse.windowing.openings(netpulse.site.devices.values()):
        assert one.words.startswith("blackout b-xmas (quiet hours)")
    assert netpulse.windowing.closed_at(netpulse.site.devices["leaf1-oob"], datetime.now(UTC).timestamp())
    (site / "schedules" / "windows" / "b-xmas.yaml").unlink()
    netpulse.windowing.read("n1")
    netpulse.windowing.read("n1")
    assert len(claimed(netpulse)) == 1


@OF_TWO_NAMES
def test_an_open_window_of_one_name_does_not_open_the_closed_one_of_the_other(
    opened: Open, site: Path, names: tuple[str, str]
) -> None:
    one_box(site, names)
    window(site, "now", opens=-1.0, target="leaf1-oob")
    window(site, "later", opens=2.0, target="leaf1")
    netpulse = opened()
    node(netpulse)
    for name in names:
        netpulse.submit(RunRequest(runbook="touch", target=name), ANN)
    assert claimed(netpulse) == set()
    one, other = netpulse.windowing.openings(netpulse.site.devices.values())
    assert (one.words, one.opens_at) == (other.words, other.opens_at)
    assert one.words.startswith("outside its maintenance window later (quiet hours); the next opens 2")


def test_what_was_reckoned_of_files_that_change_meanwhile_is_told_of_nobody(
    opened: Open, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window(site, opens=2.0)
    netpulse = opened()
    leaf = netpulse.preview("leaf1")

    def slowly(names: Sequence[Sequence[Bound]], start: float, end: float) -> list[Stretch]:
        monkeypatch.undo()
        found = together(names, start, end)
        window(site, opens=-1.0)
        netpulse.windowing.current()  # as another thread does
        return found

    monkeypatch.setattr(windowing, "together", slowly)
    assert not netpulse.windowing.openings(leaf)[0].open
    assert netpulse.windowing.openings(leaf)[0].open
