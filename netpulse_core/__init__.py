"""The authors' face: everything a plugin or a runbook imports, loaded when it is first named."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nornir.core.task import Result, Task

    from netpulse_core import errors
    from netpulse_core.hooks.spec import hookimpl
    from netpulse_core.model.node import Node
    from netpulse_core.model.runbook import Queue, Runbook, runbook
    from netpulse_core.model.session import ConnectionParameters, Driver

_HOME = {
    "ConnectionParameters": "netpulse_core.model.session",
    "Driver": "netpulse_core.model.session",
    "Node": "netpulse_core.model.node",
    "Queue": "netpulse_core.model.runbook",
    "Result": "nornir.core.task",
    "Runbook": "netpulse_core.model.runbook",
    "Task": "nornir.core.task",
    "hookimpl": "netpulse_core.hooks.spec",
    "runbook": "netpulse_core.model.runbook",
}

__all__ = [
    "ConnectionParameters",
    "Driver",
    "Node",
    "Queue",
    "Result",
    "Runbook",
    "Task",
    "errors",
    "hookimpl",
    "runbook",
]


def __getattr__(name: str) -> Any:
    if name == "errors":
        return import_module("netpulse_core.errors")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
