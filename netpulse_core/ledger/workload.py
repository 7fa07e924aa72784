"""How much work a ledger holds, counted over what has not ended alone."""

from collections import Counter

from sqlalchemy import func, select

from netpulse_core.ledger import frozen, waiting
from netpulse_core.ledger.database import Database, clock, now
from netpulse_core.ledger.freezetables import freezes
from netpulse_core.ledger.logintables import breakers, credentials
from netpulse_core.ledger.tables import held, jobs, queued, runs
from netpulse_core.model.load import Load
from netpulse_core.model.state import JobState


class Workload:
    """The work of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> Load:
        """Return what there is to do now."""
        with self._database.read() as connection:
            states = {state.value: 0 for state in JobState if state is not JobState.FINISHED}
            for where in (queued(), held()):
                query = select(jobs.c.state, func.count()).where(where).group_by(jobs.c.state)
                for state, number in connection.execute(query):
                    states[state] = number
            waits: Counter[str] = Counter()
            for on, number in waiting.counts(connection).items():
                waits[on.partition(" ")[0]] += number
            first = connection.scalar(
                select(func.min(jobs.c.not_before)).where(
                    queued(), jobs.c.not_before <= now(), jobs.c.waits_on.is_(None)
                )
            )
            asked = {
                "runs": select(func.count()).select_from(runs).where(runs.c.verdict.is_(None)),
                "freezes": select(func.count()).select_from(freezes).where(frozen.in_force()),
                "brakes": select(func.count()).select_from(credentials).where(credentials.c.braked_at.is_not(None)),
                "breakers": select(func.count()).select_from(breakers).where(breakers.c.open_until.is_not(None)),
            }
            counts = {name: connection.scalar(query) or 0 for name, query in asked.items()}
            oldest = 0.0 if first is None else max(clock(connection) - first, 0.0)
        return Load(jobs=states, waiting=dict(waits), oldest=oldest, **counts)
