"""A change in doubt on a real router: vtysh behind OpenSSH, its sessions ended over a shell of the same device."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import RunRequest
from netpulse_core.model.state import JobState
from netpulse_core.runs import reconciling
from netpulse_core.worker import reconciler
from tests.servers import ssh
from tests.servers.frr import FrrRouters
from tests.servers.router import FrrRouter
from tests.worker.test_after_a_death import job_of, judged, victim, wait_until_it_stops

pytestmark = pytest.mark.servers("frr")

LINES = ["interface lo", "description in doubt", "router bgp 65001", "neighbor 10.12.0.2 description changed"]
VARIABLE = "NETPULSE_TEST_FRR"
HOSTS = """\
leaf1:
  hostname: {host}
  port: {port}
  username: {user}
  password: env:{variable}
  platform: cisco_ios
  data:
{data}
  connection_options:
    linux:
      hostname: {host}
      port: {port}
      username: {keeper}
      password: env:{variable}
      platform: linux
"""


@pytest.fixture
def router(frr_routers: FrrRouters) -> Iterator[FrrRouter]:
    yield frr_routers["r1"]
    frr_routers.reset()


@pytest.fixture
def netpulse(router: FrrRouter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NetPulse]:
    """A site of that router, with nobody at work on it."""
    monkeypatch.setenv(VARIABLE, router.password)
    monkeypatch.setattr(reconciler, "EVERY", 0.1)
    monkeypatch.setattr(reconciling, "SETTLE", 0.1)
    monkeypatch.setattr("netpulse_core.worker.reaper.LEASE", 0.1)
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "hosts.yaml").write_text(
        HOSTS.format(
            host=router.host,
            port=router.port,
            user=router.username,
            variable=VARIABLE,
            keeper=ssh.KEEPER,
            data="    netpulse_end_sessions: linux",
        )
    )
    with NetPulse.open(settings.load(tmp_path, reconcile=True, grace=5.0)) as opened:
        yield opened


def submit(netpulse: NetPulse) -> str:
    request = RunRequest(runbook="send_config", target="leaf1", parameters={"lines": LINES})
    return netpulse.submit(request, LOCAL).run


def truth(shown: str) -> Outcome:
    there = [f" {line}" in shown for line in LINES if "description" in line]
    return Outcome.CHANGED if all(there) else Outcome.PARTIAL if any(there) else Outcome.NOT_APPLIED


@pytest.mark.parametrize(
    "failpoint",
    ["sent=stop@3", *(pytest.param(one, marks=pytest.mark.thorough) for one in ("crossed=stop", "sent=stop@5"))],
)
def test_a_paused_worker_on_a_router(netpulse: NetPulse, router: FrrRouter, failpoint: str) -> None:
    with victim(netpulse, f"{failpoint},ended=stop") as process:
        run = submit(netpulse)
        wait_until_it_stops(process)
        job = judged(netpulse, run)
        shown = router.vtysh("show running-config")
        assert (job.state, job.outcome) == (JobState.FINISHED, truth(shown)), job.problem
        process.send_signal(signal.SIGCONT)
        wait_until_it_stops(process)  # once more, when it has done all it still could
        assert router.vtysh("show running-config") == shown
        assert job_of(netpulse, run).outcome is job.outcome
