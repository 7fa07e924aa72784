"""The site's `schedules/`: one file is one schedule, named after the file."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from netpulse_core.configs.marking import refuse_masks
from netpulse_core.errors import InvalidParameters, NotFound, Refused, did_you_mean
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory import yamlfolder
from netpulse_core.inventory.notice import Notice, Where, raise_first
from netpulse_core.inventory.yamlfile import YamlFile
from netpulse_core.model.device import Device
from netpulse_core.model.schedule import Schedule
from netpulse_core.timing import entry
from netpulse_core.timing.due import next_due
from netpulse_core.timing.keys import worded

FOLDER = "schedules"
Select = Callable[[str], Sequence[Device]]
"""How a target expression becomes devices; raises where it cannot."""

_PARAMETER = re.compile(r"(?:unknown )?parameter '([^']+)'")


def load(site: Path) -> list[Schedule]:
    """Return the site's schedules by name; raise SiteError with the file, line and key of what is wrong."""
    entries = [entry.read(path, content) for path, content in contents(site).items()]
    raise_first([notice for each in entries for notice in each.notices])
    return [each.schedule for each in entries if each.schedule is not None]


def examine(
    site: Path,
    plugins: Plugins,
    select: Select | None = None,
    roles: Collection[str] | None = None,
    now: float | None = None,
) -> list[Notice]:
    """Return everything that is wrong with the site's schedules.

    `select` asks whether a target means a device, `roles` are those there are, `now` asks what is over; None does not
    ask.
    """
    found = list(yamlfolder.misnamed(site / FOLDER, "schedules"))
    for path, content in contents(site).items():
        read = entry.read(path, content)
        found += read.notices
        if read.schedule is not None and read.file is not None:
            found += _judged(read.schedule, read.file, plugins, select)
            found += _of_role(read.schedule.role, read.file, roles)
            found += _over(read.schedule, read.file, now)
    return found


def in_clear(plugins: Plugins, schedule: Schedule) -> str:
    """Say which secrets a schedule holds in clear, which the ledger must not be told, or masks in the place of secrets.

    Empty where there is none of either.
    """
    try:
        runbook = plugins.runbook(schedule.request.runbook)
        runbook.refuse_secrets_in_clear(schedule.request.parameters)
        refuse_masks(runbook, schedule.request.parameters)
    except NotFound:  # told when it is due
        return ""
    except InvalidParameters as error:
        return str(error)
    return ""


def contents(site: Path) -> dict[Path, bytes]:
    """Return the schedule files as they are now, in the order of their names."""
    return yamlfolder.contents(site / FOLDER)


def there(site: Path) -> dict[Path, bytes] | None:
    """Return what `contents` does, and None where the folder itself is away."""
    return yamlfolder.there(site / FOLDER)


def lost(site: Path) -> str:
    """Say that the folder is away, and what to do."""
    return yamlfolder.lost(site / FOLDER, "schedules")


def _of_role(role: str, file: YamlFile, roles: Collection[str] | None) -> Iterator[Notice]:
    if role and roles is not None and role not in roles:
        yield file.error(
            ("role",), f"no role {role!r}{did_you_mean(role, roles)}", f"roles are {', '.join(sorted(roles))}"
        )


def _over(schedule: Schedule, file: YamlFile, now: float | None) -> Iterator[Notice]:
    """Warn of an instant that has passed: who reads the schedule only then sees nothing that is due."""
    if now is not None and schedule.enabled and schedule.at is not None and next_due(schedule, now, now) is None:
        why = "this instant has passed: a service that has not read this schedule before never runs it"
        yield file.warning(("at",), why, "write a later one, or remove the file once its run is over")


def _judged(schedule: Schedule, file: YamlFile, plugins: Plugins, select: Select | None) -> Iterator[Notice]:
    request = schedule.request
    try:
        runbook = plugins.runbook(request.runbook)
        runbook.validated(request.parameters)
        refuse_masks(runbook, request.parameters)
    except NotFound as error:
        yield file.error(("runbook",), str(error), error.hint)
    except InvalidParameters as error:
        for problem in error.problems:
            yield file.error(_blamed(problem), problem, error.hint)
    if select is None:
        return
    try:
        devices = select(request.target)
    except Refused as error:  # no device today may be one tomorrow
        yield file.warning(("target",), *worded(error))
    except InvalidParameters as error:
        yield file.error(("target",), *worded(error))
    else:
        yield from _of_other_platforms(request.runbook, devices, file, plugins)


def _of_other_platforms(runbook: str, devices: Sequence[Device], file: YamlFile, plugins: Plugins) -> Iterator[Notice]:
    try:
        plugins.runbook(runbook).fitting(devices)
    except NotFound:  # which is told already
        return
    except Refused as error:
        yield file.error(("target",), *worded(error))


def _blamed(problem: str) -> Where:
    match = _PARAMETER.match(problem)
    parts = match[1].split(".") if match else ()
    return ("parameters", *(int(part) if part.isdigit() else part for part in parts))
