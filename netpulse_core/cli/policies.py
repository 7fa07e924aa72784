"""`policies`: the site's policies, and configurations in files judged by them; no service is asked."""

from pathlib import Path
from time import time
from typing import Annotated

import typer
from rich.text import Text as Styled

from netpulse_core.cli import findings, policysite, reporting, wording
from netpulse_core.cli.bar import Bar, Baseline, FailOn
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import settings_of
from netpulse_core.cli.policysite import Known
from netpulse_core.cli.reporting import Form
from netpulse_core.cli.screen import clean, table
from netpulse_core.compliance import saved
from netpulse_core.compliance.policies import files
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.site import Site
from netpulse_core.model.check import Severity
from netpulse_core.model.report import Report, reported
from netpulse_core.text import roots
from netpulse_core.text.library import Library

app = typer.Typer()
policies = typer.Typer(no_args_is_help=True)
app.add_typer(policies, name="policies")

EXITS = f"""{findings.EXITS}

2  the command, a file it names or the baseline cannot be understood

3  or the site's own files are wrong: `netpulse policies check` says where

5  no policy has that name"""


@policies.callback()
def group() -> None:
    """List policies, look at their files, and judge saved or rendered configurations by them."""


@policies.command("list")
@shared
def listed(given: Given) -> None:
    """List the site's policies."""
    known = Known(given)
    given.screen.document([policysite.data(one, known.checks(one.name), time()) for one in known.policies.values()])
    shown = table("POLICY", "VERSION", "SEVERITY", "RULES", "DEVICES", "SOURCE", "OWNER", "FILE", right=(3, 4))
    for one in known.policies.values():
        devices = {name for check in known.checks(one.name) for name in check.devices}
        shown.add_row(
            clean(one.name), clean(one.version), findings.severity(one.severity), str(len(one.rules)),
            str(len(devices)), one.origin.value, clean(one.owner), clean(one.file),
        )  # fmt: skip
    given.screen.say(shown if known.policies else f"no policy: put one into {files.FOLDER}/, see docs/policies.md")


@policies.command("show")
@shared
def show(given: Given, policy: Annotated[str, typer.Argument(help="Its name.")]) -> None:
    """Show a policy: its rules, the devices each is for, and its waivers."""
    known = Known(given)
    one, now = known.one(policy), time()
    given.screen.document(policysite.data(one, known.checks(one.name), now))
    given.screen.say(Styled.assemble((clean(one.name), "bold"), f"  version {clean(one.version)}  {clean(one.owner)}"))
    said = f"  {one.origin.value}  {clean(one.scope)}  {clean(one.file)}"
    given.screen.say(Styled(said, style="dim"), *([clean(one.description)] if one.description else []), "")
    rules = table("RULE", "SEVERITY", "WHAT HOLDS", "KIND", "PLATFORMS", "DEVICES", right=(5,), whole=(0, 1))
    for check in known.checks(one.name):
        kind, names = type(check.rule.demand).__name__.lower(), wording.names(check.platforms, 4) or "every one"
        words = (clean(check.sentence), kind, clean(names), str(len(check.devices)))
        rules.add_row(clean(check.rule.id), findings.severity(check.severity), *words)
    given.screen.say(rules)
    if one.waivers:
        waivers = table("WAIVED", "DEVICES", "UNTIL", "REASON", whole=(0, 1, 2))
        for waiver in one.waivers:
            over = waiver.until <= now
            until = Styled(f"{waiver.said}{' (expired)' if over else ''}", style="bold red" if over else "")
            waivers.add_row(clean(", ".join(waiver.rules)), clean(waiver.devices), until, clean(waiver.reason))
        given.screen.say("", waivers)


@policies.command("check")
@shared
def check(given: Given) -> None:
    """Say everything that is wrong with the policies, with file, line and key; exit 1 where there is an error."""
    settings = settings_of(given)
    plugins = Plugins.load(settings)
    site = Site.load(settings, plugins.prepare_inventory, keep=False)
    found = files.examine(settings.site, site, Library(plugins, roots.of_site(settings.site)).find)
    given.screen.document({"site": settings.site, "notices": found})
    for one in found:
        given.screen.say(Styled.assemble((one.severity, "bold red"), "  ", clean(str(one))))
        given.screen.say(*([Styled(f"  {clean(one.hint)}", style="dim")] if one.hint else []))
    given.screen.say(*([] if found else [f"ok  {wording.count(len(files.load(settings.site)), 'policy file')}"]))
    if any(one.severity == "error" for one in found):
        raise typer.Exit(1)


@policies.command("judge", epilog=EXITS)
@shared
def judge(
    given: Given,
    configs: Annotated[
        Path | None,
        typer.Option("--configs", metavar="DIR", help="A file for each device, named after it; else all is rendered."),
    ] = None,
    mapped: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="YAML that names the file of each device instead.")
    ] = None,
    policy: Annotated[
        list[str] | None, typer.Option("--policy", "-p", metavar="PATTERN", help="By these alone; repeat it.")
    ] = None,
    target: Annotated[str, typer.Option("--target", "-t", help="These devices, and each of them.")] = "",
    fail_on: FailOn = Severity.INFO,
    baseline: Baseline = None,
    form: reporting.AsForm = Form.TABLE,
    output: reporting.Into = None,
) -> None:
    """Judge configurations in files, or as the site's templates render them; no device and no service is asked.

    What is saved in a folder of a device's name may hold its answers too: running_config.txt, show_version.txt,
    get_facts.json. A rule that takes a live device, and has no such answer, ends in an error.
    """
    bar, known = Bar.of(fail_on, baseline), Known(given)
    checks = known.chosen(policy or ["*"])
    place = policysite.places(known, configs, mapped, target, checks)
    with given.screen.doing("judging"), known.text() as text:
        found = {
            name: saved.judged(checks, device, place.files.get(name), text) for name, device in place.devices.items()
        }
    facts = {name: reported(device) for name, device in place.devices.items()}
    told = Report(made_at=time(), devices=facts, findings=found, not_judged=place.away)
    reporting.write(given, told, form, output, bar, title=wording.count(len(checks), "rule"))
    raise typer.Exit(int(findings.worth(found, list(place.away), bar)))
