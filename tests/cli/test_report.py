"""Outputs as they are shown: configuration reads as it was typed, each answer below its line."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from netpulse_core.cli import report
from netpulse_core.model.run import OutputGroup


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
