"""Freezing and thawing devices, and saying whom the freezes of others mean on this site revision."""

import logging
import secrets
from dataclasses import replace

from netpulse_core.broker.broker import FIFO, Broker
from netpulse_core.controller.access import Access
from netpulse_core.errors import InvalidParameters, NetPulseError, ServiceError
from netpulse_core.inventory.site import Site
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.caller import Caller
from netpulse_core.model.stopping import Freeze, NewFreeze

log = logging.getLogger(__name__)

LONGEST_REASON = 500


class Freezing:
    """The freezes of a site, as one process of it sees them."""

    def __init__(self, site: Site, ledger: Ledger, broker: Broker, access: Access) -> None:
        self._site = site
        self._access = access
        self._ledger = ledger
        self._broker = broker
        self._told: set[str] = set()

    def begin(
        self,
        caller: Caller,
        target: str | None,
        reason: str,
        *,
        reads_too: bool = False,
        until: float | None = None,
        seconds: float | None = None,
    ) -> Freeze:
        """Let nothing that changes begin on the devices of a target, or on any."""
        problems = [] if reason.strip() else ["reason is empty: it is what everyone who waits will read"]
        problems += [f"reason is longer than {LONGEST_REASON} characters"] if len(reason) > LONGEST_REASON else []
        problems += ["both `until` and `seconds` say when it ends"] if None not in (until, seconds) else []
        if problems:
            raise InvalidParameters("freeze", problems)
        keys = () if target is None else tuple(device.key for device in self._site.select(target))
        new = NewFreeze(
            id=secrets.token_hex(4),
            target=target,
            reason=" ".join(reason.split()),
            reads_too=reads_too,
            until=until,
            seconds=seconds,
            revision=self._site.revision,
            keys=keys,
        )
        freeze = self._ledger.freezes.begin(new, caller.name)
        log.warning("freeze %s of %s by %s: %s", freeze.id, target or "every device", caller.name, new.reason)
        return freeze

    def seen(self, caller: Caller, *, ended: bool = False) -> list[Freeze]:
        """Return the freezes that mean a device which is there for a caller, as far as they do."""
        found = self._ledger.freezes.all(ended=ended)
        return [one for each in found if (one := self._as_seen(caller, each)) is not None]

    def _as_seen(self, caller: Caller, freeze: Freeze) -> Freeze | None:
        if freeze.target is None or not caller.scope.target:
            return freeze
        reach = self._access.reach(caller, freeze.target)
        if reach is None or reach == freeze.target:
            return None if reach is None else freeze
        return replace(freeze, target=reach, devices=None)

    def thaw(self, freeze: str, caller: Caller) -> Freeze:
        """End a freeze, and wake the workers."""
        ended = self._ledger.freezes.thaw(freeze, caller.name)
        living = [node.id for node in self._ledger.nodes.recent() if node.alive]
        self._broker.ring({name: [] for name in (FIFO, *living)})  # lost, it costs a sweep
        return ended

    def read(self) -> None:
        """Say which devices of this site revision the freezes mean that were made on another.

        Until that is said, such a freeze means every device of this revision: so it stays where its target cannot be
        understood here, because a key or a group it names is gone.
        """
        for freeze, target in self._ledger.freezes.unread(self._site.revision):
            try:
                keys = [device.key for device in self._site.meant(target)]
            except NetPulseError as error:
                if freeze not in self._told:
                    log.error(
                        "freeze %s means every device here, because its target is not understood: %s", freeze, error
                    )
                self._told.add(freeze)
                continue
            self._ledger.freezes.read(freeze, self._site.revision, keys)

    def notes(self, run: str, devices: int) -> tuple[str, ...]:
        """Return what whoever asks for a run should know: which freezes it waits for.

        Nothing is raised: the run is recorded, and whoever heard otherwise would ask for it a second time.
        """
        try:
            found = self._ledger.freezes.of_run(run)
        except ServiceError:
            return ()
        return tuple(f"{number} of {devices} devices wait: {words}" for words, number in found)
