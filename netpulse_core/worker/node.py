"""One life of a worker: it joins, claims what is urgent, runs it, concludes it, and leaves."""

import logging
import random
import socket
import threading
import time
from collections.abc import Sequence

from nornir.core.configuration import Config, LoggingConfig
from ulid import ULID

from netpulse_core.broker.broker import FIFO, Listening
from netpulse_core.controller import NetPulse
from netpulse_core.errors import ServiceError
from netpulse_core.model.node import HEARTBEAT, LEASE, SWEEP
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, Problem
from netpulse_core.runs.alarm import Alarm
from netpulse_core.runs.job import Workshop
from netpulse_core.sessions.pool import Pool
from netpulse_core.worker.gate import LedgerGate
from netpulse_core.worker.hands import Hand, Hands
from netpulse_core.worker.reaper import Reaper

log = logging.getLogger(__name__)

TRUSTED_LEASE = 0.8 * LEASE
"""Seconds without a heartbeat after which a node starts nothing it could not take back."""

DRAINING_BEAT = 0.2
"""Seconds between heartbeats while the last jobs finish."""

AWAY = 1.0
"""Seconds between attempts while the ledger is away."""


class Node:
    """A worker process's life; everything it claims belongs to this life and not to the next."""

    def __init__(self, netpulse: NetPulse) -> None:
        settings = netpulse.settings
        self.id = str(ULID()).lower()
        self.name = settings.node or socket.gethostname()
        self._netpulse = netpulse
        self._ledger = netpulse.ledger
        self._slots = settings.slots
        self._fifo_only = settings.fifo_only
        self._grace = settings.grace
        self.pool = Pool(
            idle_timeout=settings.idle_timeout,
            most=settings.max_sessions,
            connect_timeout=settings.connect_timeout,
            clock=time.monotonic,
        )
        self._alarm = Alarm()
        self._hands = Hands(
            Workshop(
                site=netpulse.site,
                plugins=netpulse.plugins,
                drivers=netpulse.plugins.drivers,
                pool=self.pool,
                alarm=self._alarm,
                config=Config(logging=LoggingConfig(enabled=False)),
            ),
            self._conclude,
        )
        self._reaper = Reaper(netpulse.ledger, time.monotonic)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._done: list[tuple[Claim, Conclusion]] = []
        self._done_lock = threading.Lock()
        self._listening: list[Listening] = []
        self._threads: list[threading.Thread] = []
        self._renewed = 0.0

    def start(self) -> None:
        """Join the ledger and begin to claim."""
        self._join()
        self._listening.append(self._netpulse.broker.listen(FIFO, self._rung))
        for target in (self._clerk, self._heart):
            thread = threading.Thread(target=target, name=f"node-{target.__name__.strip('_')}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> bool:
        """Claim nothing more, let what runs finish within the grace, leave; False where something was left running."""
        self._stopping.set()
        self._wake.set()
        finished = self._hands.wait(self._grace)
        self._hands.close_gates("the worker is stopping")
        for thread in self._threads:
            thread.join()
        for listening in self._listening:
            listening.stop()
        self.pool.close()
        self._alarm.close()
        try:
            self._ledger.nodes.leave(self.id)
        except ServiceError as error:
            log.warning("the ledger is away, this worker's lease will run out by itself: %s", error)
        return finished

    def _join(self) -> None:
        began = _boottime()
        self._ledger.nodes.join(
            self.id,
            name=self.name,
            revision=self._netpulse.site.revision,
            slots=self._slots,
            fifo_only=self._fifo_only,
        )
        self._renewed = began
        if not self._fifo_only:
            self._listening.append(self._netpulse.broker.listen(self.id, self._rung))
        log.info("worker %s joined as %s with %d slots", self.name, self.id, self._slots)

    def _begin_anew(self) -> None:
        """Start another life: what this one held has been given to others, and its late answers change nothing."""
        log.warning("worker %s lost its lease; it begins a new life", self.name)
        self._hands.close_gates("this worker's lease ended")
        self.id = str(ULID()).lower()
        self._join()

    def _rung(self, devices: Sequence[str]) -> None:
        self._wake.set()

    def _conclude(self, claim: Claim, conclusion: Conclusion) -> None:
        with self._done_lock:
            self._done.append((claim, conclusion))
        self._wake.set()

    def _clerk(self) -> None:
        """Take turns with the ledger until nothing is left to do: conclude what ended, claim what is next."""
        until_sweep = 0.0
        while not self._stopping.is_set() or len(self._hands) or self._done:
            self._wake.wait(max(0.0, until_sweep - time.monotonic()))
            self._wake.clear()
            sweeping = time.monotonic() >= until_sweep
            try:
                self._turn(sweeping)
            except ServiceError as error:
                self._reaper.ledger_was_away()
                log.warning("the ledger is away, trying again: %s", error)
                self._stopping.wait(AWAY)
                self._wake.set()
            except Exception:  # the process loop: a node that stops taking turns holds its devices for nothing
                log.exception("a turn failed, trying again")
                self._stopping.wait(AWAY)
            if sweeping:
                until_sweep = time.monotonic() + SWEEP * random.uniform(0.75, 1.25)  # noqa: S311  spreads nodes out

    def _turn(self, sweeping: bool) -> None:
        if sweeping:
            self._sweep()
        done = self._take_done()
        may_claim = not self._stopping.is_set() and self._lease_holds()
        free = self._slots - len(self._hands) if may_claim else 0
        if not done and free <= 0:
            return
        try:
            claims, touched = self._ledger.claims.turn(self.id, done, max(free, 0), fifo_only=self._fifo_only)
        except BaseException:
            with self._done_lock:
                self._done[:0] = done  # what is concluded is never lost, only late
            raise
        for claim in claims:
            self._hands.take(claim, LedgerGate(self._ledger.claims, claim, self.id))
        if len(claims) == free and free > 0:
            self._wake.set()  # there may be more than fitted
        if touched:
            self._netpulse.broker.tell(touched)

    def _take_done(self) -> list[tuple[Claim, Conclusion]]:
        with self._done_lock:
            done, self._done = self._done, []
        return done

    def _sweep(self) -> None:
        for hand in self._hands.overdue():
            log.error("job %d on %s did not return; its thread is left behind", hand.claim.job, hand.claim.device)
            self._conclude(hand.claim, _never_returned(hand))
        self.pool.sweep()
        touched = self._reaper.sweep()
        if not self._stopping.is_set() and not self._fifo_only:
            self._ledger.nodes.adopt(self.id)
        if touched:
            self._netpulse.broker.tell(touched)

    def _heart(self) -> None:
        """Renew the lease; without it for too long, begin nothing that could not be taken back."""
        while not self._stopping.wait(HEARTBEAT) or len(self._hands):
            try:
                self._beat()
            except ServiceError as error:
                log.warning("no heartbeat, the ledger is away: %s", error)
            except Exception:  # the process loop: a heart that stops gives everything away
                log.exception("a heartbeat failed, trying again")
            if not self._lease_holds():
                self._hands.close_gates("this worker's lease may have ended")
            if self._stopping.is_set():
                time.sleep(DRAINING_BEAT)

    def _beat(self) -> None:
        began = _boottime()
        if self._ledger.nodes.heartbeat(self.id, sessions=len(self.pool)):
            self._renewed = began  # counted from before it was sent: the answer may have taken long
        elif not self._stopping.is_set():
            self._begin_anew()

    def _lease_holds(self) -> bool:
        return _boottime() - self._renewed < TRUSTED_LEASE


def _boottime() -> float:
    # Not the monotonic clock: it stands still while a machine sleeps, and the lease does not.
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _never_returned(hand: Hand) -> Conclusion:
    outcome = Outcome.IN_DOUBT if hand.gate.crossed else Outcome.TIMED_OUT
    problem = Problem(
        kind="TimedOut",
        message=f"{hand.claim.device}: the runbook did not return within {hand.claim.timeout:g} s, nor when stopped",
        hint="a runbook must not wait without a timeout of its own",
    )
    return Conclusion(outcome=outcome, problem=problem, elapsed=time.monotonic() - hand.began)
