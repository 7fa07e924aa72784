"""Which ledgers a program accepts, and how an empty one becomes what it knows."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from netpulse_core.errors import ServiceError
from netpulse_core.ledger import schema
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import metadata

UPGRADE = """
import sys
from netpulse_core.ledger.ledger import Ledger
ledger = Ledger(sys.argv[1])
print("ready", flush=True)
sys.stdin.read(1)
ledger.upgrade()
ledger.require_current()
ledger.close()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database nothing was ever put into."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'empty.sqlite3'}"


@pytest.fixture
def empty(empty_url: str) -> Iterator[Ledger]:
    """A ledger before its first upgrade."""
    with closing(Ledger(empty_url)) as opened:
        yield opened


def stamp(ledger: Ledger, revision: str) -> None:
    with ledger.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": revision})


def test_an_upgraded_ledger_has_exactly_the_tables_the_program_knows(empty: Ledger) -> None:
    empty.upgrade()
    empty.upgrade()
    empty.require_current()
    with empty.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_schema_holds_a_device_only_for_jobs_that_hold_it(ledger: Ledger) -> None:
    with ledger.database.read() as connection:
        if ledger.database.sqlite:
            query = "SELECT sql FROM sqlite_master WHERE name = 'ux_jobs_device_held'"
        else:
            query = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ux_jobs_device_held'"
        made = str(connection.scalar(text(query)))
    assert "UNIQUE" in made
    assert all(state in made for state in ("running", "pushing", "in_doubt"))
    assert "queued" not in made


def test_an_empty_ledger_is_refused_until_it_is_upgraded(empty: Ledger) -> None:
    with pytest.raises(ServiceError, match=f"it is at nothing, not {schema.head()}") as refused:
        empty.require_current()
    assert refused.value.hint == "stop the other processes and run `netpulse db upgrade`"


def test_a_newer_ledger_is_left_alone(empty: Ledger) -> None:
    empty.upgrade()
    stamp(empty, "9999")
    for move in (empty.require_current, empty.upgrade):
        with pytest.raises(ServiceError, match="newer than this program: it is at 9999") as refused:
            move()
        assert refused.value.hint == "upgrade this program to the version the others run"
    assert schema.current(empty.database) == "9999"


def test_processes_that_start_together_upgrade_one_after_the_other(empty_url: str) -> None:
    command, pipe = [sys.executable, "-c", UPGRADE, empty_url], subprocess.PIPE
    processes = [subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe, stderr=pipe) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, said
