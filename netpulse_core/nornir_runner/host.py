"""The host a task of a script runs on: the inventory's own in all but its connections."""

from typing import Any

from nornir.core.configuration import Config
from nornir.core.inventory import Host
from nornir.core.plugins.connections import ConnectionPlugin

from netpulse_core.runs.host import LentHost
from netpulse_core.sessions.lender import Lender

_SAID = ("hostname", "port", "username", "password", "platform", "groups", "data", "connection_options", "defaults")


class ScriptHost(LentHost):
    """A host whose connections are lent, unless the script opened one by its own means."""

    __slots__ = ()

    def get_connection(self, connection: str, configuration: Config) -> Any:
        """Return the connection the script opened, or else a lent one."""
        if connection in self.connections:
            return self.connections[connection].connection
        return super().get_connection(connection, configuration)

    def open_connection(
        self, connection: str, configuration: Config, *args: Any, default_to_host_attributes: bool = True, **given: Any
    ) -> ConnectionPlugin:
        """Open a connection as Nornir does where the script says how, and lend one where it does not."""
        if any(value is not None for value in (*args, *given.values())):
            given["default_to_host_attributes"] = default_to_host_attributes
            return Host.open_connection(self, connection, configuration, *args, **given)
        return super().open_connection(connection, configuration)

    def close_connection(self, connection: str) -> None:
        """Close what the script opened; what is lent stays open for the next task."""
        if connection in self.connections:
            Host.close_connection(self, connection)


def lent_as(host: Host, lender: Lender) -> ScriptHost:
    """Return a host that shares everything with the inventory's but is lent its connections."""
    lent = ScriptHost(name=host.name)
    _copy(host, lent)
    lent.connections = host.connections
    lent.lender = lender
    return lent


def told_back(lent: ScriptHost, host: Host) -> None:
    """Write what a task said of its host where later tasks read it."""
    _copy(lent, host)


def _copy(one: Host, other: Host) -> None:
    for name in _SAID:
        setattr(other, name, object.__getattribute__(one, name))  # past the lookup of what is inherited
