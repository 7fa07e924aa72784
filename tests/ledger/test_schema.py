"""Which ledgers a program accepts, and how an empty one becomes what it knows."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Boolean, LargeBinary, MetaData, Text, insert, select, text
from sqlalchemy.types import TypeEngine

from netpulse_core.errors import ServiceError
from netpulse_core.ledger import schema
from netpulse_core.ledger.database import Database
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import jobs, metadata, outputs

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


def anything(kind: TypeEngine[Any]) -> Any:
    """A value of a column of this kind."""
    for kinds, value in (((JSON,), {}), ((LargeBinary,), b""), ((Boolean,), True), ((Text,), "b1")):
        if isinstance(kind, kinds):
            return value
    return 1


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
    with pytest.raises(ServiceError, match="older than this program: it holds no tables yet") as refused:
        empty.require_current()
    assert refused.value.hint == "stop the other processes and run `netpulse db upgrade`"


def test_a_ledger_of_the_first_shape_keeps_what_is_in_it(empty: Ledger) -> None:
    config = schema._config()
    with empty.database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        first = MetaData()
        first.reflect(connection)
        told = {"run_id": "r1", "id": "r1", "device": "leaf1", "device_key": "192.0.2.1", "state": "in_doubt"}
        rows: dict[str, dict[str, Any]] = {"runs": {}, "blobs": {"hash": "b1"}, "jobs": {"id": 1}, "outputs": {}}
        for name, own in rows.items():
            wanted = [column for column in first.tables[name].columns if not column.nullable]
            usual = {column.name: anything(column.type) for column in wanted}
            connection.execute(insert(first.tables[name]), usual | {k: v for k, v in told.items() if k in usual} | own)
    with pytest.raises(ServiceError, match="it is at 0001"):
        empty.require_current()
    empty.upgrade()
    empty.require_current()
    with empty.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.execute(select(jobs.c.state, jobs.c.waits_on)).all() == [("in_doubt", None)]
        assert connection.execute(select(outputs.c.job_id, outputs.c.age)).all() == [(1, None)]


def test_a_newer_ledger_is_left_alone(empty: Ledger) -> None:
    empty.upgrade()
    stamp(empty, "9999")
    for move in (empty.require_current, empty.upgrade):
        with pytest.raises(ServiceError, match="newer than this program: it is at 9999") as refused:
            move()
        assert refused.value.hint == "upgrade this program to the version the others run"
    assert schema.current(empty.database) == "9999"


@pytest.mark.thorough
def test_processes_that_start_together_upgrade_one_after_the_other(empty_url: str) -> None:
    upgrading, pipe = [sys.executable, "-c", UPGRADE, empty_url], subprocess.PIPE
    processes = [subprocess.Popen(upgrading, text=True, stdin=pipe, stdout=pipe, stderr=pipe) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, said


def test_a_new_ledger_on_sqlite_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with closing(Database(f"sqlite:///{tmp_path / 'named.db'}")) as database, database.write() as connection:
            connection.exec_driver_sql("CREATE TABLE one (n INTEGER)")
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"named.db": 0o600, "named.db-wal": 0o600, "named.db-shm": 0o600}
