"""Two worker processes over one PostgreSQL and one Redis: one is killed, and the other does its reads."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState
from tests.runs.service import eventually
from tests.worker.workers import Installation, installed

pytestmark = pytest.mark.timeout(300)  # two processes are begun, and a lease must end


@pytest.fixture
def installation(
    postgres_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """Two workers, `a` and `b`."""
    with (
        installed(postgres_url, redis_url, tmp_path, monkeypatch) as site,
        site.worker("a"),
        site.worker("b"),
    ):
        yield site


@pytest.mark.thorough
@pytest.mark.servers("postgresql", "redis-server")
def test_the_reads_of_a_killed_worker_are_done_by_the_other(installation: Installation) -> None:
    service, netpulse, names = installation.service, installation.netpulse, installation.names
    lab = service.lab

    def running() -> Counter[str]:
        held = [job for job in netpulse.jobs(run) if job.state is JobState.RUNNING and job.node]
        return Counter(names[job.node or ""] for job in held)

    installation.share_out("a", "b")
    run = service.submit("ask", "*", commands=["show clock", "show version"], pause=0.7)
    eventually(lambda: len(running()) == 2, 30)
    installation.kill("a")
    lost = {job.device for job in netpulse.jobs(run) if job.node and names[job.node] == "a" and not job.outcome}
    done = service.wait(run, within=45)
    assert {job.outcome for job in done.jobs} == {Outcome.OK}
    assert lost
    assert all(job.attempt == 1 + (job.device in lost) for job in done.jobs)
    assert all(names[job.node or ""] == "b" for job in done.jobs if job.device in lost)
    shared = Counter(names[job.node or ""] for job in done.jobs)
    assert shared["b"] >= 15
    logins = {name: device.journal.logins for name, device in lab.devices.items()}
    assert all(logins[name] <= 1 + (name in lost) for name in lab.devices)
    installation.workers["b"].terminate()
    assert installation.workers["b"].wait(30) == 0
    assert not any(node.alive for node in netpulse.nodes())


@pytest.mark.thorough
@pytest.mark.servers("postgresql", "redis-server")
def test_an_answer_to_one_worker_is_told_by_the_other(installation: Installation) -> None:
    service, device = installation.service, installation.service.lab.devices["leaf1"]
    asked: dict[str, Any] = {"commands": ["show privilege"], "max_age": 3600.0}
    first = service.run("send_commands", within=45, **asked)
    assert first.outcome is Outcome.OK
    installation.kill(installation.names[first.job.node or ""])
    again = service.run("send_commands", within=45, **asked)
    assert again.job.node != first.job.node
    assert again.steps[0].body == first.steps[0].body
    assert first.steps[0].age is None
    assert again.steps[0].age is not None
    assert device.journal.commands.count("show privilege") == 1


@pytest.mark.thorough
@pytest.mark.servers("postgresql", "redis-server")
def test_what_a_stopping_worker_hands_back_is_done_by_the_other(installation: Installation) -> None:
    service, netpulse, names = installation.service, installation.netpulse, installation.names
    installation.share_out("a")
    push = service.submit("change_slowly", "leaf1", after=4.0)
    reads = service.submit("ask", "leaf2,leaf3,leaf4", commands=["show clock", "show version"], pause=3.0)
    eventually(lambda: service.state(push) is JobState.PUSHING, 30)
    eventually(lambda: [job.state for job in netpulse.jobs(reads)] == [JobState.RUNNING] * 3, 30)
    installation.workers["a"].terminate()
    done = service.wait(reads, within=45)
    assert [(job.outcome, job.attempt, names[job.node or ""]) for job in done.jobs] == [(Outcome.OK, 1, "b")] * 3
    assert installation.workers["a"].wait(30) == 0
    pushed = service.wait(push)
    assert (pushed.outcome, names[pushed.job.node or ""]) == (Outcome.CHANGED, "a")
