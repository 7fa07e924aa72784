"""What was asked for, as its reader may know it."""

from collections.abc import Mapping
from typing import Any

from netpulse_core.api import schemas
from netpulse_core.configs.redacting import bare, sanitized
from netpulse_core.configs.secretforms import COMMUNITY, holds_secret, is_secret
from netpulse_core.controller import NetPulse
from netpulse_core.model.caller import Caller
from netpulse_core.model.roles import Permission
from netpulse_core.model.run import Run


def run_seen(run: Run, netpulse: NetPulse, caller: Caller) -> schemas.Run:
    """Return the answer that says a run."""
    said = schemas.Run.of(run)
    return said.model_copy(update={"parameters": parameters_seen(said.parameters, netpulse, caller)})


def parameters_seen(given: Mapping[str, Any], netpulse: NetPulse, caller: Caller) -> dict[str, Any]:
    """Return parameters with what looks like a secret masked, but as they are to who may change devices.

    Who may send them again has to know them: a mask sent again would be what a device is given.
    """
    if netpulse.access.permits(caller, Permission.CHANGES_RUN):
        return dict(given)
    return {name: _masked(value, secret=holds_secret(name, beneath=False)) for name, value in given.items()}


def _masked(value: Any, *, secret: bool) -> Any:
    match value:
        case str():
            return bare(value) if secret and is_secret(value, COMMUNITY) else sanitized(value, bare)
        case dict():
            return {name: _masked(item, secret=holds_secret(name, beneath=secret)) for name, item in value.items()}
        case list():
            return [_masked(item, secret=secret) for item in value]
    return value
