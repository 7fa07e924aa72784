"""What a node does beside claiming and running jobs: threads that start and end with it, each for one thing."""

from collections.abc import Callable

from netpulse_core.controller import NetPulse
from netpulse_core.model.node import SWEEP
from netpulse_core.runs.job import Workshop
from netpulse_core.sessions.pool import Pool
from netpulse_core.worker import balance, folder, historian, reconciler
from netpulse_core.worker.balance import Balance
from netpulse_core.worker.chore import Chore
from netpulse_core.worker.courier import Courier
from netpulse_core.worker.folder import Folder
from netpulse_core.worker.historian import Historian
from netpulse_core.worker.life import Life
from netpulse_core.worker.reaper import Reaper
from netpulse_core.worker.retirement import PACE, Retirement
from netpulse_core.worker.showcase import Showcase
from netpulse_core.worker.teller import Teller

Told = Callable[[set[str]], None]
"""Hear of runs in which changes in doubt were judged."""


class Beside:
    """Looks after sessions, shares devices out, tells plugins, judges what is in doubt, and forgets what is old."""

    def __init__(self, netpulse: NetPulse, life: Life, pool: Pool, shop: Workshop, reaper: Reaper, told: Told) -> None:
        settings, ledger = netpulse.settings, netpulse.ledger
        self._showcase = Showcase(pool, netpulse.broker, life)
        self._teller = Teller(ledger.observers, netpulse.plugins, life)
        self._courier = Courier(ledger, netpulse.plugins, life)
        self._reconciler = reconciler.Reconciler(ledger.reconciling, shop, life=lambda: life.id, told=told)
        # Not in the clerk's turns, because a device may take seconds to hear a goodbye.
        self._chores = [
            Chore("janitor", pool.sweep, every=SWEEP),
            Chore("historian", Historian(netpulse, shop.secrets, life).work, every=historian.EVERY),
            Chore("folder", Folder(ledger, life).work, every=folder.EVERY),
            Chore("retention", Retirement(ledger, settings, life).work, every=PACE),
        ]
        if not settings.fifo_only:
            self._chores.append(Chore("balance", Balance(netpulse, life, pool, reaper).look, every=balance.PACE))
        if settings.reconcile and not settings.fifo_only:
            self._chores.append(Chore("reconciler", self._reconciler.sweep, every=reconciler.EVERY))

    def start(self) -> None:
        """Begin, once the node has joined."""
        self._showcase.start()
        self._teller.start()
        self._courier.start()
        for chore in self._chores:
            chore.start()

    def wake(self) -> None:
        """Have plugins and receivers told at once of what has just happened."""
        self._teller.wake()
        self._courier.wake()

    def end_work(self) -> None:
        """Begin nothing more; returns once what is under way has ended."""
        for chore in self._chores:
            chore.stop()
        self._reconciler.stop()

    def end(self) -> None:
        """Show the last sessions closed, and tell who is to be told what has just happened."""
        self._showcase.stop()
        self._teller.stop()
        self._courier.stop()
