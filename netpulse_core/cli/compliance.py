"""`compliance`: reports of runs that judged, what stands now, and how it came about."""

from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import findings, reporting, wording
from netpulse_core.cli.bar import Bar, Baseline, FailOn
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading
from netpulse_core.cli.reporting import Form
from netpulse_core.cli.screen import clean, table
from netpulse_core.model.check import FindingVerdict, Severity
from netpulse_core.model.trend import Standing, Trend

app = typer.Typer()
compliance = typer.Typer(help="Report what runs found, what stands now, and since when.", no_args_is_help=True)
app.add_typer(compliance, name="compliance")

TRENDS = {
    Trend.NEW: "bold red",
    Trend.ALTERED: "red",
    Trend.STILL_FAILING: "red",
    Trend.NEWLY_ERROR: "magenta",
    Trend.NEWLY_WAIVED: "cyan",
    Trend.FIXED: "green",
    Trend.OTHER: "",
}


@compliance.command("report", epilog=findings.EXITS)
@shared
def report(
    given: Given,
    run: Annotated[str, typer.Argument(metavar="RUN", help="Its id, or `last`.")],
    form: reporting.AsForm = Form.TABLE,
    output: reporting.Into = None,
    fail_on: FailOn = Severity.INFO,
    baseline: Baseline = None,
) -> None:
    """Report what a run found, beside what stood before it: on a terminal, or in a form that others read."""
    bar = Bar.of(fail_on, baseline)
    with reading(given) as at:
        told = at.client.compliance.report(run)
        jobs = at.client.devices_of(told.run.id if told.run else run)  # the last run may be another by now
    reporting.write(given, told, form, output, bar)
    raise typer.Exit(int(findings.exit_code(jobs, told.findings, bar)))


@compliance.command("status")
@shared
def status(
    given: Given,
    target: Annotated[str, typer.Argument(metavar="[TARGET]", help="Which devices: 'role=leaf'.")] = "",
    check: Annotated[str, typer.Option("--check", "-c", metavar="PATTERN", help="Of checks of such names.")] = "*",
    whole: Annotated[bool, typer.Option("--all", help="Also what passes, and what does not apply.")] = False,
) -> None:
    """Show what stands of devices and checks now, since when, and whether it comes and goes."""
    with reading(given) as at:
        found = at.client.compliance.standing(target or None, check=check, everything=whole)
    given.screen.document(found)
    order = [*FindingVerdict]
    found = wording.by_device(found)
    found.sort(key=lambda one: (order.index(one.verdict), -list(Severity).index(one.severity), one.check))
    headings = ("VERDICT", "SEVERITY", "CHECK", "DEVICE", "SINCE", "LAST PASSED", "JUDGED", "WHY")
    shown = table(*headings, whole=(0, 1, 3))
    for one in found:
        shown.add_row(*_standing(one))
    nothing = f"nothing stands against them; {given.netpulse} compliance status --all shows what was judged"
    given.screen.say(shown if found else nothing)


@compliance.command("history")
@shared
def history(
    given: Given,
    device: Annotated[str, typer.Argument(metavar="DEVICE", help="Its name.")],
    check: Annotated[str, typer.Argument(metavar="CHECK", help="Its name, such as ntp-baseline/servers.")],
) -> None:
    """Show each change of what a check says of a device, the newest first."""
    with reading(given) as at:
        found = at.client.compliance.history(device, check)
    given.screen.document(found)
    shown = table("AT", "VERDICT", "WAS", "TREND", "VERSION", "RUN", "WHY", whole=(0, 1, 2))
    for one in found:
        trend = Text("" if one.trend is None else one.trend.replace("_", " "), style=TRENDS[one.trend or Trend.OTHER])
        shown.add_row(
            wording.instant(one.at),
            findings.verdict(one.verdict),
            findings.verdict(one.was) if one.was else "",
            trend,
            clean(one.version),
            clean(one.run),
            clean("" if one.finding is None else one.finding.why),
        )
    given.screen.say(shown if found else "nothing has changed: it was not judged yet, or has complied ever since")


def _standing(one: Standing) -> tuple[str | Text, ...]:
    since = wording.instant(one.first_failed or one.since)
    return (
        findings.verdict(one.verdict),
        findings.severity(one.severity),
        clean(one.check),
        clean(one.device),
        Text(f"{since} (flapping)", style="bold yellow") if one.flapping else since,
        wording.instant(one.last_passed),
        wording.instant(one.judged_at),
        clean(one.why),
    )
