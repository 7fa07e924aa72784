"""What a runbook calls: `judge`, by the checks its plugins offer."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from nornir.core.task import Task

from netpulse_core import settings
from netpulse_core.compliance import evaluation
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.device import Inheritance
from netpulse_core.model.check import Check


def judge(task: Task, checks: Sequence[str], collect: evaluation.Collect) -> list[dict[str, Any]]:
    """Return the findings of the checks whose names these patterns mean on the task's device, as JSON data.

    `collect(kind, of)` asks the device for one source of evidence. Raise NotFound for a pattern that means no check.
    """
    wanted = evaluation.chosen(_known(task), checks)
    device = Inheritance(task.nornir.inventory).device(task.host)
    return [found.as_data() for found in evaluation.judged(wanted, device, collect)]


def _known(task: Task) -> Mapping[str, Check]:
    found = getattr(task.host, "checks", None)  # a host of plain Nornir has none
    return found if found is not None else _of_folder(Path.cwd())


@cache
def _of_folder(folder: Path) -> Mapping[str, Check]:
    """Return the checks of a script: those of the site its folder is or lies in, or what is installed."""
    return Plugins.load(settings.load(settings.nearest(folder) or folder)).checks
