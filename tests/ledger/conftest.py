"""A ledger of either kind, brought up once and copied for each test."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import metadata
from tests.ledger.lawful import guard, unguard
from tests.servers.postgres import PostgresServer


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded, empty ledger file."""
    path = tmp_path_factory.mktemp("ledger") / "template.sqlite3"
    with closing(Ledger(f"sqlite:///{path}")) as ledger:
        ledger.upgrade()
    return path


@pytest.fixture(scope="session")
def postgres_ledger(postgres_server: PostgresServer) -> str:
    """The name of an upgraded ledger on PostgreSQL that each test finds empty."""
    name = postgres_server.create()
    with closing(Ledger(postgres_server.url(name))) as ledger:
        ledger.upgrade()
    return name


@pytest.fixture
def postgres_ledger_url(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> str:
    """The address of an upgraded, empty ledger on PostgreSQL."""
    postgres_server.start()
    url = postgres_server.url(request.getfixturevalue("postgres_ledger"))
    with closing(Ledger(url)) as ledger, ledger.database.write() as connection:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))  # whatever a test that failed left open
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an upgraded, empty ledger, on each database in turn."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_ledger_url"))
    template: Path = request.getfixturevalue("sqlite_template")
    return f"sqlite:///{shutil.copy(template, tmp_path / 'ledger.sqlite3')}"


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An upgraded, empty ledger, on each database in turn."""
    with closing(Ledger(ledger_url, pepper=b"pepper")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def lawful(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the database itself refuse every illegal move of a job, whichever statement makes it."""
    if "ledger" not in request.fixturenames:
        yield
        return
    guarded: Ledger = request.getfixturevalue("ledger")
    guard(guarded)
    yield
    unguard(guarded)
