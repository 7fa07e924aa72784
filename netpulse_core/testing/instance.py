"""A whole NetPulse in the process of the tests: it runs runbooks on the devices of a site."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from netpulse_core import settings as configuration
from netpulse_core.controller import NetPulse
from netpulse_core.embedded.process import Embedded
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Job, Problem, RunRequest, Step

WITHIN = 60.0


@dataclass(frozen=True, kw_only=True)
class DoneOnDevice:
    """What became of a run on one device."""

    device: str
    outcome: Outcome | None
    steps: Sequence[Step]
    problem: Problem | None
    """What went wrong, and what to do next; None where nothing did."""

    @property
    def result(self) -> Any:
        """What the last step brought: text, or JSON data."""
        return self.steps[-1].body if self.steps else None


@dataclass(frozen=True, kw_only=True)
class Done:
    """A run that has ended: `done["leaf1"]` is one device of it, and a run on one device is asked as if it were it."""

    run: str
    verdict: Verdict | None
    devices: Mapping[str, DoneOnDevice] = field(default_factory=dict)

    def __getitem__(self, device: str) -> DoneOnDevice:
        return self.devices[device]

    @property
    def only(self) -> DoneOnDevice:
        """Its only device; raises ValueError where there are more."""
        (one,) = self.devices.values()
        return one

    @property
    def outcome(self) -> Outcome | None:
        """The outcome on its only device."""
        return self.only.outcome

    @property
    def steps(self) -> Sequence[Step]:
        """The steps on its only device."""
        return self.only.steps

    @property
    def problem(self) -> Problem | None:
        """What went wrong on its only device."""
        return self.only.problem

    @property
    def result(self) -> Any:
        """What the last step on its only device brought."""
        return self.only.result


class Instance:
    """A running NetPulse: a controller, a worker, and its REST service on a port of its own."""

    def __init__(self, embedded: Embedded) -> None:
        self.controller: NetPulse = embedded.netpulse
        self.url = embedded.url
        self.key = embedded.key

    def run(self, runbook: str, target: str, *, within: float = WITHIN, **parameters: Any) -> Done:
        """Run a runbook on the devices a target means and return what became of it; raise TimeoutError where it lasts.

        What is refused raises as it does for everybody: NotFound, InvalidParameters, Refused.
        """
        asked = RunRequest(runbook=runbook, target=target, parameters=parameters, deadline=3600.0)
        run = self.controller.submit(asked, LOCAL).run
        until = time.monotonic() + within
        for _ in self.controller.watch(run, stopped=lambda: time.monotonic() > until):
            pass
        jobs = self.controller.jobs(run)
        if not self.controller.get(run).finished:
            where = ", ".join(f"{job.device} {job.state.value} {job.waiting_for}".rstrip() for job in jobs)
            raise TimeoutError(f"{runbook} on {target} did not end within {within:g} s: {where}")
        return Done(run=run, verdict=self.controller.get(run).verdict, devices=self._devices(run, jobs))

    def told(self, *, within: float = WITHIN) -> None:
        """Return once plugins were told of all that has happened; raise TimeoutError where that lasts."""
        until = time.monotonic() + within
        observers, names = self.controller.ledger.observers, self.controller.plugins.implementers("observe")
        while waiting := observers.waiting(names):
            if time.monotonic() > until:
                raise TimeoutError(f"not told of everything within {within:g} s: {', '.join(waiting)}")
            time.sleep(0.02)

    def http(self) -> httpx.Client:
        """Return a client of the REST service that carries the key of an administrator."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=30)

    def _devices(self, run: str, jobs: Sequence[Job]) -> dict[str, DoneOnDevice]:
        steps = self.controller.steps(run)
        return {
            job.device: DoneOnDevice(
                device=job.device, outcome=job.outcome, steps=steps.get(job.device, ()), problem=job.problem
            )
            for job in jobs
        }


@contextmanager
def running(site: Path, **settings: Any) -> Iterator[Instance]:
    """Run a site until left, on loopback, with a ledger in its own folder: nothing of the caller's own is touched."""
    own: dict[str, Any] = {"host": "127.0.0.1", "broker": "", "ledger": "", "files_folder": None, "grace": 10.0}
    loaded = configuration.load(site, **{**own, **settings})
    with Embedded(loaded, port=0, scheduler=False) as embedded:
        yield Instance(embedded)
