"""Outputs as they are shown: configuration reads as it was typed, each answer below its line."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from netpulse_core.cli import report
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Job, OutputGroup, Problem
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
