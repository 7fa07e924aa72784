"""`init`, `check`: the site folder itself, without a service."""

import re
import time
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core import settings as configuration
from netpulse_core.cli import sealed, wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import site_of
from netpulse_core.cli.screen import Screen, clean
from netpulse_core.compliance.policies import files as policy_files
from netpulse_core.controller import named
from netpulse_core.controller.roles import commands_of, roles_of
from netpulse_core.errors import NetPulseError, PluginError, SiteError
from netpulse_core.hooks import doctor, loading
from netpulse_core.hooks.manager import Plugins
from netpulse_core.incoming import files as hook_files
from netpulse_core.inventory import scaffold
from netpulse_core.inventory import windows as window_files
from netpulse_core.inventory.check import examine
from netpulse_core.inventory.notice import Notice, of_settings
from netpulse_core.inventory.site import Site
from netpulse_core.model.roles import BUILT_IN
from netpulse_core.settings import Settings
from netpulse_core.text import examine as template_files
from netpulse_core.text import roots
from netpulse_core.text.library import Library
from netpulse_core.timing import files as schedule_files

app = typer.Typer()


@app.command("init")
@shared
def init(
    given: Given, folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Else this folder.")] = None
) -> None:
    """Write a working new site."""
    site = folder or given.site or Path()
    written = scaffold.create(site)
    screen = given.screen
    screen.document({"site": site, "files": written})
    screen.say(Text.assemble(("a new site in ", ""), (str(site.resolve()), "bold")))
    for path in written:
        screen.say(Text(f"  {path.relative_to(site)}", style="dim"))
    netpulse = given.netpulse if site == Path() else replace(given, site=site, url=None).netpulse
    screen.say(
        "", "next: write your devices into inventory/hosts.yaml, then (inventory/defaults.yaml names the variable)"
    )
    screen.say("  export NETPULSE_PASSWORD=...", f"  {netpulse} check", f"  {netpulse} up")


@app.command("check")
@shared
def check(
    given: Given, strict: Annotated[bool, typer.Option("--strict", help="Warnings fail the check too.")] = False
) -> None:
    """Say everything that is wrong with a site, with file, line and key; exit 1 where there is an error."""
    site, screen = site_of(given), given.screen
    with screen.doing("reading the site"):
        found = sorted(_notices(site), key=lambda notice: (notice.severity, str(notice.path), notice.line))
    errors = sum(notice.severity == "error" for notice in found)
    warnings = len(found) - errors
    screen.document({"site": site, "errors": errors, "warnings": warnings, "notices": found})
    for notice in found:
        _show(screen, notice)
    if not found:
        screen.say(Text.assemble(("ok", "bold green"), f"  nothing is wrong with {site.resolve()}"))
    else:
        screen.say(f"{wording.count(errors, 'error')}, {wording.count(warnings, 'warning')}")
    if errors or (strict and warnings):
        raise typer.Exit(1)


def _notices(site: Path) -> list[Notice]:
    try:
        settings = configuration.load(site)
    except NetPulseError:
        settings = Settings.model_construct(site=site)  # the inventory can be read all the same; examine tells why
    return examine(settings, (_overlooked, _plugins_and_theirs, sealed.examine))


def _overlooked(settings: Settings) -> Iterable[Notice]:
    """Warn of plugins that no process loads: the policy of one would refuse nothing."""
    for path in loading.overlooked(settings.site):
        why = "a plugin in a folder is not loaded, and what it would refuse is let through"
        yield Notice(severity="warning", path=path, key="", message=why, hint=loading.ONE_FILE)


def _plugins_and_theirs(settings: Settings) -> Iterable[Notice]:
    """Examine all at once: without plugins there are no runbooks for schedules, and no filters for templates."""
    idle = tuple(of_settings(one, "warning") for one in doctor.idle_blocks(settings))
    try:
        plugins = Plugins.load(settings)
    except PluginError as error:
        return (*idle, _of_plugin(settings.site, error))
    site = _site(settings, plugins)
    find = Library(plugins, roots.of_site(settings.site)).find
    policies = policy_files.examine(settings.site, site, find)
    told = _named(settings, {info.name for info in plugins.infos})
    told = (*told, *_unmarked(plugins))
    return (*idle, *told, *_roles(settings), *_when(settings, plugins, site), *policies, *_templates(settings, plugins))


def _unmarked(plugins: Plugins) -> Iterable[Notice]:
    """Warn of functions named as hooks are that nobody calls: a `refuse_run` among them refuses nothing."""
    for info, name, line in plugins.unmarked():
        why = f"`{name}` is no hook without @hookimpl: it is not called, and offers or refuses nothing"
        hint = "write @hookimpl above it, or give it another name"
        yield Notice(severity="warning", path=Path(info.origin), line=line, message=why, hint=hint)


def _named(settings: Settings, plugins: Collection[str]) -> Iterable[Notice]:
    """Warn of what a process would refuse to start over: here, its files and variables need not be."""
    of_the_api = named.missing_files(settings, "tls_certificate", "tls_key")
    of_all = named.missing_files(settings, "store_keys_file")
    absent = {"a worker": named.missing(settings, plugins), "the API": of_the_api, "each process": of_all}
    for who, one in ((who, one) for who, errors in absent.items() for one in errors):
        yield of_settings(one, "warning", f"{who} refuses to start without it")


def _roles(settings: Settings) -> Iterable[Notice]:
    try:
        commands_of(settings, roles_of(settings))
    except SiteError as error:
        yield of_settings(error)


def _site(settings: Settings, plugins: Plugins) -> Site | None:
    try:
        return Site.load(settings, plugins.prepare_inventory, keep=False)
    except NetPulseError:  # which is told by itself
        return None


def _when(settings: Settings, plugins: Plugins, site: Site | None) -> Iterable[Notice]:
    select = site.kept if site is not None else None
    roles = {*BUILT_IN, *settings.roles}
    schedules = schedule_files.examine(settings.site, plugins, select, roles, time.time())
    hooks = hook_files.examine(settings.site, plugins, select, roles)
    return (*schedules, *window_files.examine(settings.site, select), *hooks)


def _templates(settings: Settings, plugins: Plugins) -> Iterable[Notice]:
    try:
        return list(template_files.examine(settings, plugins))
    except PluginError as error:
        return (_of_plugin(settings.site, error),)


def _of_plugin(site: Path, error: PluginError) -> Notice:
    """Say a plugin's error at its file and line, where the error tells them."""
    message, folder = str(error), site / "plugins"
    told = re.search(
        rf"(?P<path>{re.escape(str(folder))}/[^\s:'\"]+\.py)(?::(?P<line>\d+))?", f"{message}\n{error.hint}"
    )
    if told is not None:
        path, line = Path(told["path"]), int(told["line"] or 0)
        message = message.replace(f"{told[0]}: ", "", 1)  # it stands in front already
    else:
        path, line = (site / error.plugin if (site / error.plugin).is_file() else site), 0
    return Notice(severity="error", path=path, line=line, message=message, hint=error.hint)


def _show(screen: Screen, notice: Notice) -> None:
    place = ":".join(str(part) for part in (notice.path, notice.line or "", notice.key) if part)
    style = "bold red" if notice.severity == "error" else "yellow"
    screen.say(Text.assemble((place, "bold"), "  ", (notice.severity, style), "  ", clean(notice.message)))
    if notice.hint:
        screen.say(Text(f"  {clean(notice.hint)}", style="dim"))
