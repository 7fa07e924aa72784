"""A process whose ledger is away when it starts waits for it, says so, and can be stopped meanwhile."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netpulse_core import settings
from netpulse_core.controller import opened, opening
from netpulse_core.errors import ServiceError
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.settings import Settings
from tests.api.service import write_site
from tests.ledger.work import accepted
from tests.servers.postgres import PostgresServer
from tests.servers.standby import Pair

LONG = 60.0


@pytest.fixture
def told(tmp_path: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The settings of a site whose ledger is well, but away."""
    monkeypatch.setattr(opening, "BETWEEN", 0.1)
    url = postgres_server.url(postgres_server.create())
    with closing(Ledger(url)) as ledger:
        ledger.upgrade()
    write_site(tmp_path)
    postgres_server.stop()
    away = {"ledger": url, "broker": "redis://127.0.0.1:1/0", "secret_key": "of a test"}
    yield settings.load(tmp_path, **away, allow_clear_secrets=True)
    postgres_server.start()


def test_it_opens_once_the_ledger_answers(
    told: Settings, postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    asked, never = threading.Event(), threading.Event()

    def stopped(seconds: float) -> bool:
        asked.set()
        return never.wait(seconds)

    def start() -> None:
        assert asked.wait(LONG)
        postgres_server.start()

    starting = threading.Thread(target=start)
    starting.start()
    with caplog.at_level(logging.WARNING):
        netpulse = opened(told, stopped)
    starting.join()
    assert netpulse is not None
    with netpulse:
        assert netpulse.runs() == []
    assert "waiting for the ledger, at most " in caplog.text
    assert "the ledger is not available" in caplog.text


def test_it_can_be_stopped_while_it_waits(told: Settings) -> None:
    assert opened(told, lambda seconds: True) is None


def test_it_waits_no_longer_than_it_says(told: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.0)
    with pytest.raises(ServiceError, match="the ledger is not available"):
        opened(told, lambda seconds: False)


def test_a_ledger_of_another_version_is_not_waited_for(told: Settings, postgres_server: PostgresServer) -> None:
    postgres_server.start()
    empty = told.model_copy(update={"ledger": postgres_server.url(postgres_server.create())})
    with pytest.raises(ServiceError, match="older than this program"):
        opened(empty, lambda seconds: pytest.fail("it was waited for"))


@pytest.mark.thorough
def test_it_settles_a_failover_although_nobody_writes(tmp_path: Path, postgres_pair: Pair) -> None:
    write_site(tmp_path)
    with closing(Ledger(postgres_pair.url)) as ledger:
        ledger.upgrade()
        run = accepted(ledger, "d1", changes=True)
        postgres_pair.part()
        postgres_pair.fail_over()
        there = {"ledger": postgres_pair.url, "broker": "redis://127.0.0.1:1/0", "secret_key": "of a test"}
        netpulse = opened(settings.load(tmp_path, **there, allow_clear_secrets=True), lambda seconds: False)
        assert netpulse is not None
        netpulse.close()
        assert ledger.jobs.one(run, "d1").state == "in_doubt"
