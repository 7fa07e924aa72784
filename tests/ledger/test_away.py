"""A ledger that is away is a ServiceError with a hint and without a password; back again, all goes on."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netpulse_core.errors import ServiceError, SiteError
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Conclusion, Step
from tests.ledger.work import Worker, accepted
from tests.servers.postgres import PostgresServer

needs_mount = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of two megabytes, half of which a new ledger takes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_postgresql_may_stop_and_come_back(postgres_ledger_url: str, postgres_server: PostgresServer) -> None:
    url = postgres_ledger_url.replace("netpulse@", "netpulse:hunter2@")
    with closing(Ledger(url)) as ledger:
        worker = Worker(ledger, owns=["d1"])
        run = accepted(ledger, "d1")
        postgres_server.stop()
        for move in (lambda: ledger.runs.get(run), lambda: ledger.stopping.cancel(run, "ann"), worker.claim):
            with pytest.raises(ServiceError, match="the ledger is not available") as away:
                move()
            assert "netpulse:***@127.0.0.1" in away.value.hint
            assert "hunter2" not in f"{away.value} {away.value.hint} {away.value.__cause__}"
        postgres_server.start()
        assert worker.claim_one().run == run


def test_a_server_that_vanishes_before_it_answers_is_noticed(postgres_ledger_url: str) -> None:
    with closing(Ledger(postgres_ledger_url)) as ledger, ledger.database.read() as connection:
        number = connection.connection.driver_connection.fileno()  # type: ignore[union-attr]
        with socket.socket(fileno=os.dup(number)) as wire:
            assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            kept = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            idle, between, times = (wire.getsockopt(socket.IPPROTO_TCP, option) for option in kept)
    assert idle + between * times <= 15


def test_a_password_in_the_query_is_not_shown_either() -> None:
    with closing(Ledger("postgresql://127.0.0.1:1/n?user=u&password=hunter2")) as ledger:
        with pytest.raises(ServiceError) as away:
            ledger.runs.page()
        assert "hunter2" not in f"{away.value} {away.value.hint} {ledger!r}"


@needs_mount
def test_a_full_disk_is_an_outage_that_ends(small_disk: Path) -> None:
    with closing(Ledger(f"sqlite:///{small_disk / 'ledger.sqlite3'}")) as ledger:
        ledger.upgrade()
        worker = Worker(ledger, owns=["d1", "d2"])
        run = accepted(ledger, "d1")
        claim = worker.claim_one()
        filler = small_disk / "filler"
        with pytest.raises(OSError, match="No space left"):
            filler.write_bytes(bytes(3_000_000))
        large = Conclusion(outcome=Outcome.OK, steps=(Step(label="show", body=os.urandom(100_000).hex()),))
        with pytest.raises(ServiceError, match="disk is full"):
            worker.conclude(claim, large)
        assert ledger.runs.get(run).unfinished == 1
        filler.unlink()
        worker.conclude(claim, large)
        assert ledger.runs.get(run).unfinished == 0


@needs_mount
def test_a_disk_that_became_read_only_is_an_outage_that_ends(small_disk: Path) -> None:
    with closing(Ledger(f"sqlite:///{small_disk / 'ledger.sqlite3'}")) as ledger:
        ledger.upgrade()
        run = accepted(ledger, "d1")
        ledger.close()
        subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
        with pytest.raises(ServiceError, match="the ledger is not available"):
            ledger.stopping.cancel(run, "ann")
        subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
        assert ledger.stopping.cancel(run, "ann")[0].cancelled == 1


def test_a_ledger_in_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with closing(Ledger(f"sqlite:///{tmp_path / 'no' / 'ledger.sqlite3'}")) as ledger:
        with pytest.raises(ServiceError, match="unable to open database file") as away:
            ledger.upgrade()
        assert str(tmp_path) in away.value.hint


@pytest.mark.parametrize("url", ["", "hunter2", "mysql://u:hunter2@h/d", "sqlite://", "sqlite:///:memory:"])
def test_what_is_no_ledger_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(SiteError) as refused:
        Ledger(url)
    assert refused.value.key == "ledger"
    assert "hunter2" not in str(refused.value)
