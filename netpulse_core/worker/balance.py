"""Handing devices over between nodes: the one that leads moves them, and each lets go of what is no longer its own."""

import logging
import time

from netpulse_core.controller import NetPulse
from netpulse_core.model.node import Node
from netpulse_core.model.runbook import Queue
from netpulse_core.sessions.pool import Pool
from netpulse_core.worker.life import Life
from netpulse_core.worker.reaper import Reaper

log = logging.getLogger(__name__)

PACE = 5.0
"""Seconds between two looks."""

SETTLED = 30.0
"""Seconds a device stays where it was placed, so that it is not moved again and again."""

FEWEST, SHARE = 10, 20
"""Devices moved in one look: so many, or one in this number of all there are, whichever is more."""


class Balance:
    """What one node does for the placement of devices, look after look."""

    def __init__(self, netpulse: NetPulse, life: Life, pool: Pool, reaper: Reaper) -> None:
        self._netpulse = netpulse
        self._placements = netpulse.ledger.placements
        self._revision = netpulse.site.revision
        self._life = life
        self._pool = pool
        self._reaper = reaper
        self._even: tuple[tuple[str, int], ...] = ()
        self._looked = 0.0

    def look(self) -> None:
        """Let go of what others own; if this node leads, give devices without an owner to others, and even out."""
        able = [node for node in self._netpulse.nodes() if node.able]
        if len(able) > 1:
            self._let_go()
        if self._placements.leads(self._life.id):
            self._hand_over()
            self._even_out([node for node in able if node.revision == self._revision])

    def _let_go(self) -> None:
        devices = self._netpulse.site.devices
        keys = {name: devices[name].key for name in self._pool.idle_devices() if name in devices}
        gone = self._placements.elsewhere(self._life.id, sorted(set(keys.values())))
        closed = self._pool.release({name for name, key in keys.items() if key in gone})
        if closed:
            log.info("closed %d sessions whose devices another worker owns now", closed)

    def _hand_over(self) -> None:
        while keys := self._placements.left_behind(self._revision, by_the_dead=self._reaper.may_judge):
            self._netpulse.call_for(Queue.NODE, keys)
            if set(keys) & set(self._placements.left_behind(self._revision, by_the_dead=self._reaper.may_judge)):
                return  # nobody takes them: the next look asks again

    def _even_out(self, nodes: list[Node]) -> None:
        owned = tuple((node.id, node.devices) for node in nodes)
        if len(nodes) < 2 or (owned == self._even and time.monotonic() - self._looked < 2 * SETTLED):
            return  # nothing has changed since nothing was to be moved
        devices = self._placements.owned(self._revision, settled=SETTLED)
        most = max(FEWEST, sum(node.devices for node in nodes) // SHARE)
        moves = self._netpulse.placing.better(devices, nodes, most)
        moved = self._placements.move(self._life.id, moves) if moves else []
        if moved:
            log.info("moved %d devices to other workers", len(moved))
            self._netpulse.call_for(Queue.NODE, moved)
        self._even, self._looked = () if moves else owned, time.monotonic()
