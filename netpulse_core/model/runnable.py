"""What a function must be to run as a runbook, said when it is decorated and not when it runs."""

import inspect
import math
from collections.abc import Callable, Iterable
from typing import Any

from netpulse_core.errors import PluginError, did_you_mean

Function = Callable[..., Any]


def refuse_what_nornir_would_not_run(name: str, function: Function) -> None:
    """Nornir calls a generator or coroutine a success without running its body (nornir#1086)."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        kind = "a generator (it contains `yield`)"
    elif inspect.iscoroutinefunction(function):
        kind = "a coroutine (`async def`)"
    else:
        return
    raise PluginError(
        f"runbook {name!r} is {kind}: Nornir would report success without running it",
        plugin=function.__module__,
        hint="write it as a plain `def` that returns a Result",
    )


def refuse_unknown_options(function: Function, options: Iterable[str], runbook: Function) -> None:
    """Raise PluginError for an option that `@runbook` does not have."""
    known = list(inspect.signature(runbook).parameters)[1:]
    for option in options:
        if option not in known:
            raise PluginError(
                f"runbook {function.__name__!r}: @runbook has no option {option!r}{did_you_mean(option, known)}",
                plugin=function.__module__,
                hint=f"its options are {', '.join(known)}",
            )


def refuse_other_parameters(name: str, function: Function, verify: Function) -> None:
    """Raise PluginError where a `verify` could not be called with what its runbook is called with."""
    try:
        inspect.signature(verify).bind(None, **dict.fromkeys(list(inspect.signature(function).parameters)[1:]))
    except TypeError as error:
        raise PluginError(
            f"runbook {name!r}: `verify` does not take what the runbook takes: {error}",
            plugin=function.__module__,
            hint="give it the same parameters: it is called with the same values",
        ) from error


def refuse_what_could_never_run(name: str, function: Function, timeout: object, attempts: object) -> None:
    """Raise PluginError for a number that is none; what a plugin wrote may be of any type, and NaN is over nothing."""
    if not (isinstance(timeout, int | float) and 0 < timeout < math.inf):
        problem, hint = f"a timeout of {timeout!r}", "`timeout` is the seconds of one attempt on one device"
    elif not (isinstance(attempts, int) and attempts >= 1):
        problem, hint = f"{attempts!r} attempts", "`attempts` counts the first one too: 1 is to never try again"
    else:
        return
    raise PluginError(
        f"runbook {name!r} has {problem}, not a number above 0: it could never run",
        plugin=function.__module__,
        hint=hint,
    )
