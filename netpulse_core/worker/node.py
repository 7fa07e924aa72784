"""One life of a worker: it joins, claims what is urgent, runs it, concludes it, and leaves."""

import logging
import socket
import threading
import time
from collections.abc import Sequence

from ulid import ULID

from netpulse_core.broker.broker import FIFO, Listening
from netpulse_core.controller import NetPulse
from netpulse_core.dice import spread
from netpulse_core.errors import ServiceError
from netpulse_core.failpoints import Point, reached
from netpulse_core.model.node import HEARTBEAT, SWEEP
from netpulse_core.model.run import Claim, Conclusion, to_resolve
from netpulse_core.model.runbook import Queue
from netpulse_core.runs.alarm import Alarm
from netpulse_core.runs.logged import unmask_logs
from netpulse_core.worker.alone import AT_ONCE, runs
from netpulse_core.worker.beside import Beside
from netpulse_core.worker.concluded import Concluded, Done
from netpulse_core.worker.gate import LedgerGate
from netpulse_core.worker.goodbye import bounded, if_the_ledger_answers
from netpulse_core.worker.hands import Hands
from netpulse_core.worker.lease import Lease
from netpulse_core.worker.reaper import Reaper
from netpulse_core.worker.shelf import Shelf
from netpulse_core.worker.sweep import Sweep
from netpulse_core.worker.workshop import checked_workshop, sessions

log = logging.getLogger(__name__)

DRAINING_BEAT = 0.2
"""Seconds between heartbeats while the last jobs finish."""

AWAY = 1.0
"""Seconds between attempts while the ledger is away."""

SHORT = 1.0
"""Seconds a read may still take once its node stops: most are done by then, and cost no second login elsewhere."""

GOODBYE = 10.0
"""Seconds, after the grace, to write down what was broken off; a ledger that answers nothing gets as many before it."""

LEAVING = 15.0
"""Seconds to close what is open, and to leave; with the others less than a service manager adds to the grace."""

STOPPED = "its worker stopped"
"""Why a job is handed back, or in doubt."""


class Node:
    """A worker process's life; everything it claims belongs to this life and not to the next."""

    def __init__(self, netpulse: NetPulse) -> None:
        settings = netpulse.settings
        self.id = str(ULID()).lower()
        self.name = settings.node or socket.gethostname()
        self._before: list[str] = []
        """The lives of this process that may hold something: the last, and those whose join was not answered."""
        self._netpulse = netpulse
        self._ledger = netpulse.ledger
        self._slots = settings.slots
        self._fifo_only = settings.fifo_only
        self.pool = sessions(netpulse, self._rung)
        self._alarm = Alarm()
        self._shelf = Shelf(netpulse.broker, netpulse.ledger.jobs)
        self._concluded = Concluded()
        shop = checked_workshop(netpulse, self.pool, self._alarm, self._shelf)
        self._known = shop.secrets.ever
        self._hands = Hands(runs(netpulse, shop), self._conclude, self._alarm)
        self._reaper = Reaper(netpulse.ledger)
        self._sweeps = Sweep(netpulse, self._hands, self._concluded, self._reaper)
        self._beside = Beside(netpulse, self, self.pool, shop, self._reaper, self._reconciled)
        self._wake = threading.Event()
        self._rung_at_work = threading.Event()
        self._stopping = threading.Event()
        self._over = threading.Event()
        self._waited = threading.Event()
        """Set once nothing is under way any more, or nobody waits for it any longer."""
        self._fifo_bell: Listening | None = None
        self._own_bell: Listening | None = None
        self._heard_as = ""
        self._threads: list[threading.Thread] = []
        self._lease = Lease()

    def start(self) -> None:
        """Join the ledger and begin to claim."""
        self._join()
        self._beside.start()
        self._fifo_bell = self._netpulse.broker.listen(FIFO, self._rung)
        for target in (self._clerk, self._heart):
            thread = threading.Thread(target=target, name=f"node-{target.__name__.strip('_')}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> bool:
        """Claim nothing more, hand back what has not begun a change, let changes finish within the grace, and leave.

        False says that changes are in doubt: the grace was too short for them, or the ledger was not told of them.
        """
        until = time.monotonic() + self._netpulse.settings.grace
        self._stopping.set()
        self._wake.set()
        bounded(self._say_that_it_drains, GOODBYE, "the ledger has not been told that this worker drains")
        self._hands.hand_back(STOPPED, changes_only=True)
        self._waited.wait(min(SHORT, self._netpulse.settings.grace))
        self._hands.hand_back(STOPPED)
        self._waited.wait(max(0.0, until - time.monotonic()))
        in_doubt = self._hands.give_up(STOPPED)
        goodbye = time.monotonic() + GOODBYE
        self._threads[0].join(GOODBYE)
        in_doubt += self._concluded.changes()
        for claim in in_doubt:
            log.error("%s is in doubt: %s", claim.device, to_resolve(claim.run, claim.device))
        self._over.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(max(0.0, goodbye - time.monotonic()))
            if thread.is_alive():  # it waits for a ledger that does not answer; as a daemon it ends with the process
                log.warning("%s has not come back, and is left behind", thread.name)
        bounded(self._leave, LEAVING, "what it does beside its jobs has not ended")
        return not in_doubt

    def _say_that_it_drains(self) -> None:
        if_the_ledger_answers(self._ledger.nodes.drain, self.id)
        if_the_ledger_answers(self._hand_over, self.id)

    def _leave(self) -> None:
        self._beside.end_work()
        for bell in filter(None, (self._fifo_bell, self._own_bell)):
            bell.stop()
        self.pool.close()
        self._beside.end()
        self._alarm.close()
        if_the_ledger_answers(self._sweeps.let_go, self.id)
        if_the_ledger_answers(self._hand_over, self.id)
        if_the_ledger_answers(self._ledger.nodes.leave, self.id)
        unmask_logs(self._known)

    def hurry(self) -> None:
        """Have a stop, under way or to come, wait for nothing."""
        self._waited.set()

    def _hand_over(self, life: str) -> None:
        """Give the devices to others that no job of this node holds."""
        self._netpulse.call_for(Queue.NODE, self._ledger.placements.idle(life))

    def _join(self) -> None:
        self._lease.renew(self._joined)
        self._listen()
        log.info("worker %s joined as %s with %d slots", self.name, self.id, self._slots)

    def _listen(self) -> None:
        ended, self._own_bell = self._own_bell, self._netpulse.broker.listen(self.id, self._rung)
        self._heard_as = self.id
        if ended is not None:
            ended.stop()

    def _joined(self) -> bool:
        before = [one for one in self._before if one != self.id]
        self._before = [*before, self.id]
        self._ledger.nodes.join(
            self.id,
            name=self.name,
            revision=self._netpulse.site.revision,
            slots=self._slots,
            fifo_only=self._fifo_only,
            after=before,
            book=self._netpulse.windowing.book(),
        )
        self._before = [self.id]
        return True

    def _begin_anew(self) -> None:
        """Start another life: what nobody has taken goes on in it, but for changes: their gate is shut."""
        log.warning("worker %s lost its lease; it begins a new life", self.name)
        self._reaper.ledger_was_away()  # others may have lost theirs as innocently
        self._hands.hand_back("its worker's lease ended", changes_only=True)
        self.id = str(ULID()).lower()
        self._join()

    def _rung(self, devices: Sequence[str]) -> None:
        if self._hands.busy_with(devices):
            self._rung_at_work.set()  # somebody may have cancelled what is at work there
        self._wake.set()

    def _conclude(self, claim: Claim, conclusion: Conclusion) -> None:
        self._concluded.add(claim, conclusion)
        self._wake.set()

    def _reconciled(self, runs: set[str]) -> None:
        self._netpulse.broker.tell(runs)
        self._wake.set()  # the device is free for what waits

    def _clerk(self) -> None:
        """Take turns with the ledger until nothing is left to do: conclude what ended, claim what is next."""
        until_sweep = 0.0
        while not self._over.is_set() and (not self._stopping.is_set() or len(self._hands) or self._concluded):
            self._wake.wait(max(0.0, until_sweep - time.monotonic()))
            self._hands.gather(self._stopping)
            self._wake.clear()
            sweeping = time.monotonic() >= until_sweep
            try:
                if sweeping and self._concluded:
                    self._turn(False)  # what has ended is written down before anybody judges what is overdue
                self._turn(sweeping)
            except ServiceError as error:
                self._reaper.ledger_was_away()
                log.warning("the ledger is away, trying again: %s", error)
                self._try_again()
            except Exception:  # the process loop: a node that stops taking turns holds its devices for nothing
                log.exception("a turn failed, trying again")
                self._try_again()
            if sweeping:
                until_sweep = time.monotonic() + spread(SWEEP)
        self._waited.set()

    def _try_again(self) -> None:
        (self._over if self._stopping.is_set() else self._stopping).wait(AWAY)
        self._wake.set()

    def _turn(self, sweeping: bool) -> None:
        if sweeping:
            self._sweep()
        elif self._rung_at_work.is_set():
            self._rung_at_work.clear()
            self._sweeps.stop_cancelled(self.id)
        life = self.id  # the heart may begin another; what is claimed now belongs to this one
        done = self._concluded.take()
        alone = bool(done) and self._concluded.alone
        may_claim = not alone and not self._stopping.is_set() and self._lease.holds
        free = max(0, self._slots - len(self._hands)) if may_claim else 0
        if not done and not free:
            return
        # Suspects are few, and to look for them costs a question more.
        look = free and (sweeping or any(claim.crashes for claim, _ in done))
        suspects = AT_ONCE - sum(claim.crashes > 0 for claim in self._hands.claims()) if look else 0
        claims, touched = self._written(life, done, free, suspects)
        if claims:
            reached(Point.CLAIMED)
        if done:
            reached(Point.CONCLUDED)
        self._shelf.keep(done)
        self._call_for([claim for claim, conclusion in done if conclusion.handed_back])
        for claim in claims:
            self._hands.take(claim, LedgerGate(self._ledger.claims, claim, life))
        if self._concluded or alone or (free and len(claims) == free):
            self._wake.set()  # there may be more than fitted
        if touched:
            self._netpulse.broker.tell(touched)
            self._beside.wake()

    def _call_for(self, handed_back: Sequence[Claim]) -> None:
        """Have others take up at once what a node that stops cannot do."""
        for queue in Queue if self._stopping.is_set() else ():
            self._netpulse.call_for(queue, [claim.key for claim in handed_back if claim.queue is queue])

    def _written(self, life: str, done: Done, free: int, suspects: int) -> tuple[list[Claim], set[str]]:
        try:
            answer = self._ledger.claims.turn(life, done, free, fifo_only=self._fifo_only, suspects=suspects)
        except BaseException as error:
            self._concluded.give_back(done, error, claiming=free > 0)
            raise
        self._concluded.written()
        return answer

    def _sweep(self) -> None:
        for claim in self._hands.let_go_of_the_overdue():
            log.error("job %d on %s did not return; its thread is left behind", claim.job, claim.device)
        self._rung_at_work.clear()
        self._sweeps.do(self.id, place=not self._stopping.is_set() and not self._fifo_only)

    def _heart(self) -> None:
        """Renew the lease; without it for too long, begin nothing that could not be taken back."""
        while not self._over.is_set() and (not self._stopping.wait(HEARTBEAT) or len(self._hands) or self._concluded):
            try:
                self._beat()
            except ServiceError as error:
                log.warning("no heartbeat, the ledger is away: %s", error)
            except Exception:  # the process loop: a heart that stops gives everything away
                log.exception("a heartbeat failed, trying again")
            if not self._lease.holds:
                self._hands.hand_back("its worker's lease may have ended", changes_only=True)
            if self._stopping.is_set():
                self._over.wait(DRAINING_BEAT)

    def _beat(self) -> None:
        renewed = self._lease.renew(lambda: self._ledger.nodes.heartbeat(self.id, sessions=len(self.pool)))
        if not renewed and not self._stopping.is_set():
            self._begin_anew()
        elif renewed and self._heard_as != self.id:  # it has joined, although nobody answered that it had
            self._listen()
