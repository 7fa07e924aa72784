"""Schedule files: what they may say, and where they say something else."""

import shutil
from pathlib import Path

import pytest

from netpulse_core.errors import SiteError
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.site import Site
from netpulse_core.model.run import RunRequest
from netpulse_core.model.schedule import Schedule
from netpulse_core.settings import Settings
from netpulse_core.timing.files import examine, load
from netpulse_core.timing.words import seconds
from tests.scheduler.conftest import NIGHTLY, WriteSchedule

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    return Plugins.load()


@pytest.mark.parametrize("site", [ROOT, ROOT / "netpulse_core" / "inventory" / "starter"], ids=["ours", "starter"])
def test_the_examples_we_ship_have_nothing_wrong(site: Path, plugins: Plugins, tmp_path: Path) -> None:
    for folder in ("schedules", "inventory"):  # a copy: a site that is loaded gets a state folder
        shutil.copytree(site / folder, tmp_path / folder)
    site = tmp_path
    assert [schedule.name for schedule in load(site)] == ["nightly-compliance", "nightly-version"]
    assert not examine(site, plugins, Site.load(Settings(site=site)).select)


def test_a_file_says_all_of_a_schedule(site: Path, write: WriteSchedule) -> None:
    write("""
        runbook: send_commands
        target: role=leaf & !name=leaf2
        every: 1h30m
        timezone: Europe/Berlin
        parameters: {commands: [show version]}
        priority: 7
        deadline: 10m
        description: What runs.
        enabled: false
    """)
    request = RunRequest(
        runbook="send_commands",
        target="role=leaf & !name=leaf2",
        parameters={"commands": ["show version"]},
        priority=7,
        deadline=600.0,
    )
    every = Schedule(
        name="nightly", request=request, every=5400.0, timezone="Europe/Berlin", sentence="What runs.", enabled=False
    )
    assert load(site) == [every]
    write("{runbook: send_commands, target: '*', cron: '@daily'}", "other.yaml")
    request = RunRequest(runbook="send_commands", target="*")
    assert load(site) == [every, Schedule(name="other", request=request, cron="@daily")]


def test_a_site_without_the_folder_has_no_schedules(tmp_path: Path, plugins: Plugins) -> None:
    assert load(tmp_path) == []
    assert examine(tmp_path, plugins) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (90, 90.0), (0.5, 0.5), ("15m", 900.0), ("1h30m", 5400.0), ("1d", 86_400.0), ("2d1s", 172_801.0),
        ("", None), ("15", None), ("m", None), ("30m1h", None), ("1.5h", None), ("1 h", None), (True, None),
        (None, None), (float("nan"), None), (float("inf"), None), ([], None),
    ],
)  # fmt: skip
def test_durations(value: object, expected: float | None) -> None:
    assert seconds(value) == expected


@pytest.mark.parametrize(
    ("change", "key", "message"),
    [
        ({"corn": "x"}, "corn", "unknown key; did you mean 'cron'?"),
        ({"target": "role="}, "target", "expected a value"),
        ({"target": '""'}, "target", "an empty target"),
        ({"target": "[a, b]"}, "target", "['a', 'b'] is not a text"),
        ({"runbook": "12"}, "runbook", "12 is not a text"),
        ({"runbook": None}, "", "`runbook` is missing"),
        ({"cron": "'0 0 31 2 *'"}, "cron", "'0 0 31 2 *' never comes: no such month has a day 31"),
        ({"cron": "5"}, "cron", "5 is not a text"),
        ({"cron": None}, "", "none of `cron`, `every` and `at` says when"),
        ({"every": "15m"}, "every", "both `cron` and `every` say when"),
        ({"cron": None, "every": "soon"}, "every", "'soon' is not a duration"),
        ({"cron": None, "every": "0.5"}, "every", "0.5 is not within 1 second and 366 days"),
        ({"cron": None, "every": ".inf"}, "every", "inf is not a duration"),
        (
            {"timezone": "Europe/Belin"},
            "timezone",
            "unknown time zone 'Europe/Belin'; did you mean 'Europe/Berlin'?",
        ),
        ({"cron": "'0 0 * * fri#6'"}, "cron", "'fri#6' is no day of week"),
        ({"cron": None, "at": "2027-02-30T02:00:00Z"}, "at", "'2027-02-30T02:00:00Z' is no instant"),
        ({"cron": None, "at": "2027-02-03T02:00:00"}, "at", "'2027-02-03 02:00:00' is no instant"),
        ({"at": "'2027-02-03T02:00:00Z'"}, "at", "both `cron` and `at` say when"),
        ({"misfire": "always"}, "misfire", "'always' is none of run, skip"),
        ({"overlap": "que"}, "overlap", "'que' is none of skip, queue, allow; did you mean 'queue'?"),
        ({"gap": "[run]"}, "gap", "['run'] is none of run, skip"),
        ({"cron": None, "every": "1h", "fold": "both"}, "fold", "only `cron` follows a clock"),
        ({"jitter": "25h"}, "jitter", "'25h' is not within 0 seconds and 1 days"),
        ({"jitter": "24h"}, "jitter", "'24h' is not less than the 86400 seconds between two due times"),
        ({"cron": None, "every": "60", "jitter": "60"}, "jitter", "60 is not less than the 60 seconds"),
        ({"start_within": "0"}, "start_within", "0 is not within 1 second and 366 days"),
        ({"timezone": "utc"}, "timezone", "unknown time zone 'utc'; did you mean 'UTC'?"),
        ({"timezone": "../UTC"}, "timezone", "unknown time zone '../UTC'"),
        ({"timezone": "+2"}, "timezone", "2 is not a text"),
        ({"priority": "10"}, "priority", "10 is not a number from 0 to 9"),
        ({"priority": "true"}, "priority", "True is not a number from 0 to 9"),
        ({"deadline": "31d"}, "deadline", "'31d' is not within 1 second and 30 days"),
        ({"enabled": "no"}, "enabled", "'no' is neither true nor false"),
        ({"parameters": "[a]"}, "parameters", "not a mapping of names to values"),
        ({"parameters": "{since: 2026-01-01}"}, "parameters.since", "2026-01-01 is a date, not a text"),
        ({"parameters": "{vlans: {10: x}}"}, "parameters.vlans.10", "the key 10 is not a text"),
        ({"parameters": "{a: [.nan]}"}, "parameters.a.0", "nan is not a number that can be sent"),
        ({"description": "[a]"}, "description", "['a'] is not a text"),
    ],
)
def test_each_mistake_is_told_with_its_line_and_key(
    site: Path, write: WriteSchedule, change: dict[str, str | None], key: str, message: str
) -> None:
    said = {"runbook": "send_commands", "target": "role=leaf", "cron": "'0 2 * * *'", "parameters": "{commands: [a]}"}
    kept = {name: value for name, value in said.items() if name not in change}
    lines = [f"{name}: {value}" for name, value in (kept | change).items() if value is not None]
    path = write("\n".join(lines))
    with pytest.raises(SiteError) as wrong:
        load(site)
    assert (wrong.value.path, wrong.value.line, wrong.value.key) == (str(path), len(lines) if key else 0, key)
    assert message in wrong.value.problem


@pytest.mark.parametrize("name", ["Nightly.yaml", "1st.yaml", "a b.yaml", "x" * 65 + ".yaml"])
def test_a_file_that_cannot_name_a_schedule_is_told(site: Path, write: WriteSchedule, name: str) -> None:
    write(NIGHTLY, name)
    with pytest.raises(SiteError, match="a schedule cannot be named"):
        load(site)


@pytest.mark.parametrize("text", ["", "- a", "just words", "a: [", "a: 1\na: 2\n", "a: !!python/object:x 1"])
def test_a_file_of_another_shape_is_told(site: Path, write: WriteSchedule, text: str) -> None:
    path = write(text)
    with pytest.raises(SiteError) as wrong:
        load(site)
    assert wrong.value.path == str(path)


def test_all_that_is_wrong_is_told_at_once(site: Path, write: WriteSchedule, plugins: Plugins) -> None:
    write("runbook: send_comands\ntarget: role=leaf\ncron: 0 2 * * *\n", "a.yaml")
    write(NIGHTLY.replace("commands: [show version]", "comands: [show version], parse: xml"), "b.yaml")
    write(NIGHTLY.replace("role=leaf", "role=spine"), "c.yaml")
    write(NIGHTLY.replace("role=leaf", "rolle=leaf"), "d.yaml")
    write("corn: 1\nevery: 0\n", "e.yaml")
    write(NIGHTLY, "f.yml")
    write(NIGHTLY.replace("role=leaf", "role=[leaf,laef]"), "g.yaml")
    write("{", ".hidden.yaml")
    fewer = "no device has role=laef; did you mean 'leaf'?, so this would mean fewer devices than it names"
    found = [
        (notice.severity, notice.path.name, notice.line, notice.key, notice.message.partition(":")[0])
        for notice in examine(site, plugins, Site.load(Settings(site=site)).select)
    ]
    assert found == [
        ("warning", "f.yml", 0, "", "not read"),
        ("error", "a.yaml", 1, "runbook", "no runbook 'send_comands'; did you mean 'send_commands'?"),
        ("error", "b.yaml", 4, "parameters.commands", "parameter 'commands' is required"),
        ("error", "b.yaml", 4, "parameters.parse", "parameter 'parse'"),
        ("error", "b.yaml", 4, "parameters.comands", "unknown parameter 'comands'; did you mean 'commands'?"),
        ("warning", "c.yaml", 2, "target", "no device matches 'role=spine'"),
        ("error", "d.yaml", 2, "target", "no device has 'rolle'; did you mean 'role'?"),
        ("error", "e.yaml", 1, "corn", "unknown key; did you mean 'cron'?"),
        ("error", "e.yaml", 0, "", "`runbook` is missing"),
        ("error", "e.yaml", 0, "", "`target` is missing"),
        ("error", "e.yaml", 2, "every", "0 is not within 1 second and 366 days"),
        ("warning", "g.yaml", 2, "target", fewer),
    ]
