"""A whole NetPulse over a lab: a site, its ledger and one node; and a run as its tests look at it."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.lab import Device, Lab, write_inventory
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.event import Event, EventKind
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Job, RunRequest, Step
from netpulse_core.model.state import JobState
from netpulse_core.worker import hands, node
from netpulse_core.worker.node import Node
from tests.ledger.lawful import guard

SECRET = 'p"ss\\w0rd!ä'
"""The lab's password, of the characters that JSON and repr write otherwise."""

VARIABLE = "NETPULSE_TEST_PASSWORD"
TEMPLATES = {
    "hello.j2": "{{ greeting }} {{ name }} {{ host.platform }} {{ mood }}\n",
    "hello.textfsm": "Value GREETING (\\w+)\nValue NAME (leaf\\d)\n\n"
    "Start\n  ^${GREETING} ${NAME} -> Record\n  ^. -> Error\n",
}
PLUGINS = sorted(Path(__file__).parent.glob("plugin*.py"))


def write_site(lab: Lab, folder: Path) -> Path:
    """Write a site of the lab's devices, with the runbooks of `plugin*.py`."""
    write_inventory(lab, folder / "inventory", password=f"env:{VARIABLE}")
    (folder / "plugins").mkdir(exist_ok=True)
    (folder / "templates").mkdir(exist_ok=True)
    for name, text in TEMPLATES.items():
        (folder / "templates" / name).write_text(text)
    for plugin in PLUGINS:
        shutil.copy(plugin, folder / "plugins" / f"tests_{plugin.name}")
    return folder


class Done:
    """A run that has finished, or is in doubt."""

    def __init__(self, netpulse: NetPulse, run: str) -> None:
        self.id = run
        self.jobs: Sequence[Job] = netpulse.jobs(run)
        self.verdict: Verdict | None = netpulse.get(run).verdict
        self.events: Sequence[Event] = netpulse.events(run)
        self.all_steps = netpulse.steps(run)

    @property
    def job(self) -> Job:
        """Its only job."""
        (job,) = self.jobs
        return job

    @property
    def steps(self) -> Sequence[Step]:
        """The steps of its only job."""
        return self.all_steps.get(self.job.device, [])

    @property
    def outcome(self) -> Outcome | None:
        """Its only job's outcome: the same in the ledger as in the event that told it."""
        kinds = (EventKind.JOB_FINISHED, EventKind.JOB_IN_DOUBT)
        (told,) = [event for event in self.events if event.kind in kinds]
        job = self.job
        assert job.outcome is not None
        assert told.body["outcome"] == job.outcome.value
        assert told.body["problem"] == (vars_of(job.problem) if job.problem else None)
        return job.outcome

    @property
    def message(self) -> str:
        """What its only job says went wrong."""
        return self.job.problem.message if self.job.problem else ""

    @property
    def everything(self) -> str:
        """All that was recorded of it, as text."""
        return repr((self.jobs, self.events, self.all_steps))


def vars_of(problem: Any) -> dict[str, str]:
    return {"kind": problem.kind, "message": problem.message, "hint": problem.hint}


class Service:
    """An open site with a node at work."""

    def __init__(self, netpulse: NetPulse, node: Node, lab: Lab) -> None:
        self.netpulse = netpulse
        self.node = node
        self.lab = lab

    def submit(self, runbook: str, target: str = "leaf1", *, deadline: float = 60.0, **parameters: Any) -> str:
        request = RunRequest(runbook=runbook, target=target, parameters=parameters, deadline=deadline)
        return self.netpulse.submit(request, LOCAL).run

    def wait(self, run: str, within: float = 20.0) -> Done:
        until = time.monotonic() + within
        for _ in self.netpulse.watch(run, stopped=lambda: time.monotonic() > until):
            pass
        assert self.netpulse.get(run).finished, f"not finished: {self.netpulse.jobs(run)}"
        return Done(self.netpulse, run)

    def run(self, runbook: str, target: str = "leaf1", *, within: float = 20.0, **asked: Any) -> Done:
        return self.wait(self.submit(runbook, target, **asked), within)

    def state(self, run: str) -> JobState:
        (job,) = self.netpulse.jobs(run)
        return job.state


@contextmanager
def serving(lab: Lab, folder: Path, **values: Any) -> Iterator[Service]:
    """Run a site with one node; `values` are settings."""
    with at_work(lab, write_site(lab, folder), **values) as service:
        yield service


@contextmanager
def at_work(lab: Lab, folder: Path, **values: Any) -> Iterator[Service]:
    """Run a site that was written already."""
    loaded = settings.load(folder, **{"grace": 5.0, "slots": 8, "secret_cache": 0.0, **values})
    with NetPulse.open(loaded) as netpulse:
        guard(netpulse.ledger)
        worker = Node(netpulse)
        worker.start()
        try:
            yield Service(netpulse, worker, lab)
        finally:
            worker.stop()


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sweep more often and give runbooks less overtime than in life."""
    monkeypatch.setattr(node, "SWEEP", 0.2)
    monkeypatch.setattr(hands, "OVERTIME", 0.7)


def as_delivered(device: Device) -> None:
    """Bring a device back to how the lab made it, no session open."""
    device.faults.heal()
    device.hang_up()
    assert device.journal.wait_until_idle()
    device.machine.startup = device.machine.initial
    device.machine.reload()
    device.journal.clear()


def eventually(true: Callable[[], Any], within: float = 10.0) -> None:
    """Return once it is true."""
    until = time.monotonic() + within
    while not true():
        assert time.monotonic() < until, "it never came true"
        threading.Event().wait(0.01)
