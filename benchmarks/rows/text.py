"""How long parsing takes in a process that is warm: outputs of a screen, and of ten thousand lines."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Goal, Row, Samples, alternated, compared
from benchmarks.outputs import small
from benchmarks.side import Side

PLAIN = "ntc_templates.parse_output"


def measure(bench: Bench) -> Row:
    """Compare parsing by platform and command with ntc_templates, whose records must be the same."""
    lines, often, seldom = bench.size(10_000, 2_000), bench.size(300, 50), bench.size(7, 3)
    row = Row(
        "text", f"Outputs of a screen and of {lines:,} lines, by the templates of ntc-templates, on warm processes."
    )
    found: dict[str, set[str]] = {}
    with Side("text", "netpulse", bench.folder) as ours, Side("text", "ntc", bench.folder) as theirs:
        sides = [(ours, "within"), (theirs, "plain"), (ours, "asked")]
        samples = alternated(
            bench.rounds,
            [partial(_measured, side, what, lines, often, seldom, found) for side, what in sides],
            bench.teller("text"),
        )
    assert all(len(each) == 1 for each in found.values()), "all must find the same records"
    row.figures += _figures(samples, [command for command in found if command in small()], Goal("ratio", "≥", 8), None)
    row.figures += _figures(
        samples, [command for command in found if command not in small()], None, Goal("ratio", "≥", 6)
    )
    return row


def _figures(samples: Samples, commands: list[str], within: Goal | None, asked: Goal | None) -> list[Figure]:
    ways = (("within", "in the process that parses", within), ("asked", "as a runbook asks", asked))
    return [
        compared(
            samples,
            f"{way}.{command}",
            f"plain.{command}",
            what=f"`{command}`, {where}",
            against=PLAIN,
            unit="ms",
            goal=goal,
        )
        for command in commands
        for way, where, goal in ways
    ]


def _measured(
    side: Side, what: str, lines: int, often: int, seldom: int, found: dict[str, set[str]]
) -> Mapping[str, float]:
    answers: dict[str, Any] = {**side.ask(what, lines=0, times=often), **side.ask(what, lines=lines, times=seldom)}
    for command, (_, digest, count) in answers.items():
        assert count, f"no records of {command!r}"
        found.setdefault(command, set()).add(digest)
    return {f"{what}.{command}": float(took) for command, (took, *_) in answers.items()}
