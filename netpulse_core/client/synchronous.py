"""The client of scripts and of the command line."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from ssl import SSLContext
from types import TracebackType
from typing import Self, Unpack

import httpx
from httpx_sse import EventSource

from netpulse_core.client import wire
from netpulse_core.client.answers import LoadedPlugin, OfferedDriver, OfferedRunbook, Readiness
from netpulse_core.client.audit import AuditTrail
from netpulse_core.client.checks import Checks
from netpulse_core.client.compliance import Compliance
from netpulse_core.client.configs import Configs
from netpulse_core.client.files import Files
from netpulse_core.client.freezes import Freezes
from netpulse_core.client.hooks import Hooks
from netpulse_core.client.keys import Keys
from netpulse_core.client.listening import Away, Listener, refused
from netpulse_core.client.logins import Logins
from netpulse_core.client.scheduling import Scheduling
from netpulse_core.client.templates import Templates
from netpulse_core.client.tries import Tries
from netpulse_core.client.trust import trust
from netpulse_core.client.webhooks import Webhooks
from netpulse_core.client.windows import Windows, explain
from netpulse_core.client.wire import Call
from netpulse_core.errors import ServiceError
from netpulse_core.model.device import Device
from netpulse_core.model.event import Event
from netpulse_core.model.explanation import Explanation
from netpulse_core.model.node import Node
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import LAST, Accepted, Job, OutputGroup, RerunRequest, Run, RunRequest, Step
from netpulse_core.model.schedule import ScheduleStatus
from netpulse_core.model.session import NodeSessions
from netpulse_core.model.stopping import Cancellation


class Client:
    """A NetPulse service, asked over REST; raises the errors the service raised.

    `uds` is the path of a Unix socket to ask through, and `verify` believes other certificates than the system does.
    `run` may be `last` wherever a run is named.
    """

    def __init__(
        self, url: str, key: str, *, timeout: float = 30.0, uds: str | None = None, verify: SSLContext | None = None
    ) -> None:
        self._address = uds or url
        self._timeout = timeout
        believed = trust(wire.address(url), verify)
        self._http = httpx.Client(
            base_url=url,
            headers=wire.headers(key),
            timeout=timeout,
            verify=believed,
            transport=httpx.HTTPTransport(uds=uds, verify=believed) if uds else None,
        )
        self.keys = Keys(self._answer)
        self.logins = Logins(self._answer)
        self.freezes = Freezes(self._answer)
        self.windows = Windows(self._answer)
        self.checks = Checks(self._answer)
        self.compliance = Compliance(self._answer)
        self.configs = Configs(self._answer)
        self.scheduling = Scheduling(self._answer)
        self.templates = Templates(self._answer)
        self.webhooks = Webhooks(self._answer)
        self.hooks = Hooks(self._answer)
        self.audit = AuditTrail(self._answer)
        self.files = Files(self._http, self._answer, self._address)

    def __repr__(self) -> str:
        return f"<client of {self._address}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every connection."""
        self._http.close()

    def submit(self, request: RunRequest) -> Accepted:
        """Ask for a run; where no answer comes it is asked again, under one idempotency key: see `Unanswered`."""
        return self._answer(wire.submit(request))

    def run(self, run: str) -> Run:
        """Return one run."""
        return self._answer(wire.run(run))

    def runs(self, *, limit: int | None = None, **filters: Unpack[wire.Filters]) -> Iterator[Run]:
        """Yield runs, newest first, at most `limit`; pages are asked for as they are needed."""
        before: str | int | None = None
        while limit is None or limit > 0:
            page = self._answer(wire.runs(filters, wire.page_size(limit), before))
            yield from page.items
            limit, before = wire.rest(limit, page), page.next
            if before is None:
                return

    def devices_of(self, run: str, outcome: Outcome | str | None = None) -> list[Job]:
        """Return a run's jobs in the order of the inventory."""
        jobs: list[Job] = []
        after: str | int | None = None
        while True:
            page = self._answer(wire.jobs(run, outcome, after))
            jobs += page.items
            after = page.next
            run = jobs[0].run if jobs else run  # the last run may be another by the next page
            if after is None:
                return jobs

    def job(self, run: str, device: str) -> Job:
        """Return a run's work on one device."""
        return self._answer(wire.job(run, device))

    def steps(self, run: str, device: str) -> list[Step]:
        """Return what one device answered."""
        return self._answer(wire.steps(run, device))

    def answer(self, run: str, device: str) -> tuple[Job, list[Step]]:
        """Return a run's work on one device, and what it answered, by one request."""
        return self._answer(wire.answer(run, device))

    def outputs(self, run: str) -> dict[str, list[Step]]:
        """Return what each device answered."""
        return self._answer(wire.outputs(run))

    def groups(self, run: str) -> list[OutputGroup]:
        """Return what the devices answered, those that said the same together."""
        return self._answer(wire.groups(run))

    def cancel(self, run: str, devices: Sequence[str] = (), *, queued_only: bool = False) -> Cancellation:
        """Cancel a run, some devices of it, or what of them is still queued; what has begun a change goes on."""
        return self._answer(wire.cancel(run, devices, queued_only))

    def rerun(self, asked: RerunRequest) -> Accepted:
        """Ask for a run once more on some of its devices; where no answer comes, again under one key."""
        if asked.run == LAST:  # which the rerun itself is, where its answer was lost
            asked = replace(asked, run=self.run(LAST).id)
        return self._answer(wire.rerun(asked))

    def explain(self, run: str, device: str) -> Explanation:
        """Return why a run did to a device what it did: what selected it, and what happened to it when."""
        return self._answer(explain(run, device))

    def resolve(self, run: str, device: str, outcome: Outcome | str, reason: str) -> Job:
        """Say what a person found of a job in doubt, which frees the device."""
        return self._answer(wire.resolve(run, device, outcome, reason))

    def devices(self, target: str | None = None) -> list[Device]:
        """Return the devices a target means, or all of them."""
        return self._answer(wire.devices(target))

    def device(self, name: str) -> Device:
        """Return one device."""
        return self._answer(wire.device(name))

    def runbooks(self) -> list[OfferedRunbook]:
        """Return the runbooks on offer."""
        return self._answer(wire.runbooks())

    def runbook(self, name: str) -> OfferedRunbook:
        """Return one runbook."""
        return self._answer(wire.runbook(name))

    def plugins(self) -> list[LoadedPlugin]:
        """Return the plugins of the service's process."""
        return self._answer(wire.plugins())

    def drivers(self) -> list[OfferedDriver]:
        """Return the drivers on offer."""
        return self._answer(wire.drivers())

    def driver(self, name: str) -> OfferedDriver:
        """Return one driver."""
        return self._answer(wire.driver(name))

    def schedules(self) -> list[ScheduleStatus]:
        """Return the schedules the service knows."""
        return self._answer(wire.schedules())

    def schedule(self, name: str) -> ScheduleStatus:
        """Return one schedule."""
        return self._answer(wire.schedule(name))

    def nodes(self) -> list[Node]:
        """Return the workers."""
        return self._answer(wire.nodes())

    def sessions(self, node: str) -> NodeSessions:
        """Return the sessions of a living worker, named by its name or its id."""
        return self._answer(wire.sessions(node))

    def ready(self) -> Readiness:
        """Return whether the service can accept runs; one that cannot be reached raises."""
        response = self._send(Tries(wire.ready(), self._address))
        return wire.readiness(response)

    def watch(self, run: str, after: int = 0, *, away: Away | None = None) -> Iterator[Event]:
        """Yield a run's events as they come until it has finished, none lost or repeated over broken connections."""
        return self._listen(run, Listener(self._address, after, away=away))

    def wait(self, run: str, timeout: float | None = None) -> Run:
        """Return the run once it has finished, or as it is when the timeout has passed: see `finished`."""
        listener = Listener(self._address, 0, timeout=timeout)
        try:
            found = self._answer(wire.run(run, listener.patience(self._timeout)))
        except ServiceError as error:
            if run == LAST or not listener.broke(error):  # by then, the last run may be another
                raise
        else:
            if found.finished or listener.over():
                return found
            run = found.id
            listener.heard()
        for _ in self._listen(run, listener):
            pass
        return self.run(run)

    def _listen(self, run: str, listener: Listener) -> Iterator[Event]:
        if run == LAST:  # after a broken connection it may be another
            run = self.run(LAST).id
        while not listener.over():
            why: Exception | None = None
            try:
                with self._http.stream(
                    "GET",
                    wire.events(run),
                    params=listener.params(),
                    headers=listener.headers(),
                    timeout=httpx.Timeout(self._timeout, read=listener.silence()),
                ) as response:
                    if not response.is_success:
                        response.read()
                        why = refused(response)
                    elif listener.answered(response):
                        for message in EventSource(response).iter_sse():
                            event = listener.event(message)
                            if event is not None:
                                yield event
            except httpx.TransportError as error:
                why = error
            if not listener.over():
                time.sleep(listener.pause(why))

    def _answer[T](self, call: Call[T]) -> T:
        tries = Tries(call, self._address)
        return tries.answer(self._send(tries))

    def _send[T](self, tries: Tries[T]) -> httpx.Response:
        while True:
            try:
                return self._http.request(**wire.request(tries.call))
            except httpx.TransportError as error:
                pause = tries.pause(error)
            time.sleep(pause)
