"""What a runbook calls: `judge`, by the checks of its plugins and its site's policies."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from nornir.core.task import Task

from netpulse_core import settings
from netpulse_core.compliance import evaluation
from netpulse_core.compliance.catalogue import Catalogue
from netpulse_core.compliance.policies import files
from netpulse_core.compliance.rules.means import Kept
from netpulse_core.configs.platforms import fitting
from netpulse_core.configs.redacting import bare
from netpulse_core.errors import Refused
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.device import Inheritance
from netpulse_core.inventory.site import Site
from netpulse_core.model.backup import Copy
from netpulse_core.model.check import Check
from netpulse_core.text import authors


def judge(task: Task, checks: Sequence[str], collect: evaluation.Collect) -> list[dict[str, Any]]:
    """Return the findings of the checks whose names these patterns mean on the task's device, as JSON data.

    `collect(kind, of)` asks the device for one source of evidence. Raise NotFound for a pattern that means no check.
    """
    wanted = evaluation.chosen(_known(task), checks)
    masks = getattr(task.host, "secrets", None)  # a host of plain Nornir has none
    mark = bare if masks is None else masks.mark
    device = Inheritance(task.nornir.inventory).device(task.host)
    return [found.as_data() for found in evaluation.judged(wanted, device, collect, _OfTask(task), mark)]


class _OfTask:
    """What the task's own site renders, parses and has kept."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def rendered(self, template: str) -> str:
        return authors.render(self._task, template)

    def backup(self) -> Kept:
        backups = getattr(self._task.host, "backups", None)
        if backups is None:
            raise Refused("no backups are kept here")
        found = backups.last_good()
        if found is None:
            raise Refused("there is no good backup of this device", hint="`backup_config` makes one")
        if found.copy is not Copy.NORMALISED:
            # Where a secret was, a rule would find neither what must be there nor what must not.
            raise Refused("of the last good backup only the redacted copy is kept, which no rule can be judged by")
        if fitting(found.form).xml:
            raise Refused("the last good backup is XML", hint="back it up over a command line: rules read lines")
        return Kept(found.text, found.taken_at)

    def parsed(self, text: str, *, command: str, template: str, parser: str) -> Any:
        found = authors.parse(self._task, text, command=command, template=template, parser=parser)
        if found.suspect:
            raise Refused(f"{command}: {found.suspect}")
        return found.records

    def asked(self, what: str, data: Any, of: Any) -> Any:
        return authors.asked(self._task, what, data, of)


def _known(task: Task) -> Mapping[str, Check]:
    found = getattr(task.host, "checks", None)  # a host of plain Nornir has none
    return found if found is not None else _of_folder(Path.cwd())


@cache
def _of_folder(folder: Path) -> Mapping[str, Check]:
    """Return the checks of a script: those of the site its folder is or lies in, or what is installed."""
    near = settings.nearest(folder)
    told = settings.load(near or folder)
    plugins = Plugins.load(told)
    policies = files.load(near) if near is not None else []
    if not policies:  # a script may have an inventory of its own, and no site's
        return plugins.checks
    return Catalogue(plugins, policies, Site.load(told, plugins.prepare_inventory))
