"""One process owns a site: the lock, what it announces, and what a kill -9 leaves behind."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.embedded.process import Embedded
from netpulse_core.embedded.site_lock import SiteLock, running_service
from netpulse_core.errors import Conflict, SiteError
from netpulse_core.lab import Device, Lab
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState
from netpulse_core.settings import Settings
from tests.runs.service import Service, eventually, write_site

OWNER = """
import sys
from pathlib import Path
from netpulse_core import settings
from netpulse_core.embedded.process import Embedded
from netpulse_core.worker.signals import Signals
signals = Signals()
with Embedded(settings.load(Path(sys.argv[1])), port=0, scheduler=False) as embedded:
    print(embedded.url, flush=True)
    embedded.wait(signals)
print("drained", flush=True)
"""


@pytest.fixture
def site(lab: Lab, tmp_path: Path) -> Settings:
    return settings.load(write_site(lab, tmp_path), grace=5.0)


@contextmanager
def owner(site: Settings) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that owns the site, and where it answers."""
    # The tests themselves may run under nohup, and who inherits that would rightly hear no SIGHUP.
    command = ["env", "--default-signal=HUP,INT", sys.executable, "-W", "ignore", "-c", OWNER, str(site.site)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.thorough
def test_a_second_process_is_refused_and_told_where_the_first_is(site: Settings) -> None:
    assert running_service(site) is None
    with owner(site) as (process, url):
        found = running_service(site)
        assert found is not None
        assert (found.url, found.pid) == (url, process.pid)
        assert found.key
        assert found.key not in repr(found)
        with pytest.raises(Conflict, match="another process runs the site") as caught, Embedded(site, port=0):
            pass
        assert "REST" in caught.value.hint
        process.kill()
        process.wait()
        assert running_service(site) is None
    with Embedded(site, port=0, scheduler=False) as embedded:
        again = running_service(site)
        assert again is not None
        assert (again.url, again.pid, again.key) == (embedded.url, os.getpid(), found.key)
    assert running_service(site) is None


def test_a_process_that_does_not_answer_yet_is_said_to_be_starting(site: Settings) -> None:
    for ask in (lambda: running_service(site), lambda: SiteLock(site.state).__enter__()):
        with SiteLock(site.state), pytest.raises(Conflict, match="does not answer yet") as caught:
            ask()
        assert caught.value.hint == "try again"


def test_asking_who_runs_a_site_keeps_nobody_from_starting(site: Settings) -> None:
    with SiteLock(site.state):
        pass
    with (site.state / "lock").open("rb") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        threading.Timer(0.1, lambda: fcntl.flock(asking, fcntl.LOCK_UN)).start()
        with SiteLock(site.state):
            pass


@pytest.mark.thorough
def test_what_a_killed_process_left_is_done_at_once(site: Settings, leaf: Device, lab: Lab) -> None:
    with owner(site) as (process, _), NetPulse.open(site) as netpulse:
        service = Service(netpulse, None, lab)  # type: ignore[arg-type]
        running = service.submit("ask", "leaf1", commands=["show clock"], pause=3.0)
        eventually(lambda: "show clock" in leaf.journal.commands)
        process.kill()
        process.wait()
        queued = service.submit("ask", "leaf2", commands=["show clock"])
        time.sleep(0.3)
        assert [service.state(run).value for run in (running, queued)] == ["running", "queued"]
    with Embedded(site, port=0, scheduler=False) as embedded:
        service = Service(embedded.netpulse, embedded.node, lab)
        assert service.wait(queued, within=15).outcome is Outcome.OK
        done = service.wait(running, within=20)
        assert (done.outcome, done.job.attempt) == (Outcome.OK, 2)
    assert leaf.journal.logins == 2


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_on_sigterm_or_a_closed_terminal_it_drains_before_it_ends(site: Settings, lab: Lab, number: int) -> None:
    with owner(site) as (process, url), NetPulse.open(site) as netpulse:
        service = Service(netpulse, None, lab)  # type: ignore[arg-type]
        run = service.submit("change_slowly", "leaf1", after=4.0)
        eventually(lambda: service.state(run) is JobState.PUSHING)
        process.send_signal(number)
        time.sleep(0.5)
        process.send_signal(signal.SIGHUP)  # a terminal that is closed sends it twice
        with urllib.request.urlopen(f"{url}/healthz", timeout=10) as answer:  # it answers while it drains
            assert answer.status == 200
        assert service.state(run) is JobState.PUSHING
        assert process.wait(30) == 0
        assert service.wait(run).outcome is Outcome.CHANGED
        assert running_service(site) is None


@pytest.mark.thorough
def test_a_second_signal_ends_the_grace_and_the_exit_code_says_what_it_left(site: Settings, lab: Lab) -> None:
    up = [sys.executable, "-m", "netpulse_core", "--site", str(site.site), "up", "--port", "0", "--no-scheduler"]
    with subprocess.Popen(up, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            with NetPulse.open(site) as netpulse:
                service = Service(netpulse, None, lab)  # type: ignore[arg-type]
                run = service.submit("change_slowly", "leaf1", after=30.0)
                eventually(lambda: service.state(run) is JobState.PUSHING, within=60)
                process.send_signal(signal.SIGINT)
                eventually(lambda: netpulse.nodes()[0].draining, within=60)
                process.send_signal(signal.SIGINT)
                said = process.communicate(timeout=60)[1]
                assert process.returncode == 6
                assert "they are in doubt" in said
                assert service.state(run) is JobState.IN_DOUBT
        finally:
            process.kill()


def test_a_site_with_a_broker_is_not_one_process(site: Settings) -> None:
    with pytest.raises(SiteError, match="processes of their own"):
        Embedded(site.model_copy(update={"broker": "redis://nowhere"}))


def test_one_process_does_not_work_on_a_ledger_that_others_may_share(site: Settings) -> None:
    shared = site.model_copy(update={"ledger": "postgresql+psycopg://ann:hunter2@nowhere/netpulse"})
    with pytest.raises(SiteError, match="ledger: this site has no broker") as refused:
        Embedded(shared)
    assert "set a broker" in refused.value.hint
    assert "take the ledger out" in refused.value.hint
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"


def test_one_process_may_keep_its_ledger_in_a_file_elsewhere(site: Settings, tmp_path: Path) -> None:
    Embedded(site.model_copy(update={"ledger": f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"}))
