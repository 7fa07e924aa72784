"""The hooks. The first word of a name says the law it is called under.

`register_*` is asked once, when a process starts; answers add up; a raise stops the process and names the plugin.
The other names are questions: the first answer that is not None wins, core answers last, a raise fails closed.
"""

from collections.abc import Iterable, Sequence

import pluggy

from netpulse_core.model.driver import Driver
from netpulse_core.model.node import Node
from netpulse_core.model.runbook import Runbook

PROJECT = "netpulse"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_runbooks() -> Iterable[Runbook]:
    """Offer runbooks that are not module-level names of the plugin; those are found without a hook.

    Called in: every process, at its start.
    If you raise: the process stops and names the plugin.
    """
    return ()


@hookspec
def register_drivers() -> Iterable[Driver]:
    """Offer drivers; each answers to the Nornir connection name it carries.

    Called in: every process, at its start; import the device library when a session is opened.
    If you raise: the process stops and names the plugin.
    """
    return ()


@hookspec(firstresult=True)
def resolve_secret(reference: str) -> str | None:
    """Return the value behind a secret reference such as `env:NAME`, or None where the scheme is not yours.

    Called in: the worker, when a session is about to be opened.
    If you raise: the device is not contacted.
    """


@hookspec(firstresult=True)
def place_device(device: str, nodes: Sequence[Node]) -> str | None:
    """Return the id of the living node that should own a device, or None to leave it to others.

    Called in: the process that accepts a run; the ledger decides between proposals made at once.
    If you raise: the device is left unplaced, and a node takes it at its next sweep.
    """
