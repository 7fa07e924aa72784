"""The Nornir host a job runs on: a copy, whose connections are lent instead of opened."""

from copy import deepcopy
from typing import Any

from nornir.core.configuration import Config
from nornir.core.inventory import ConnectionOptions, Defaults, Group, Host, Hosts, Inventory, ParentGroups
from nornir.core.plugins.connections import ConnectionPlugin, ConnectionPluginRegister

from netpulse_core.inventory.secrets import Resolve, resolved, resolved_extras
from netpulse_core.model.session import ConnectionParameters
from netpulse_core.sessions.lender import Lender


class LentHost(Host):
    """A host whose connections come from a lender.

    Nornir's own register is left as it is: taking over the name `netmiko` there breaks the next InitNornir, and
    putting a connection into `host.connections` makes `open_connection` raise.
    """

    __slots__ = ("lender",)

    lender: Lender

    def get_connection(self, connection: str, configuration: Config) -> Any:
        """Return the connection of this name, lent if one of our drivers answers to it."""
        if self.lender.knows(connection):
            return self.lender.connection(connection)
        if connection not in self.connections:
            self.lender.admit_undeclared(connection)
            ConnectionPluginRegister.auto_register()
        return super().get_connection(connection, configuration)

    def open_connection(self, connection: str, configuration: Config, *args: Any, **kwargs: Any) -> ConnectionPlugin:
        """Borrow the connection; parameters given here are refused, because the session has its own."""
        if not self.lender.knows(connection):
            return super().open_connection(connection, configuration, *args, **kwargs)
        lent = _Lent()
        lent.connection = self.lender.connection(connection)
        return lent

    def close_connection(self, connection: str) -> None:
        """Leave a lent connection open for the next job; close one that was opened beside the pool."""
        if not self.lender.knows(connection):
            super().close_connection(connection)


class _Lent:
    """What `open_connection` returns: Nornir's shape of an open connection."""

    connection: Any

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: it is open."""

    def close(self) -> None:
        """Do nothing: the pool closes it."""


def on_copies(inventory: Inventory, name: str, lender: Lender) -> tuple[Inventory, LentHost]:
    """Return the whole inventory with a copy of one host, its groups and the defaults in the place of the originals.

    Nornir writes merged options, port and password included, into objects its hosts share: two devices were seen to
    ask for one port.
    """
    original = inventory.hosts[name]
    defaults = _defaults(inventory.defaults)
    host = LentHost(
        name=original.name,
        **_attributes(original),
        groups=ParentGroups([_group(group, defaults) for group in original.groups]),
        data=dict(original.data),
        connection_options=_options(original.connection_options),
        defaults=defaults,
    )
    host.lender = lender
    hosts = Hosts(inventory.hosts)
    hosts[name] = host
    return Inventory(hosts=hosts, groups=inventory.groups, defaults=defaults), host


def parameters_of(inventory: Inventory, name: str, connection: str, resolve: Resolve) -> ConnectionParameters:
    """Return where and as whom to connect, worked out on a copy, secrets resolved as late as can be."""
    host = inventory.hosts[name]
    copy = _group(host, _defaults(inventory.defaults))
    options = copy.get_connection_parameters(connection)
    return ConnectionParameters(
        device=name,
        address=options.hostname or name,
        port=options.port,
        username=resolved(options.username, resolve),
        password=resolved(options.password, resolve),
        platform=options.platform,
        extras=resolved_extras(options.extras or {}, resolve),
    )


def _group(original: Host, defaults: Defaults) -> Group:
    return Group(
        name=original.name,
        **_attributes(original),
        groups=ParentGroups([_group(group, defaults) for group in original.groups]),
        data=dict(original.data),
        connection_options=_options(original.connection_options),
        defaults=defaults,
    )


def _defaults(original: Defaults) -> Defaults:
    return Defaults(
        **_attributes(original),
        data=dict(original.data),
        connection_options=_options(original.connection_options),
    )


def _attributes(element: Host | Defaults) -> dict[str, Any]:
    names = ("hostname", "port", "username", "password", "platform")
    return {name: object.__getattribute__(element, name) for name in names}


def _options(originals: dict[str, ConnectionOptions]) -> dict[str, ConnectionOptions]:
    return {name: ConnectionOptions(**deepcopy(options.dict())) for name, options in originals.items()}
