"""Everything that is wrong with a site, at once; the loader stops at the first error and never warns."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from netpulse_core import settings as settings_file
from netpulse_core.errors import NetPulseError, SiteError
from netpulse_core.inventory import load, reachcheck, revision
from netpulse_core.inventory.device import Inheritance
from netpulse_core.inventory.exposed import exposed
from netpulse_core.inventory.notice import Notice, Where, dotted, of_settings
from netpulse_core.inventory.secrets import clear_secrets
from netpulse_core.inventory.yamlfile import YamlFile
from netpulse_core.settings import Settings

__all__ = ["Examiner", "Notice", "examine"]

Examiner = Callable[[Settings], Iterable[Notice]]
"""What another room says of a site: its schedules, its plugins."""

_CLEAR = "a secret in clear, which everyone who reads this repository can read"
_REWRITTEN = "a number whose text is not what is written: configurations, templates and targets would have another"
_QUOTE = "quote it: unquoted, 17.10 is the number 17.1, 0100 is 100, and 12e5 is 1200000.0"
_REFERENCE = "write a reference instead, such as `env:NETPULSE_PASSWORD`"
_NO_USER = "no username: not of its own, not from a group, not from the defaults"
_ADD_USER = "add `username:` to inventory/defaults.yaml"


def examine(settings: Settings, others: Sequence[Examiner] = ()) -> list[Notice]:
    """Return every error and warning: of the settings, of the inventory, and of what `others` examine."""
    found = [*_settings(settings), *_inventory(settings)]
    for examiner in others:
        found.extend(_told(examiner, settings))
    return found


def _told(examiner: Examiner, settings: Settings) -> Iterator[Notice]:
    try:
        yield from examiner(settings)
    except NetPulseError as error:
        yield _notice(error, settings.site)


def _settings(settings: Settings) -> Iterator[Notice]:
    yield from map(of_settings, settings_file.problems(settings.site))


def _inventory(settings: Settings) -> Iterator[Notice]:
    if settings.inventory_plugin:
        yield from _of_plugin(settings)
        return
    try:
        contents = revision.contents(settings.site, (load.FOLDER,))
        load.demand_hosts(settings.site, contents)
    except SiteError as error:
        yield _notice(error, settings.site)
        return
    files: dict[str, YamlFile | None] = {}
    for name in (load.HOSTS, load.GROUPS, load.DEFAULTS):
        try:
            files[name] = load.read(settings.site, contents, name)
        except SiteError as error:
            yield _notice(error, settings.site)
    yield from _of_files(files, settings)


def _of_files(files: dict[str, YamlFile | None], settings: Settings) -> Iterator[Notice]:
    read = [file for file in files.values() if file is not None]
    hosts = files.get(load.HOSTS)
    if len(files) == 3 and hosts is not None:
        whole = load.InventoryFiles(hosts, files[load.GROUPS], files[load.DEFAULTS])
        problems = whole.problems()
        yield from problems
        if not problems:
            yield from _of_hosts(whole, settings)
    else:  # what one file says of another cannot be judged while one of them cannot be read
        for file in read:
            yield from file.notices
    for file in read:
        for where in clear_secrets(file.data):
            yield file.warning(where, _CLEAR, _REFERENCE)
        for where, message, hint in exposed(file.data):
            yield file.warning(where, message, hint)
        for where in file.rewritten():
            if "data" in where[:2]:
                yield file.warning(where, _REWRITTEN, _QUOTE)
    for name, written in files.items():
        if written is not None:
            for where, message, hint in reachcheck.unknown_options(Path(name).stem, written.data):
                yield written.warning(where, message, hint)


def _of_hosts(files: load.InventoryFiles, settings: Settings) -> Iterator[Notice]:
    inventory = load.built(files.documents())
    for where, wrong in reachcheck.unreachable(inventory):
        yield files.hosts.error(where, wrong.problem, wrong.hint)
    yield from reachcheck.unknown_groups(settings, inventory.groups)
    inherited = Inheritance(inventory)
    for name, host in inventory.hosts.items():
        if not inherited.username(host):
            yield files.hosts.warning((name,), _NO_USER, _ADD_USER)


def _of_plugin(settings: Settings) -> Iterator[Notice]:
    path = settings.site / settings_file.FILE
    try:
        inventory = load.of_plugin(settings.inventory_plugin, settings.inventory_options)
    except NetPulseError as error:
        yield _notice(error, path)
        return
    for _, wrong in reachcheck.unreachable(inventory):
        yield _notice(wrong, path)
    yield from reachcheck.unknown_groups(settings, inventory.groups)
    inherited = Inheritance(inventory)
    for name, host in inventory.hosts.items():
        if not inherited.username(host):
            yield _warning(path, (name,), _NO_USER, f"let the inventory plugin {settings.inventory_plugin!r} give one")
    for where in clear_secrets(inventory.dict()):
        yield _warning(path, where, _CLEAR.partition(",")[0], "let the inventory plugin give a reference instead")
    for where, message, hint in exposed(inventory.dict()):
        yield _warning(path, where, message, hint)
    for section, written in inventory.dict().items():
        for where, message, hint in reachcheck.unknown_options(section, written):
            yield _warning(path, (section, *where), message, hint)


def _warning(path: Path, where: Where, message: str, hint: str) -> Notice:
    return Notice(severity="warning", path=path, key=dotted(where), message=message, hint=hint)


def _notice(error: NetPulseError, path: Path) -> Notice:
    if not isinstance(error, SiteError):
        return Notice(severity="error", path=path, message=str(error), hint=error.hint)
    place = Path(error.path) if error.path else path
    return Notice(severity="error", path=place, line=error.line, key=error.key, message=error.problem, hint=error.hint)
