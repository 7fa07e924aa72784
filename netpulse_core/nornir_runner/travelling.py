"""Which tasks a service can be asked for: registered runbooks, by name, because code does not travel."""

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from nornir.core.task import Task

from netpulse_core.client.answers import OfferedRunbook
from netpulse_core.errors import InvalidParameters, Refused
from netpulse_core.model.runbook import Runbook

REMEDY = (
    "code does not travel: put it with `@runbook` above it into a file of the service's plugins/, and run that; or run "
    "it in this process: give the runner no `url`"
)
_DRY_RUN = "dry_run"


class Registered:
    """A runbook of the service whose code this machine has not: `nornir.run(Registered("set_ntp"), servers=[...])`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.__name__ = name  # Nornir names its task after it

    def __call__(self, task: Task, **parameters: Any) -> Any:
        raise Refused(f"runbook {self.name!r} has no code here", hint="give the runner the `url` of its service")


def named(task: Task) -> str:
    """Return the name a task is registered by; raise Refused with the reason where it is not."""
    function: Callable[..., Any] = task.task
    if isinstance(function, Registered):
        return function.name
    code = function.function if isinstance(function, Runbook) else function
    reason = _why_not(code)
    if reason or not isinstance(function, Runbook):
        raise Refused(f"nothing was sent: {reason or f'{_place(code)} is not a runbook'}", hint=REMEDY)
    return function.name


def _why_not(code: Callable[..., Any]) -> str:
    if isinstance(code, functools.partial):
        return "a partial has no name the service could know it by"
    if getattr(code, "__name__", "") == "<lambda>":
        return "a lambda has no name the service could know it by"
    qualname = getattr(code, "__qualname__", "")
    if not qualname:
        return f"an object of the class {type(code).__name__} is no function"
    if "<locals>" in qualname:
        return f"{qualname} is defined inside another function, and what it closes over cannot travel"
    if getattr(code, "__module__", "") == "__main__":
        return f"{qualname} is defined in the script itself"
    return ""


def refuse_another(task: Task, offered: OfferedRunbook) -> None:
    """Raise Refused where the service's runbook of this name is not the one that was meant."""
    mine = task.task
    if not isinstance(mine, Runbook):
        return
    names = set(offered.parameters.get("properties", {}))
    own = set(mine.parameters.model_fields)
    if mine.changes == offered.changes and names == own:
        return
    how = "changes" if offered.changes else "only reads"
    said = (
        f"it {how}" if mine.changes != offered.changes else f"its parameters are {', '.join(sorted(names)) or 'none'}"
    )
    raise Refused(
        f"nothing was sent: the service's runbook {offered.name!r} is not the one imported here: {said}",
        hint="bring the plugins of this machine and of the service to the same state",
    )


def parameters(task: Task, offered: OfferedRunbook, send: Callable[[str], str]) -> dict[str, Any]:
    """Return what the service is told, as JSON; `send` hands it a local file and returns the file's reference."""
    given = dict(task.params)
    if isinstance(task.task, Runbook):
        given |= {name: _sent(given[name], send) for name in task.task.files if name in given}
        given = _only_given(task.task, given)
    else:
        _refuse_what_is_not_json(offered.name, given)
    if task.is_dry_run() and offered.changes:
        _ask_for_a_dry_run(offered, given)
    return given


def _only_given(runbook: Runbook, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return validated parameters as JSON; a default is the service's own to fill in."""
    data = runbook.validated(given)
    return {name: value for name, value in data.items() if name in given}


def _refuse_what_is_not_json(name: str, given: Mapping[str, Any]) -> None:
    for parameter, value in given.items():
        try:
            same = json.loads(json.dumps(value, allow_nan=False)) == value
        except (TypeError, ValueError, RecursionError):
            same = False
        if not same:
            raise InvalidParameters(
                f"runbook {name!r}",
                [f"parameter {parameter!r} is a {type(value).__name__} that JSON cannot say"],
                hint="parameters travel as JSON: text, numbers, lists, and mappings whose keys are text",
            )


def _ask_for_a_dry_run(offered: OfferedRunbook, given: dict[str, Any]) -> None:
    if _DRY_RUN not in offered.parameters.get("properties", {}):
        raise Refused(
            f"nothing was sent: this Nornir only tries things out (dry_run), and runbook {offered.name!r} would change",
            hint=f"a runbook that can be tried out has a parameter `{_DRY_RUN}: bool`",
        )
    given.setdefault(_DRY_RUN, True)


def _sent(value: Any, send: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_sent(one, send) for one in value]
    # As on the command line: any other text names a file the service keeps.
    return send(value) if isinstance(value, str) and value.startswith((".", "/", "~")) else value


def _place(code: Callable[..., Any]) -> str:
    return f"{getattr(code, '__module__', '?')}.{getattr(code, '__qualname__', type(code).__name__)}"
