"""Outputs as they are shown: configuration reads as it was typed, each answer below its line."""

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from netpulse_core.cli import fleet, report, scheduled
from netpulse_core.model.device import Device
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Job, OutputGroup, Problem, Run, RunRequest
from netpulse_core.model.schedule import Schedule, ScheduleStatus
from netpulse_core.model.state import JobState


def shown(body: Any) -> list[str]:
    screen = Console(file=StringIO(), width=100)
    for line in report.outputs([OutputGroup(label="send_config", blob="", devices=("leaf1",), body=body)]):
        screen.print(line)
    assert isinstance(screen.file, StringIO)
    return [line.rstrip() for line in screen.file.getvalue().splitlines()][3:]


def test_configuration_reads_as_it_was_typed() -> None:
    pushed = {
        "lines": [
            {"line": "interface lo", "answer": ""},
            {"line": " description x", "answer": "% Ambiguous\n  ^"},
        ],
        "committed": "Building configuration...\n[OK]",
    }
    assert shown(pushed) == [
        "    interface lo",
        "     description x",
        "      -> % Ambiguous",
        "      ->   ^",
        "      -> Building configuration...",
        "      -> [OK]",
    ]


@pytest.mark.parametrize(
    "other", [{"lines": [], "committed": "", "more": 1}, {"lines": [{"line": 1}], "committed": ""}]
)
def test_other_results_stay_what_they_are(other: Any) -> None:
    assert shown(other)[0] == "    {"


def table_at(width: int) -> list[str]:
    problem = Problem(kind="Unreachable", message="leaf1: cannot be reached: connection refused by 192.0.2.11")
    job = Job(
        id=1,
        run="r",
        device="leaf1",
        state=JobState.FINISHED,
        outcome=Outcome.UNREACHABLE,
        attempt=3,
        node=None,
        waiting_for="",
        not_before=0.0,
        claimed_at=1.0,
        finished_at=3.5,
        problem=problem,
        session_reused=False,
        device_session=None,
    )
    screen = Console(file=StringIO(), width=width)
    screen.print(report.jobs_table([job]))
    assert isinstance(screen.file, StringIO)
    return [line.rstrip() for line in screen.file.getvalue().splitlines()]


def test_the_reason_of_a_failure_has_room_on_a_narrow_terminal() -> None:
    heading, *lines = table_at(40)
    assert heading.split() == ["DEVICE", "OUTCOME", "WHY"]
    column = heading.index("WHY")
    assert " ".join(line[column:].strip() for line in lines) == "cannot be reached: connection refused by 192.0.2.11"
    assert max(map(len, lines)) <= 40


@pytest.mark.parametrize("width", [60, 80])
def test_a_wider_terminal_has_every_column(width: int) -> None:
    assert table_at(width)[0].split() == ["DEVICE", "OUTCOME", "TRY", "SECONDS", "SESSION", "WHY"]


@pytest.mark.parametrize(
    ("waits", "said"),
    [
        (
            "no living worker has site revision 7",
            "waits: no living worker has site revision 7 (before: its worker stopped)",
        ),
        ("its worker stopped", "its worker stopped"),
        ("", "its worker stopped"),
    ],
)
def test_a_job_that_waits_says_what_for_now_and_not_only_what_was_before(waits: str, said: str) -> None:
    problem = Problem(kind="Stopped", message="leaf1: its worker stopped")
    waiting = Job(
        id=1, run="r", device="leaf1", state=JobState.QUEUED, outcome=None, attempt=0, node=None, waiting_for=waits,
        not_before=0.0, claimed_at=None, finished_at=None, problem=problem, session_reused=None, device_session=None,
    )  # fmt: skip
    assert report.why(waiting) == said


RUN = Run(
    id="01KBC5Q2ZJ8W",
    runbook="send_commands",
    target="role=leaf & !site=ams & !name=ams-leaf1",
    parameters={},
    changes=False,
    caller="local",
    priority=4,
    revision="r",
    schedule=None,
    accepted_at=0.0,
    deadline_at=1.0,
    finished_at=1.0,
    devices=20,
    unfinished=0,
    counts={Outcome.OK: 18},
    verdict=Verdict.MIXED,
)
NIGHTLY = ScheduleStatus(
    name="nightly-version",
    schedule=Schedule(
        name="nightly-version",
        request=RunRequest(runbook="send_commands", target="role=leaf", parameters={}),
        cron="0 2 * * *",
    ),
    anchor=0.0,
    next_due=0.0,
)
LEAF = Device(
    name="ams-leaf1",
    key="192.0.2.11:22",
    address="192.0.2.11",
    port=22,
    platform="cisco_ios",
    groups=("leaf", "ams"),
    data={"site": "ams"},
)


def at(width: int, shown: Any) -> list[str]:
    screen = Console(file=StringIO(), width=width)
    screen.print(shown)
    assert isinstance(screen.file, StringIO)
    return [line.rstrip() for line in screen.file.getvalue().splitlines()]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_runs_have_one_heading_and_whole_names_on_a_narrow_terminal(width: int) -> None:
    heading, first, *_ = lines = at(width, report.runs_table([RUN]))
    assert heading.split()[:2] == ["RUN", "VERDICT"]
    assert first.split()[:2] == ["01KBC5Q2ZJ8W", "mixed"]
    column = heading.index("TARGET")
    target = "".join(line[column : column + len(RUN.target)].split("  ")[0] for line in lines[1:])
    assert target.replace(" ", "") == RUN.target.replace(" ", "")
    assert max(map(len, lines)) <= width


def test_devices_have_one_heading_and_whole_addresses_on_a_narrow_terminal() -> None:
    assert at(40, fleet.devices_table([LEAF])) == [
        "DEVICE     ADDRESS        DATA",
        "ams-leaf1  192.0.2.11:22  site=ams",
    ]
    assert at(80, fleet.devices_table([LEAF]))[0].split() == ["DEVICE", "ADDRESS", "PLATFORM", "GROUPS", "DATA"]


def test_schedules_say_when_they_are_next_due_on_a_narrow_terminal() -> None:
    heading, first, *_ = at(40, scheduled.table_of([NIGHTLY]))
    assert heading.split() == ["SCHEDULE", "NEXT"]
    assert first == "nightly-version  1970-01-01 00:00:00 UTC"
    wrong = at(80, scheduled.table_of([replace(NIGHTLY, problem="no device matches 'role=leaf'")]))
    assert wrong[0].split()[-1] == "PROBLEM"
    assert max(map(len, wrong)) <= 80
