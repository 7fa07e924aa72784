"""The hooks. The first word of a name says the law it is called under.

`register_*` is asked once, when a process starts; answers add up; a raise stops the process and names the plugin.
`prepare_*` is handed a live object to adjust, at the start too; a raise stops the process and names the plugin.
`refuse_*` is asked of every plugin; any sentence refuses; a raise refuses.
`observe` is told afterwards, of what cannot be refused any more; a raise is logged.
The other names are questions: the first answer that is not None wins, core answers last, a raise fails closed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nornir.core.inventory import Inventory

from netpulse_core.hooks.checks import register_checks as register_checks
from netpulse_core.hooks.markers import PROJECT as PROJECT
from netpulse_core.hooks.markers import hookimpl as hookimpl
from netpulse_core.hooks.markers import hookspec
from netpulse_core.hooks.observing import observe as observe
from netpulse_core.hooks.observing import register_notifiers as register_notifiers
from netpulse_core.hooks.text import prepare_jinja as prepare_jinja
from netpulse_core.hooks.text import register_parsers as register_parsers
from netpulse_core.hooks.text import register_renderers as register_renderers
from netpulse_core.model.caller import Caller
from netpulse_core.model.device import Device
from netpulse_core.model.driver import Driver
from netpulse_core.model.node import Node
from netpulse_core.model.run import RunRequest
from netpulse_core.model.runbook import Runbook
from netpulse_core.model.secretstore import SecretStore

QUESTIONS = frozenset({"resolve_secret", "identify_caller", "place_device"})
"""The hooks whose first answer wins: a site's plugins are asked before NetPulse's own."""


@hookspec
def register_runbooks() -> Iterable[Runbook]:
    """Offer runbooks that are not module-level names of the plugin; those are found without a hook.

    Called in: every process, at its start.
    If you raise: the process stops and names the plugin.

    Example::

        from netpulse_core import Result, hookimpl, runbook


        def asking(command):
            @runbook(name=f"ask_{command.replace(' ', '_')}")
            def ask(task):
                line = task.host.get_connection("netmiko", task.nornir.config)
                return Result(host=task.host, result=line.send_command(command))

            return ask


        @hookimpl
        def register_runbooks():
            return [asking("show clock"), asking("show users")]
    """
    return ()


@hookspec
def register_drivers() -> Iterable[Driver]:
    """Offer drivers; each answers to the Nornir connection name it carries.

    Called in: every process, at its start; import the device library when a session is opened.
    If you raise: the process stops and names the plugin.

    Example::

        from netpulse_core import hookimpl
        from netpulse_core.builtins.netmiko.driver import Netmiko


        class Console(Netmiko):
            name = "console"
            sentence = "netmiko through the console server of the rack"


        @hookimpl
        def register_drivers():
            return [Console()]
    """
    return ()


@hookspec
def prepare_inventory(inventory: Inventory) -> None:
    """Adjust the site's Nornir inventory once it is read: derive data, add groups.

    Called in: every process, when it reads the site. Same in, same out: each process does it for itself, and a worker
    takes only work of a site that is as its own.
    If you raise: the process stops and names the plugin.

    Example::

        from netpulse_core import hookimpl


        @hookimpl
        def prepare_inventory(inventory):
            for name, host in inventory.hosts.items():
                host.data.setdefault("rack", name.partition("-")[0])
    """


@hookspec
def prepare_api(app: Any) -> None:
    """Adjust the REST service, a FastAPI application with every route of NetPulse in its place.

    Called in: the processes that answer REST, at their start. Each route of yours says by `requires` which permission
    it needs; one that does not, and one put before NetPulse's own, stops the process. It asks for a key, a role and
    an allowed rate as NetPulse's routes do; who asks is `request.state.caller`. A narrowed key is refused, unless
    `requires(..., narrowed=True)` says that your route judges by its scope.
    If you raise: the process stops and names the plugin.

    Example::

        from netpulse_core import hookimpl, requires


        @hookimpl
        def prepare_api(app):
            @app.get("/owner")
            @requires("site.read")
            def owner() -> str:
                return "network operations, extension 4711"
    """


@hookspec
def prepare_cli(app: Any) -> None:
    """Add commands to `netpulse`: `app` is a Typer application; a name that NetPulse has already stays NetPulse's.

    Called in: `netpulse`, where a command is asked for that NetPulse does not have; `netpulse plugins` names them, and
    the general help does not, because it loads no plugin.
    If you raise: the command line stops and names the plugin.

    Example::

        from netpulse_core import hookimpl


        @hookimpl
        def prepare_cli(app):
            @app.command("oncall")
            def oncall() -> None:
                "Say who is on call."
                print("extension 4711")
    """


@hookspec
def refuse_run(request: RunRequest, runbook: Runbook, devices: Sequence[Device], caller: Caller) -> str | None:
    """Return a sentence why this request must not be accepted, or None.

    Called in: the process that accepts a run, by whatever way it was asked for, schedules included; before anything is
    recorded.
    If you raise: the run is refused.

    Example::

        from netpulse_core import hookimpl


        @hookimpl
        def refuse_run(runbook, devices):
            if runbook.changes and len(devices) > 50:
                return f"{len(devices)} devices at once: split them, at most 50 a run"
    """


@hookspec(firstresult=True)
def resolve_secret(reference: str, store: SecretStore) -> str | None:
    """Return the value behind a secret reference such as `env:NAME`, or None where the scheme is not yours.

    `store` is the site's own, encrypted in the ledger, for a plugin that keeps a token of its own there.

    Called in: the worker, when a session is about to be opened; what you return is kept for `secret_cache` seconds.
    If you raise: the device is not contacted.

    Example::

        from pathlib import Path
        from netpulse_core import hookimpl


        @hookimpl
        def resolve_secret(reference):
            scheme, _, name = reference.partition("://")
            if scheme == "vaultdir":
                return (Path("/run/secrets") / Path(name).name).read_text().strip()
    """


@hookspec(firstresult=True)
def identify_caller(headers: Mapping[str, str]) -> Caller | None:
    """Return who sent a request, by its headers (names in small letters), or None where you do not know.

    Called in: the processes that answer REST, in a thread, for each request, and every second again while one follows
    or waits for a run; API keys are asked last. Believe no header that a client can send past the proxy which sets it.
    If you raise: the request is refused.

    Example::

        import hmac
        import os
        from netpulse_core import Caller, hookimpl


        @hookimpl
        def identify_caller(headers):
            proof = os.environ.get("PROXY_PROOF", "")
            if proof and hmac.compare_digest(headers.get("x-proxy-proof", ""), proof):
                return Caller(name=headers["x-forwarded-user"])
    """


@hookspec(firstresult=True)
def place_device(device: str, nodes: Sequence[Node]) -> str | None:
    """Return the id of the living node that should own a device, or None to leave it to others.

    An id of none of these nodes places nothing; each is logged once. Answer alike in every process: a device moves
    when its owner would clearly not be chosen any more.
    Called in: the process that accepts a run, and workers, which hand over and even out; the ledger decides between
    proposals made at once.
    If you raise: the device is left unplaced, and a node takes it at its next sweep.

    Example::

        from netpulse_core import hookimpl


        @hookimpl
        def place_device(device, nodes):
            near = [node for node in nodes if node.name.startswith(device[:3])]
            return min(near, key=lambda node: node.sessions).id if near else None
    """


NAMES = tuple(name for name, one in list(globals().items()) if hasattr(one, f"{PROJECT}_spec"))
"""Every hook, in the order of this page."""
