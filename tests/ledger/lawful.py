"""A guard inside the database: whatever statement moves a job, it makes a legal move, or it is refused."""

from sqlalchemy import text

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.state import JobState, legal


def guard(ledger: Ledger) -> None:
    """Refuse every illegal move, and every job that begins otherwise than queued."""
    with ledger.database.write() as connection:
        for statement in _SQLITE if ledger.database.sqlite else _POSTGRESQL:
            connection.execute(text(statement))


def unguard(ledger: Ledger) -> None:
    """Take the guard away again."""
    with ledger.database.write() as connection:
        for name in ("lawful_moves", "lawful_beginnings"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}" + ("" if ledger.database.sqlite else " ON jobs")))


def _pairs(*, restoring: bool) -> str:
    made = (f"'{a}>{b}'" for a in JobState for b in JobState if legal(a, b, restoring=restoring))
    return ", ".join(made)


_PAIR = "OLD.state || '>' || NEW.state"
_RESTORED = """coalesce(CAST(NEW.problem AS TEXT), '') LIKE '%"Restored"%'"""
_ILLEGAL = (
    f"OLD.state <> NEW.state AND {_PAIR} NOT IN ({_pairs(restoring=False)}) "
    f"AND NOT ({_RESTORED} AND {_PAIR} IN ({_pairs(restoring=True)}))"
)
_SQLITE = (
    f"CREATE TRIGGER lawful_moves BEFORE UPDATE ON jobs WHEN {_ILLEGAL} "
    "BEGIN SELECT RAISE(FAIL, 'an illegal move of a job'); END",
    "CREATE TRIGGER lawful_beginnings BEFORE INSERT ON jobs WHEN NEW.state <> 'queued' "
    "BEGIN SELECT RAISE(FAIL, 'an illegal beginning of a job'); END",
)
_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION unlawful() RETURNS trigger AS $$ "
    "BEGIN RAISE EXCEPTION 'an illegal move of a job: % to %', OLD.state, NEW.state "
    "USING ERRCODE = 'check_violation'; END $$ LANGUAGE plpgsql",
    f"CREATE TRIGGER lawful_moves BEFORE UPDATE ON jobs FOR EACH ROW WHEN ({_ILLEGAL}) EXECUTE FUNCTION unlawful()",
    "CREATE TRIGGER lawful_beginnings BEFORE INSERT ON jobs FOR EACH ROW WHEN (NEW.state <> 'queued') "
    "EXECUTE FUNCTION unlawful()",
)
