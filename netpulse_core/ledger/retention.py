"""Removing what is too old, a small transaction at a time, by one process at a time."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from sqlalchemy import Connection, func, select, update

from netpulse_core.ledger import ageing, audit, configageing, deliveries, findings, hookevents, leftovers
from netpulse_core.ledger.ageing import BATCH, Removed
from netpulse_core.ledger.audittables import audit as records
from netpulse_core.ledger.chain import Chain
from netpulse_core.ledger.choretables import chores
from netpulse_core.ledger.database import Database, again_if_beaten, clock, now
from netpulse_core.ledger.files import Files
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.retention import Due, Policy, Round

NAME = "retention"

EVERY = 3600.0
"""Seconds from the end of a round to the next."""

LEASE = 60.0
"""Seconds after which another may go on with the round of one who fell silent."""

RENEWED = 0.75 * LEASE
"""Seconds that a lease has left at least while texts are only looked at."""

_MINE = chores.c.name == NAME

Move = Callable[[Connection, float], Removed | None]


class Lost(Exception):
    """Another process holds the round now."""


class Retention:
    """The rounds of a ledger: each removes all that a policy does not keep."""

    def __init__(self, database: Database, files: Files, chain: Chain) -> None:
        self._database = database
        self._chain = chain
        self._files = files

    @again_if_beaten
    def begin(self, holder: str, *, due: bool = False) -> bool:
        """Take the round, with `due` only when it is time for one; False where another is at it."""
        fresh = {"name": NAME, "holder": "", "lease_until": 0.0, "due_at": 0.0, "in_hand": [], "removed": {}}
        with self._database.write() as connection:
            at = clock(connection)
            insert_missing(connection, chores, [fresh])
            free = [_MINE, chores.c.lease_until <= at, *([chores.c.due_at <= at] if due else [])]
            taken = update(chores).where(*free).values(holder=holder, lease_until=at + LEASE)
            return connection.execute(taken).rowcount == 1

    def round(self, holder: str, policy: Policy, *, by: str) -> Iterator[Removed]:
        """Remove what the policy does not keep; yields after each transaction, which is where to pause.

        Given up, or overtaken by another, it leaves nothing half done that the next round does not find.
        """
        total = Removed()
        try:
            for removed in self._all(holder, policy):
                total += removed
                yield removed
            self._finish(holder, total, by)
        except Lost:
            return

    def due(self, policy: Policy) -> list[Due]:
        """Return what a round would remove now, but texts and files that only their outputs and runs need."""
        with self._database.read() as connection:
            at = clock(connection)
            found = ageing.due(connection, policy, at)
            old = select(func.count()).where(records.c.at < at - (policy.audit or 0.0))
            rows = 0 if policy.audit is None else connection.scalar(old)
            configs = 0 if policy.configs is None else configageing.due(connection, at - policy.configs)
        found.append(Due(what="configs", older_than=policy.configs, rows=configs))
        return [*found, Due(what="audit", older_than=policy.audit, rows=rows or 0)]

    def last(self) -> Round | None:
        """Return the last round, or the one under way; None before the first."""
        with self._database.read() as connection:
            row = connection.execute(select(chores).where(_MINE)).first()
            if row is None:
                return None
            under_way = row.lease_until > clock(connection)
        return Round(by=row.holder, finished_at=row.finished_at, removed=row.removed, under_way=under_way)

    def _all(self, holder: str, policy: Policy) -> Iterator[Removed]:
        moves: list[Move] = [
            lambda connection, at: self._empty(connection, policy, at),
            lambda connection, at: ageing.remove(connection, policy, at) or None,
        ]
        if policy.audit is not None:
            age = policy.audit
            moves.append(lambda connection, at: _some(audit=self._chain.forget(connection, at - age, BATCH)))
        if policy.configs is not None:
            unseen = policy.configs
            moves.append(lambda connection, at: _some(configs=configageing.remove(connection, at - unseen)))
        if policy.runs is not None:
            old = policy.runs
            moves.append(lambda connection, at: _some(fires=leftovers.remove_fires(connection, at - old)))
            moves.append(lambda connection, at: _some(findings=findings.forget(connection, at - old)))
            moves.append(lambda connection, at: _some(findings=findings.forget_changes(connection, at - old)))
            moves.append(lambda connection, at: _some(nodes=leftovers.remove_nodes(connection, at - old)))
        moves.append(lambda connection, at: _some(deliveries=deliveries.forget(connection, at)))
        moves.append(lambda connection, at: _some(hook_events=hookevents.forget(connection, at)))
        moves.append(lambda connection, at: _some(files=self._files.forget_unwanted(connection, at, most=1)))
        for move in moves:
            while (removed := self._batch(holder, move)) is not None:
                yield removed
        yield from self._texts(holder)

    def _empty(self, connection: Connection, policy: Policy, at: float) -> Removed | None:
        in_hand = connection.scalar(select(chores.c.in_hand).where(_MINE)) or ageing.begin(connection, policy, at)
        if not in_hand:
            return None
        removed = ageing.empty(connection, in_hand)
        # Remembered in the ledger, because what was marked is not found by its age again.
        left = in_hand if max(removed.values(), default=0) >= BATCH else []
        connection.execute(update(chores).where(_MINE).values(in_hand=left))
        return removed

    def _texts(self, holder: str) -> Iterator[Removed]:
        after: str | None = ""
        while after is not None:
            with self._database.read() as connection:
                at = clock(connection)
                after, found = leftovers.unneeded(connection, after, at)
                until = connection.scalar(select(chores.c.lease_until).where(_MINE)) or at
            if until < at + RENEWED:
                self._batch(holder, _nothing)
            for digests in leftovers.pieces(found):
                yield self._batch(holder, partial(_texts_of, digests)) or Removed()
            yield Removed()

    @again_if_beaten
    def _batch(self, holder: str, move: Move) -> Removed | None:
        """Make one move under the lease, renewed in its transaction: who lost it changes nothing."""
        with self._database.write() as connection:
            found = move(connection, _held(connection, holder))
            connection.execute(update(chores).where(_MINE).values(lease_until=now() + LEASE))  # it may have taken long
            return found

    @again_if_beaten
    def _finish(self, holder: str, total: Removed, by: str) -> None:
        removed = {what: count for what, count in sorted(total.items()) if count}
        with self._database.write() as connection:
            at = _held(connection, holder)
            ended = update(chores).where(_MINE)
            connection.execute(ended.values(lease_until=at, due_at=at + EVERY, finished_at=at, removed=removed))
            if removed:
                audit.record(connection, by, "ledger.pruned", NAME, removed)


def _held(connection: Connection, holder: str) -> float:
    """Lock the lease and return what time it is; raise Lost where another has it, or may take it."""
    at = clock(connection)
    mine = update(chores).where(_MINE, chores.c.holder == holder, chores.c.lease_until > at)
    if connection.execute(mine.values(lease_until=at + LEASE)).rowcount != 1:
        raise Lost
    return at


def _nothing(connection: Connection, at: float) -> None:
    """Remove nothing: the lease is renewed while there is only to look."""


def _texts_of(digests: Sequence[str], connection: Connection, at: float) -> Removed | None:
    return _some(texts=leftovers.remove_texts(connection, digests))


def _some(**removed: int) -> Removed | None:
    return Removed(removed) if any(removed.values()) else None
