"""The parameters of runbooks, looked at when their plugin is loaded and not when somebody asks for a run."""

import inspect
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from nornir.core.task import Task

from netpulse_core.errors import PluginError
from netpulse_core.model.runbook import Runbook


def require_parameters(plugin: str, runbook: Runbook) -> None:
    """Raise PluginError, naming the plugin, unless the parameters of its runbook can be checked."""
    try:
        _require_task(plugin, runbook)
        _ = runbook.parameters
    except PluginError as error:
        raise PluginError(f"plugin {plugin}: {error}", plugin=plugin, hint=error.hint) from error
    except Exception as error:  # the plugin-call boundary: its annotations are evaluated here
        raise PluginError(
            f"plugin {plugin}: the parameters of runbook {runbook.name!r} cannot be checked: {error}",
            plugin=plugin,
            hint="give each parameter a type that pydantic knows",
        ) from error


def _require_task(plugin: str, runbook: Runbook) -> None:
    if hasattr(runbook.function, "__wrapped__"):  # what is called is a wrapper, and its hints are those of another
        return
    taken = inspect.signature(runbook.function, eval_str=True).parameters
    first = next(iter(taken.values()), None)
    if first is None or _may_be_task(first.annotation):
        return
    raise PluginError(
        f"runbook {runbook.name!r} takes `{first}` first, where it is given the Nornir task",
        plugin=plugin,
        hint=f"write `def {runbook.function.__name__}(task: Task, {first.name}, ...)`",
    )


def _may_be_task(annotation: Any) -> bool:
    if annotation in (inspect.Parameter.empty, Any) or getattr(annotation, "_is_protocol", False):
        return True
    if isinstance(annotation, type):
        return issubclass(Task, annotation) or issubclass(annotation, Task)
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return any(map(_may_be_task, get_args(annotation)))
    return annotation is not None and get_origin(annotation) is None  # a type variable
