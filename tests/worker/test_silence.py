"""A worker process that is told to stop while its ledger takes what it is sent and answers nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.lab import Lab
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.run import RunRequest
from netpulse_core.model.state import JobState
from tests.faults.proxy import Proxies, Proxy, Wire
from tests.runs.service import SECRET, VARIABLE, eventually, write_site
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.thorough

GRACE = 3.0
IN_DOUBT = 6
PATIENCE = 100.0
"""Seconds after which a process is taken for one that never ends; a service manager's patience is longer."""


class Worker:
    """One `netpulse worker` whose ledger is behind a wire, and the rest of that NetPulse."""

    def __init__(self, process: subprocess.Popen[bytes], netpulse: NetPulse, wire: Proxy, log: Path) -> None:
        self.netpulse = netpulse
        self._process = process
        self._wire = wire
        self._log = log

    def submit(self, runbook: str, **parameters: float) -> str:
        request = RunRequest(runbook=runbook, target="leaf1", parameters=parameters, deadline=60.0)
        return self.netpulse.submit(request, LOCAL).run

    def ends(self, run: str) -> None:
        """Return once a run has ended."""
        eventually(lambda: self.netpulse.jobs(run)[0].state is JobState.FINISHED, 60)

    def joined(self) -> bool:
        return bool(self.netpulse.nodes())

    def lose_its_ledger(self) -> None:
        """Let what it sends arrive nowhere, without a word; returns once threads of it are bound to wait for that."""
        self._wire.become(Wire.SILENT)
        time.sleep(3.0)  # a sweep and a heartbeat: whoever asks from now on hangs too

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE)

    @property
    def words(self) -> str:
        return self._log.read_text()


@pytest.fixture
def worker(lab: Lab, tmp_path: Path, postgres_server: PostgresServer, redis_url: str) -> Iterator[Worker]:
    """A worker at work, with a wire to its ledger."""
    postgres_server.start()
    url = postgres_server.url(postgres_server.create())
    with closing(Ledger(url)) as ledger:
        ledger.upgrade()
    site, log = write_site(lab, tmp_path), tmp_path / "worker.log"
    told = {"broker": redis_url, "secret_key": "0" * 64}
    with Proxies() as proxies, NetPulse.open(settings.load(site, ledger=url, **told)) as netpulse:
        wire = proxies.to(postgres_server.port)
        env = {"NETPULSE_LEDGER": url.replace(f":{postgres_server.port}/", f":{wire.port}/")}
        env |= {f"NETPULSE_{name.upper()}": value for name, value in told.items()}
        with _process(site, env, log) as process:
            found = Worker(process, netpulse, wire, log)
            eventually(found.joined, 60)
            yield found


@contextmanager
def _process(site: Path, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-W", "ignore", "-m", "netpulse_core", "--site", str(site), "worker"]
    environment = {**os.environ, VARIABLE: SECRET, "NETPULSE_GRACE": str(GRACE), **env}
    with log.open("wb") as words, subprocess.Popen(command, stderr=words, stdout=words, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.thorough
@pytest.mark.timeout(240)
def test_it_ends_although_nothing_answers_it(worker: Worker) -> None:
    run = worker.submit("change_slowly")
    worker.ends(run)
    worker.ends(worker.submit("probe"))  # it takes another only once it was answered that the change is written down
    worker.lose_its_ledger()
    assert worker.stop() == 0, worker.words
    assert "left behind" in worker.words


@pytest.mark.thorough
@pytest.mark.timeout(240)
def test_a_change_whose_end_it_could_not_write_down_is_in_doubt(worker: Worker) -> None:
    run = worker.submit("change_slowly", after=4.0)
    eventually(lambda: worker.netpulse.jobs(run)[0].state is JobState.PUSHING, 60)
    worker.lose_its_ledger()
    assert worker.stop() == IN_DOUBT, worker.words
    assert f"netpulse resolve {run} leaf1" in worker.words
    assert worker.netpulse.jobs(run)[0].state is JobState.PUSHING  # as it was told: its heir puts it in doubt
