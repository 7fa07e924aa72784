"""Files of windows: what is wrong with one is told with its file, line and key."""

from pathlib import Path

import pytest

from netpulse_core.inventory import windows
from netpulse_core.inventory.site import Site
from netpulse_core.inventory.windowfile import WindowFile
from netpulse_core.model.window import Kind
from netpulse_core.settings import Settings

HOSTS = """
leaf1: {hostname: 192.0.2.1, groups: [ams]}
leaf2: {hostname: 192.0.2.2, data: {role: leaf}}
leaf3: {hostname: 192.0.2.3, data: {timezone: Mars/Olympus}}
"""
GROUPS = "ams: {data: {timezone: Europe/Amsterdam}}"
GOOD = """target: leaf1
timezone: device
when: {days: 'mon-wed, Saturday', from: '22:00', to: '04:00'}
"""


def problems(text: str, name: str = "nightly") -> list[str]:
    return [f"{one.line}:{one.key}: {one.message}" for one in WindowFile(Path(f"{name}.yaml"), text.encode()).notices]


def test_a_good_file_is_a_window() -> None:
    found = WindowFile(Path("nightly.yaml"), GOOD.encode())
    assert found.notices == []
    assert found.window is not None
    assert (found.window.name, found.window.kind, found.window.reads) == ("nightly", Kind.WINDOW, False)
    assert [str(one) for one in found.window.hours] == ["mon, tue, wed, sat 22:00-04:00"]


def test_dates_and_ranges_and_stretches_from_wall_to_wall() -> None:
    text = "kind: blackout\ntarget: '*'\ntimezone: UTC\nwhen:\n"
    text += "  - dates: [2026-12-24, 2026-12-31..2027-01-01]\n"
    text += "  - {from: 2026-11-27 06:00, to: 2026-11-30 20:00}\n  - days: fri-sun\n"
    found = WindowFile(Path("stop.yaml"), text.encode())
    assert found.window is not None, found.notices
    assert [str(one) for one in found.window.hours] == [
        "2026-12-24, 2026-12-31..2027-01-01", "2026-11-27 06:00 to 2026-11-30 20:00", "fri, sat, sun"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("timezone: device", "timezone: Europe/Berln", "2:timezone: unknown time zone 'Europe/Berln'"),
        ("target: leaf1", "target: 'leaf1 &'", "1:target: expected a device name"),
        ("target: leaf1", "targt: leaf1", "1:targt: unknown key; did you mean 'target'?"),
        ("'04:00'", "'24:30'", "3:when.to: '24:30' is not a time of day"),
        ("'04:00'", "'22:00'", "3:when.to: the time it ends at is when it begins"),
        (", to: '04:00'", "", "3:when.from: only one of `from` and `to`"),
        ("'mon-wed, Saturday'", "'mon-wnd'", "3:when.days: 'mon-wnd' are no days"),
        ("days: 'mon-wed, Saturday'", "dates: 2026-12-24..", "3:when.dates: '2026-12-24..' are no dates"),
        ("days: 'mon-wed, Saturday'", "dates: ..2026-12-24", "3:when.dates: '..2026-12-24' are no dates"),
        ("days: 'mon-wed, Saturday'", "dates: 2026-02-30", "3:when.dates: '2026-02-30' are no dates"),
        ("days: 'mon-wed, Saturday'", "day: mon", "3:when.day: unknown key; did you mean 'days'?"),
        ("from: '22:00'", "from: 2026-12-01 22:00", "3:when.to: one of `from` and `to` has a date"),
        ("when: {", "reads: 3\nwhen: {", "3:reads: 3 is neither true nor false"),
        ("when: {", "kind: blakout\nwhen: {", "3:kind: 'blakout' is no kind; did you mean 'blackout'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_where_it_is(old: str, new: str, problem: str) -> None:
    assert any(one.startswith(problem) for one in problems(GOOD.replace(old, new))), problems(GOOD.replace(old, new))


def test_names_that_cannot_be() -> None:
    for name in ("Nightly", "next", "9to5"):
        assert any("cannot be named" in one for one in problems(GOOD, name))


def test_a_site_is_examined_with_its_devices(tmp_path: Path) -> None:
    files = ("inventory/hosts", HOSTS), ("inventory/groups", GROUPS), ("schedules/windows/nightly", GOOD)
    for name, text in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.yaml").write_text(text)
    site = Site.load(Settings(site=tmp_path), keep=False)
    assert windows.examine(tmp_path, site.select) == []
    file = tmp_path / "schedules" / "windows" / "nightly.yaml"
    file.write_text(GOOD.replace("leaf1", "'*'"))
    (error,) = windows.examine(tmp_path, site.select)
    assert str(error) == (f"{file}:2:timezone: no time zone of their own, so nothing may change them: leaf2, leaf3")
    assert "timezone: Europe/Berlin" in error.hint
    file.write_text(GOOD.replace("leaf1", "colour=red"))
    (error,) = windows.examine(tmp_path, site.select)
    assert (error.severity, error.line, error.key) == ("error", 1, "target")
    file.write_text(GOOD.replace("leaf1", "leaf9"))
    assert [one.severity for one in windows.examine(tmp_path, site.select)] == ["warning"]
    (file.parent / "other.yml").write_text("")
    assert "windows end in .yaml" in windows.examine(tmp_path)[0].message
