"""Which of several credentials devices took last, beside what the inventory gives them now."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from nornir.core.inventory import Group, Host, Inventory

from netpulse_core.inventory import reach
from netpulse_core.inventory.copies import CopiedHost, Copier
from netpulse_core.inventory.credentials import Written, candidates
from netpulse_core.inventory.device import CONNECTION
from netpulse_core.inventory.site import Site
from netpulse_core.ledger.taken import TakenCredentials, TakenRow
from netpulse_core.model.device import Device
from netpulse_core.model.logins import LastTaken


def last_taken(site: Site, taken: TakenCredentials, devices: Iterable[Device]) -> Iterator[LastTaken]:
    """Yield what these devices took last, as far as the inventory gives them several; each way to one by itself."""
    known: dict[str, list[TakenRow]] = defaultdict(list)
    for row in taken.all():
        known[row.device].append(row)
    given = _Given(site.inventory)
    for device in devices:
        if given.by_connection or device.data.get(reach.CREDENTIALS):
            yield from _of(device, known.get(device.name, ()), given)


class _Given:
    """The candidates that the inventory gives, worked out once for all hosts that say nothing of it themselves."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._inherited: dict[tuple[str, ...], Sequence[Written]] = {}
        elements: Iterable[Host | Group] = (*inventory.hosts.values(), *inventory.groups.values())
        options = [one for element in elements for one in element.connection_options.values()]
        options += inventory.defaults.connection_options.values()
        self.by_connection = any(reach.CREDENTIALS in (one.extras or {}) for one in options)
        """Whether credentials are given to some connection alone, which the data of devices does not show."""

    def __call__(self, name: str, connection: str) -> Sequence[Written]:
        host = self._inventory.hosts[name]
        own = [object.__getattribute__(host, key) for key in ("username", "password")]  # past what is inherited
        if own != [None, None] or host.connection_options or reach.CREDENTIALS in host.data:
            return self._worked_out(host, connection)
        key = connection, *(group.name for group in host.groups)
        if key not in self._inherited:
            self._inherited[key] = self._worked_out(host, connection)
        return self._inherited[key]

    def _worked_out(self, host: Host, connection: str) -> Sequence[Written]:
        # A copier for each: Nornir writes what it merged into the groups and defaults that hosts share.
        copy = Copier(self._inventory).host(host, CopiedHost)
        options = copy.get_connection_parameters(connection)
        return candidates(host.name, options, reach.said(options.extras, copy.extended_data()))


def _of(device: Device, rows: Sequence[TakenRow], given: _Given) -> Iterator[LastTaken]:
    several = [(row, found) for row in rows if len(found := given(device.name, row.driver)) > 1]
    for row, found in several:
        yield LastTaken(
            device=device.name,
            driver=row.driver,
            first=found[0].name,
            took=row.name,
            position=next((one.position for one in found if one.name == row.name), None),
            candidates=len(found),
            user=row.user,
            at=row.at,
            since=row.since,
            old=row.name != found[0].name,
        )
    if not several and len(found := given(device.name, str(device.data.get(Device.DRIVER) or CONNECTION))) > 1:
        yield _never(device.name, found)


def _never(device: str, given: Sequence[Written]) -> LastTaken:
    return LastTaken(
        device=device,
        driver=None,
        first=given[0].name,
        took=None,
        position=None,
        candidates=len(given),
        user=None,
        at=None,
        since=None,
        old=False,
    )
