"""Which shape of ledger this program knows, and how an older one becomes it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from netpulse_core.errors import ServiceError
from netpulse_core.ledger.database import Database

_LOCK = 0x6E65_7470
"""PostgreSQL advisory lock: two processes that start together migrate one after the other."""


def head() -> str:
    """Return the revision of the schema this program knows."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None
    return found


def current(database: Database) -> str | None:
    """Return the revision the ledger is at, or None where it is empty."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database) -> None:
    """Bring the ledger to the shape this program knows; a newer one is left alone and refused."""
    config = _config()
    with database.write() as connection:
        if not database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        at = MigrationContext.configure(connection).get_current_revision()
        _refuse_newer(at)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_current(database: Database) -> None:
    """Raise ServiceError unless the ledger has exactly the shape this program knows."""
    at = current(database)
    if at == head():
        return
    _refuse_newer(at)
    shape = "holds no tables yet" if at is None else f"is at {at}, not {head()}"
    raise ServiceError(
        f"the ledger is older than this program: it {shape}",
        hint="stop the other processes and run `netpulse db upgrade`",
    )


def _refuse_newer(at: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if at is not None and at not in known:
        raise ServiceError(
            f"the ledger is newer than this program: it is at {at}, which this program does not know",
            hint="upgrade this program to the version the others run",
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
