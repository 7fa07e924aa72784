"""The Nornir host a job runs on: a copy, whose connections are lent instead of opened."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nornir.core.configuration import Config
from nornir.core.inventory import Host, Inventory
from nornir.core.plugins.connections import ConnectionPlugin, ConnectionPluginRegister

from netpulse_core.errors import CommandRejected
from netpulse_core.files import File
from netpulse_core.inventory.copies import Copied, CopiedHost, CopiedInventory, Copier
from netpulse_core.model.check import Check
from netpulse_core.runs.answers import Answers
from netpulse_core.runs.backups import Backups
from netpulse_core.runs.redact import Redactor
from netpulse_core.sessions.lender import Lender
from netpulse_core.text.service import Text

log = logging.getLogger(__name__)


class LentHost(Host):
    """A host whose connections come from a lender.

    Nornir's own register is left as it is: taking over the name `netmiko` there breaks the next InitNornir, and
    putting a connection into `host.connections` makes `open_connection` raise.
    """

    __slots__ = ("answers", "backups", "checks", "keep_file", "lender", "secrets", "text")

    lender: Lender
    answers: Answers | None
    """What a runbook may recall of its device, and leaves for later reads."""
    backups: Backups
    """The configurations that are kept of its device: the last good one, and how another is kept."""
    checks: Mapping[str, Check]
    """The compliance checks of plugins and of the site's policies: what `judge` of a runbook asks."""
    keep_file: Callable[[Path | str, str], File]
    """Keep a local file under the job's run, and return it with the name and hash it is known by."""
    secrets: Redactor
    """Masks the secrets that the job has resolved or was told to learn, as in all that is stored of it."""
    text: Text
    """The site's templates: what `render` and `parse` of a runbook ask."""

    def get_connection(self, connection: str, configuration: Config) -> Any:
        """Return the connection of this name, lent if one of our drivers answers to it."""
        if self.lender.knows(connection):
            return self.lender.connection(connection)
        if connection not in self.connections:
            self.open_connection(connection, configuration)
        return self.connections[connection].connection

    def open_connection(
        self, connection: str, configuration: Config, *args: Any, default_to_host_attributes: bool = True, **given: Any
    ) -> ConnectionPlugin:
        """Borrow the connection; parameters of one's own are refused, because the session has its own."""
        if not self.lender.knows(connection):
            return self._open_beside(connection, configuration, *args, **given)
        if any(value is not None for value in (*args, *given.values())):
            raise CommandRejected(
                f"connection {connection!r} is opened as the inventory says, and as nothing else",
                device=self.name,
                hint="put other credentials under another device or another connection name",
            )
        lent = _Lent()
        lent.connection = self.lender.connection(connection)
        return lent

    def close_connection(self, connection: str) -> None:
        """Leave a lent connection open for the next job; close one that was opened beside the pool."""
        if not self.lender.knows(connection):
            super().close_connection(connection)

    def close_what_was_opened(self) -> None:
        """Close the connections beside the pool when the job ends; nobody else will."""
        for name in list(self.connections):
            try:
                self.close_connection(name)
            except Exception as error:  # noqa: BLE001  the plugin-call boundary: the job has ended, and well or not
                log.warning("%s: connection %r did not close: %s", self.name, name, type(error).__name__)

    def _open_beside(self, connection: str, configuration: Config, *args: Any, **given: Any) -> ConnectionPlugin:
        self.lender.admit_undeclared(connection)
        ConnectionPluginRegister.auto_register()
        wanted = self.lender.parameters(connection)
        known: dict[str, Any] = {
            "hostname": wanted.address,
            "username": wanted.username,
            "password": wanted.password,
            "port": wanted.port,
            "platform": wanted.platform,
            "extras": dict(wanted.extras),
        }
        own = {**dict(zip(known, args, strict=False)), **given}
        for name, value in own.items():
            known[name] = known.get(name) if value is None else value
        return super().open_connection(connection, configuration, default_to_host_attributes=False, **known)


class JobHost(Copied, LentHost):
    """The host of a job: a copy, and lent its connections."""

    __slots__ = ("_copier", "_original")


class Neighbour(CopiedHost):
    """Another device, to read about: a job holds only its own, so it connects to no other."""

    __slots__ = ()

    def get_connection(self, connection: str, configuration: Config) -> Any:
        """Refuse."""
        raise self._refusal()

    def open_connection(self, connection: str, configuration: Config, *args: Any, **given: Any) -> ConnectionPlugin:
        """Refuse."""
        raise self._refusal()

    def _refusal(self) -> CommandRejected:
        return CommandRejected(
            "nothing was sent: this job holds another device, and connects to no other",
            device=self.name,
            hint="select both devices: each gets a job of its own",
        )


class _Lent:
    """What `open_connection` returns: Nornir's shape of an open connection."""

    connection: Any

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: it is open."""

    def close(self) -> None:
        """Do nothing: the pool closes it."""


def on_copies(inventory: Inventory, name: str, lender: Lender, answers: Answers | None) -> tuple[Inventory, JobHost]:
    """Return the whole inventory as copies, made as they are looked at, and the one host whose connections are lent.

    Nornir writes merged options, port and password included, into objects its hosts share: two devices were seen to
    ask for one port.
    """
    copier = Copier(inventory)
    host = copier.host(inventory.hosts[name], JobHost)
    host.lender, host.answers = lender, answers
    return CopiedInventory(inventory, copier, host, Neighbour), host
