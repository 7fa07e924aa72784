"""Runs to accept, workers to claim them, and time that passes when a test says so."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Table, update
from ulid import ULID

from netpulse_core.ledger.audittables import audit
from netpulse_core.ledger.choretables import chores
from netpulse_core.ledger.freezetables import freezes
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.scheduletables import fires
from netpulse_core.ledger.tables import blobs, jobs, nodes, outbox, pushes, runs
from netpulse_core.ledger.telltables import deliveries, observers
from netpulse_core.ledger.windowtables import window_books, window_stretches
from netpulse_core.model.node import LEASE
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, NewRun
from netpulse_core.model.runbook import Queue
from netpulse_core.model.session import DeviceSession

REVISION = "r1"
PUSH_TIMEOUT = 60.0
OK = Conclusion(outcome=Outcome.OK)
LOST_CONTACT = Conclusion(outcome=Outcome.UNREACHABLE, retry_in=0.0)
HANDED_BACK = Conclusion(outcome=Outcome.NOT_APPLIED, retry_in=0.0, handed_back=True)

INSTANTS: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (jobs, ("rank", "not_before", "deadline_at", "claimed_at", "pushing_at", "cancel_at", "finished_at")),
    (runs, ("accepted_at", "deadline_at", "finished_at")),
    (nodes, ("started_at", "seen_at", "lease_until")),
    (freezes, ("created_at", "until_at", "thawed_at")),
    (blobs, ("stored_at",)),
    (outbox, ("at",)),
    (audit, ("at",)),
    (fires, ("due_at", "fired_at")),
    (observers, ("seen_at",)),
    (deliveries, ("created_at", "due_at", "delivered_at")),
    (chores, ("lease_until", "due_at", "finished_at")),
    (pushes, ("look_at",)),
    (window_books, ("made_at",)),
    (window_stretches, ("begins_at", "ends_at")),
)


def run_of(*devices: str | tuple[str, str], **changed: Any) -> NewRun:
    """Return a request for these devices; one given as a pair is its name and its key."""
    run = NewRun(
        id=str(ULID()).lower(),
        runbook="show",
        target="all",
        parameters={},
        changes=False,
        queue=Queue.NODE,
        timeout=PUSH_TIMEOUT,
        attempts=3,
        priority=5,
        deadline=3600.0,
        caller="ann",
        revision=REVISION,
        idempotency_key=None,
        fingerprint="f",
        devices=tuple((one, one) if isinstance(one, str) else one for one in devices),
    )
    return replace(run, **changed)


def accepted(ledger: Ledger, *devices: str | tuple[str, str], **changed: Any) -> str:
    """Accept a run and return its id."""
    return ledger.runs.accept(run_of(*devices, **changed))[0]


def pass_time(ledger: Ledger, seconds: float) -> None:
    """Make every instant of the ledger so many seconds older, as if they had passed."""
    with ledger.database.write() as connection:
        for table, names in INSTANTS:
            connection.execute(update(table).values({name: table.c[name] - seconds for name in names}))


def on(name: str | None = None) -> DeviceSession:
    """Return a session of this name, as a gate records it."""
    return DeviceSession(driver="netmiko", name=name, age=1.0)


class Worker:
    """A node that moves only when told to."""

    def __init__(
        self,
        ledger: Ledger,
        name: str = "n1",
        *,
        owns: Iterable[str] = (),
        revision: str = REVISION,
        fifo_only: bool = False,
    ) -> None:
        self.ledger = ledger
        self.name = name
        self.fifo_only = fifo_only
        ledger.nodes.join(name, name=name, revision=revision, slots=32, fifo_only=fifo_only)
        ledger.nodes.place(dict.fromkeys(owns, name))

    def turn(self, done: Sequence[tuple[Claim, Conclusion]], slots: int) -> list[Claim]:
        """Conclude and claim."""
        return self.ledger.claims.turn(self.name, done, slots, fifo_only=self.fifo_only)[0]

    def claim(self, slots: int = 10) -> list[Claim]:
        """Claim what is next."""
        return self.turn([], slots)

    def claim_one(self) -> Claim:
        """Claim the one job there is."""
        (claim,) = self.claim()
        return claim

    def conclude(self, claim: Claim, conclusion: Conclusion = OK) -> None:
        """Conclude one job."""
        self.turn([(claim, conclusion)], 0)

    def push(self) -> Claim:
        """Claim the one job there is and take it past its point of no return."""
        claim = self.claim_one()
        self.ledger.claims.cross(claim, self.name, on("vty 3"))
        return claim

    def die(self) -> None:
        """Be silent for longer than a lease."""
        pass_time(self.ledger, LEASE + 0.1)


def in_doubt(ledger: Ledger, worker: Worker) -> Claim:
    """Push, die, and be given up."""
    claim = worker.push()
    pass_time(ledger, PUSH_TIMEOUT + LEASE + 0.1)
    ledger.reaping.reap()
    return claim
