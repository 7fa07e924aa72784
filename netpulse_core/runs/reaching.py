"""From the inventory to connection parameters: the way, the secrets, the limits and the host keys of one login."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from nornir.core.inventory import ConnectionOptions, Host, Inventory

from netpulse_core.inventory import credentials, reach
from netpulse_core.inventory.copies import CopiedHost, Copier
from netpulse_core.inventory.device import CONNECTION, key_of
from netpulse_core.inventory.secrets import Resolve, resolved, resolved_extras
from netpulse_core.model.connection import ConnectionParameters, SessionLimits
from netpulse_core.sessions.candidates import Candidate
from netpulse_core.sessions.host_keys import KeyRing


@dataclass(frozen=True, slots=True)
class Way:
    """What the inventory says of one connection of a device, no secret resolved."""

    said: reach.Said
    groups: tuple[str, ...]
    limits: SessionLimits
    candidates: tuple[credentials.Written, ...]


@dataclass(frozen=True, slots=True)
class Reaching:
    """What connection parameters are made of: the inventory, its secrets and the host keys that are believed."""

    inventory: Inventory
    resolve: Resolve
    keys: KeyRing
    keepalive: float | None = None
    forget: Callable[[Iterable[str]], None] = lambda references: None
    """Have these secrets read anew: a device refused them."""
    ways: dict[tuple[str, str], Way] = field(default_factory=dict)
    """What was worked out before, by device and connection: for whoever has an inventory that does not change."""

    def candidates(self, name: str, connection: str, in_change: bool = False) -> tuple[Candidate, ...]:
        """Return where to connect and as whom: the credentials in their order, each read when it is needed."""
        way = self.ways.get((name, connection)) or self._way(name, connection)

        def read(options: ConnectionOptions) -> ConnectionParameters:
            jumps = self._jumps(reach.path(name, way.said, self.inventory.hosts, self._said))
            return replace(self._of(name, options, jumps), groups=way.groups, limits=way.limits, in_change=in_change)

        return tuple(
            Candidate(one.position, one.name, partial(read, one.options), partial(self.forget, one.references))
            for one in way.candidates
        )

    def _way(self, name: str, connection: str) -> Way:
        host = self.inventory.hosts[name]
        options = self._options(host, connection)
        said = reach.said(options.extras, host.extended_data())
        way = self.ways[name, connection] = Way(
            said,
            tuple(group.name for group in host.extended_groups()),
            reach.limits(name, said),
            credentials.candidates(name, options, said),
        )
        return way

    def _of(
        self, name: str, options: ConnectionOptions, jumps: tuple[ConnectionParameters, ...]
    ) -> ConnectionParameters:
        return ConnectionParameters(
            device=name,
            address=options.hostname or name,
            port=options.port,
            username=resolved(options.username, self.resolve),
            password=resolved(options.password, self.resolve),
            platform=options.platform,
            extras=resolved_extras(reach.library_options(options.extras or {}), self.resolve),
            jumps=jumps,
            keepalive=self.keepalive,
            host_keys=self.keys.behind([key_of(jump, ()) for jump in jumps]),
        )

    def _jumps(self, path: Sequence[reach.Jump]) -> tuple[ConnectionParameters, ...]:
        found: tuple[ConnectionParameters, ...] = ()
        for jump in path:
            # Flat: each is reached through the ones before it, which stand beside it and not in it.
            found = (*found, replace(self._of(jump.name, self._jump_options(jump), found), jumps=()))
        return found

    def _said(self, host: Host) -> reach.Said:
        return reach.said(self._options(host, CONNECTION).extras, host.extended_data())

    def _options(self, host: Host, connection: str) -> ConnectionOptions:
        # On a copy, for Nornir writes what it merges into the options that its hosts share.
        copier = Copier(self.inventory)
        try:
            return copier.host(host, CopiedHost).get_connection_parameters(connection)
        finally:
            copier.let_go()

    def _jump_options(self, jump: reach.Jump) -> ConnectionOptions:
        """Return how a jump host is connected to: a device as its netmiko options say, with its first credential."""
        if jump.host is None:
            return _as_written(jump)
        options = self._options(jump.host, CONNECTION)
        return credentials.candidates(jump.name, options, self._said(jump.host))[0].options


def _as_written(jump: reach.Jump) -> ConnectionOptions:
    extras = {"key_file": jump.given["key_file"]} if jump.given.get("key_file") else {}
    base = {key: jump.given.get(key) for key in ("hostname", "port", "username", "password")}
    return ConnectionOptions(**base, extras=extras)
