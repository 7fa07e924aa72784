"""`checks`: which compliance checks there are, and what they find on devices."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated

import typer

from netpulse_core.cli import findings, wording
from netpulse_core.cli.bar import Bar, Baseline, FailOn
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading, service
from netpulse_core.cli.run import watched
from netpulse_core.cli.screen import clean, table
from netpulse_core.client import Client
from netpulse_core.errors import NotFound
from netpulse_core.model.check import Severity
from netpulse_core.model.run import Job, Run, RunRequest

app = typer.Typer()
checks = typer.Typer(no_args_is_help=True)
app.add_typer(checks, name="checks")

RUNBOOK = "run_checks"


@checks.callback()
def group() -> None:
    """List compliance checks, and judge devices by them."""


@checks.command("list")
@shared
def listed(given: Given) -> None:
    """List the checks on offer."""
    with reading(given) as at:
        known = at.client.checks.list()
    given.screen.document(known)
    shown = table("CHECK", "SEVERITY", "WHAT HOLDS", "PLATFORMS", "EVIDENCE", "FROM", whole=(0, 1))
    for one in known:
        platforms, evidence = wording.names(one.platforms, 4) or "every one", ", ".join(one.evidence)
        words = (one.sentence, platforms, evidence, one.source)
        shown.add_row(clean(one.name), findings.severity(one.severity), *map(clean, words))
    given.screen.say(shown if known else "no check: see docs/checks.md")


@checks.command("run", epilog=findings.EXITS)
@shared
def run(
    given: Given,
    target: Annotated[str, typer.Argument(help="Which devices: 'role=leaf & !site=ams'.", show_default=False)],
    patterns: Annotated[
        list[str] | None,
        typer.Option("--check", "-c", metavar="PATTERN", help="Of these names alone, such as 'ntp_*'; repeat it."),
    ] = None,
    fail_on: FailOn = Severity.INFO,
    baseline: Baseline = None,
) -> None:
    """Judge devices by checks, and show what was found, violations first.

    It is a run of the runbook `run_checks`: durable, in `netpulse runs`, and what a schedule can ask for.
    """
    wanted, bar = patterns or ["*"], Bar.of(fail_on, baseline)
    with service(given) as at:
        _require_known(at.client, wanted)
        asked = RunRequest(runbook=RUNBOOK, target=target, parameters={"checks": wanted})
        begun = at.client.run(at.client.submit(asked).run)
        ended = watched(at, begun, given)
        jobs, found = at.client.devices_of(ended.id), at.client.checks.findings(ended.id)
    raise typer.Exit(_tell(given, ended, jobs, found, bar))


@checks.command("show", epilog=findings.EXITS)
@shared
def show(
    given: Given,
    run: Annotated[str, typer.Argument(metavar="RUN", help="Its id, or `last`.")],
    fail_on: FailOn = Severity.INFO,
    baseline: Baseline = None,
) -> None:
    """Show again what a run found, such as one of a schedule."""
    bar = Bar.of(fail_on, baseline)
    with reading(given) as at:
        ended = at.client.run(run)
        jobs, found = at.client.devices_of(ended.id), at.client.checks.findings(ended.id)
    raise typer.Exit(_tell(given, ended, jobs, found, bar))


def _tell(given: Given, run: Run, jobs: Sequence[Job], found: findings.Found, bar: Bar) -> int:
    given.screen.document({"run": run, "devices": jobs, "findings": found})
    given.screen.say(*findings.told(run, jobs, found, bar))
    return int(findings.exit_code(jobs, found, bar))


def _require_known(client: Client, patterns: list[str]) -> None:
    names = [one.name for one in client.checks.list()]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise NotFound("check", pattern, known=names, hint="`netpulse checks list` shows them")
