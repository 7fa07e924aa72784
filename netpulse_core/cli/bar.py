"""Which violations fail a command: those of a severity or above, and those that a saved result does not have."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from netpulse_core.errors import InvalidParameters
from netpulse_core.model.check import Finding, FindingVerdict, Severity

type Known = Mapping[tuple[str, str], frozenset[str]]
"""The lines of each violation that was there before, by device and check."""

FailOn = Annotated[
    Severity,
    typer.Option("--fail-on", help="Violations below this severity are shown, and do not fail the command."),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="A result written by --json before: only violations that are not in it fail the command.",
    ),
]


@dataclass(frozen=True, slots=True)
class Bar:
    """What a violation has to be so that it counts."""

    least: Severity = Severity.INFO
    before: Known = field(default_factory=dict)

    @classmethod
    def of(cls, least: Severity, baseline: Path | None) -> "Bar":
        """Read the result a command is compared with; raise InvalidParameters where it is none."""
        return cls(least, _known(baseline) if baseline is not None else {})

    def counts(self, device: str, one: Finding) -> bool:
        """Whether a finding fails the command."""
        order = list(Severity)
        bad = one.verdict is FindingVerdict.FAIL and order.index(one.severity) >= order.index(self.least)
        return bad and not self.has(device, one)

    def has(self, device: str, one: Finding) -> bool:
        """Whether the saved result has this violation, with each of its lines."""
        before = self.before.get((device, one.check))
        return before is not None and _lines(one) <= before


NO_BAR = Bar()
"""Every violation counts."""


def _lines(one: Finding) -> frozenset[str]:
    """Return what a violation is known by; one without lines, by what it says."""
    lines = {f"- {line}" for line in one.missing} | {f"+ {line}" for line in one.extra}
    return frozenset(lines or {f"= {line}" for line in one.found} or {one.why})


def _known(path: Path) -> Known:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))["findings"]
        return {(device, one.check): _lines(one) for device, one in _violations(told)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = error.strerror if isinstance(error, OSError) else "it is no result of `checks` or `policies judge`"
        hint = "write it with --json: netpulse policies judge --configs DIR --json > baseline.json"
        raise InvalidParameters("baseline", [f"{path}: {what}"], hint=hint) from error


def _violations(told: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[tuple[str, Finding]]:
    for device, each in told.items():
        for one in map(Finding.of, each):
            if one.verdict is FindingVerdict.FAIL:
                yield device, one
