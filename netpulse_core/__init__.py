"""The authors' face: everything a plugin or a runbook imports, loaded when it is first named."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nornir.core.task import Result, Task

    from netpulse_core import errors
    from netpulse_core.compliance.authors import judge
    from netpulse_core.compliance.junos import in_force
    from netpulse_core.configs.platforms import ConfigPlatform, config_platform
    from netpulse_core.files import File
    from netpulse_core.hooks.spec import hookimpl
    from netpulse_core.model import events
    from netpulse_core.model.caller import Caller
    from netpulse_core.model.check import Check, Finding
    from netpulse_core.model.commandline import CommandLine, Push, PushedLine, Turn
    from netpulse_core.model.connection import ConnectionParameters, HostKey, HostKeys, SessionLimits
    from netpulse_core.model.device import Device
    from netpulse_core.model.driver import Driver
    from netpulse_core.model.lines import SentLines
    from netpulse_core.model.node import Node
    from netpulse_core.model.notifier import Endpoint, Notifier, Outgoing
    from netpulse_core.model.plugin import PluginSettings
    from netpulse_core.model.reference import Secret
    from netpulse_core.model.routes import requires
    from netpulse_core.model.run import RunRequest
    from netpulse_core.model.runbook import Queue, Runbook, runbook
    from netpulse_core.model.secretstore import SecretStore
    from netpulse_core.model.session import DeviceSession
    from netpulse_core.model.templates import Choice, Parsed, Parser, Records, Renderer, Template, Templates, Wanted
    from netpulse_core.text.authors import parse, render

_HOME = {
    "Caller": "netpulse_core.model.caller",
    "Check": "netpulse_core.model.check",
    "Choice": "netpulse_core.model.templates",
    "CommandLine": "netpulse_core.model.commandline",
    "ConfigPlatform": "netpulse_core.configs.platforms",
    "ConnectionParameters": "netpulse_core.model.connection",
    "Device": "netpulse_core.model.device",
    "DeviceSession": "netpulse_core.model.session",
    "Driver": "netpulse_core.model.driver",
    "Endpoint": "netpulse_core.model.notifier",
    "File": "netpulse_core.files",
    "Finding": "netpulse_core.model.check",
    "HostKey": "netpulse_core.model.connection",
    "HostKeys": "netpulse_core.model.connection",
    "Node": "netpulse_core.model.node",
    "Notifier": "netpulse_core.model.notifier",
    "Outgoing": "netpulse_core.model.notifier",
    "Parsed": "netpulse_core.model.templates",
    "Parser": "netpulse_core.model.templates",
    "PluginSettings": "netpulse_core.model.plugin",
    "Push": "netpulse_core.model.commandline",
    "PushedLine": "netpulse_core.model.commandline",
    "Queue": "netpulse_core.model.runbook",
    "Records": "netpulse_core.model.templates",
    "Renderer": "netpulse_core.model.templates",
    "Result": "nornir.core.task",
    "RunRequest": "netpulse_core.model.run",
    "Runbook": "netpulse_core.model.runbook",
    "Secret": "netpulse_core.model.reference",
    "SecretStore": "netpulse_core.model.secretstore",
    "SentLines": "netpulse_core.model.lines",
    "SessionLimits": "netpulse_core.model.connection",
    "Task": "nornir.core.task",
    "Template": "netpulse_core.model.templates",
    "Templates": "netpulse_core.model.templates",
    "Turn": "netpulse_core.model.commandline",
    "Wanted": "netpulse_core.model.templates",
    "config_platform": "netpulse_core.configs.platforms",
    "hookimpl": "netpulse_core.hooks.spec",
    "in_force": "netpulse_core.compliance.junos",
    "judge": "netpulse_core.compliance.authors",
    "parse": "netpulse_core.text.authors",
    "render": "netpulse_core.text.authors",
    "requires": "netpulse_core.model.routes",
    "runbook": "netpulse_core.model.runbook",
}

_MODULES = {"errors": "netpulse_core.errors", "events": "netpulse_core.model.events"}

__all__ = [
    "Caller",
    "Check",
    "Choice",
    "CommandLine",
    "ConfigPlatform",
    "ConnectionParameters",
    "Device",
    "DeviceSession",
    "Driver",
    "Endpoint",
    "File",
    "Finding",
    "HostKey",
    "HostKeys",
    "Node",
    "Notifier",
    "Outgoing",
    "Parsed",
    "Parser",
    "PluginSettings",
    "Push",
    "PushedLine",
    "Queue",
    "Records",
    "Renderer",
    "Result",
    "RunRequest",
    "Runbook",
    "Secret",
    "SecretStore",
    "SentLines",
    "SessionLimits",
    "Task",
    "Template",
    "Templates",
    "Turn",
    "Wanted",
    "config_platform",
    "errors",
    "events",
    "hookimpl",
    "in_force",
    "judge",
    "parse",
    "render",
    "requires",
    "runbook",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
