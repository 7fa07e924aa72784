"""The client of programs that run on an event loop: the same names, awaited."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from ssl import SSLContext
from types import TracebackType
from typing import Self, Unpack

import httpx
from httpx_sse import EventSource

from netpulse_core.client import wire
from netpulse_core.client.answers import LoadedPlugin, OfferedDriver, OfferedRunbook, Readiness
from netpulse_core.client.audit import AsyncAuditTrail
from netpulse_core.client.checks import AsyncChecks
from netpulse_core.client.compliance import AsyncCompliance
from netpulse_core.client.configs import AsyncConfigs
from netpulse_core.client.files import AsyncFiles
from netpulse_core.client.freezes import AsyncFreezes
from netpulse_core.client.hooks import AsyncHooks
from netpulse_core.client.keys import AsyncKeys
from netpulse_core.client.listening import Away, Listener, refused
from netpulse_core.client.logins import AsyncLogins
from netpulse_core.client.scheduling import AsyncScheduling
from netpulse_core.client.templates import AsyncTemplates
from netpulse_core.client.tries import Tries
from netpulse_core.client.trust import trust
from netpulse_core.client.webhooks import AsyncWebhooks
from netpulse_core.client.windows import AsyncWindows, explain
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


class AsyncClient:
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
        self._http = httpx.AsyncClient(
            base_url=url,
            headers=wire.headers(key),
            timeout=timeout,
            verify=believed,
            transport=httpx.AsyncHTTPTransport(uds=uds, verify=believed) if uds else None,
        )
        self.keys = AsyncKeys(self._answer)
        self.logins = AsyncLogins(self._answer)
        self.freezes = AsyncFreezes(self._answer)
        self.windows = AsyncWindows(self._answer)
        self.checks = AsyncChecks(self._answer)
        self.compliance = AsyncCompliance(self._answer)
        self.configs = AsyncConfigs(self._answer)
        self.scheduling = AsyncScheduling(self._answer)
        self.templates = AsyncTemplates(self._answer)
        self.webhooks = AsyncWebhooks(self._answer)
        self.hooks = AsyncHooks(self._answer)
        self.audit = AsyncAuditTrail(self._answer)
        self.files = AsyncFiles(self._http, self._answer, self._address)

    def __repr__(self) -> str:
        return f"<client of {self._address}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of every connection."""
        await self._http.aclose()

    async def submit(self, request: RunRequest) -> Accepted:
        """Ask for a run; where no answer comes it is asked again, under one idempotency key: see `Unanswered`."""
        return await self._answer(wire.submit(request))

    async def run(self, run: str) -> Run:
        """Return one run."""
        return await self._answer(wire.run(run))

    async def runs(self, *, limit: int | None = None, **filters: Unpack[wire.Filters]) -> AsyncIterator[Run]:
        """Yield runs, newest first, at most `limit`; pages are asked for as they are needed."""
        before: str | int | None = None
        while limit is None or limit > 0:
            page = await self._answer(wire.runs(filters, wire.page_size(limit), before))
            for run in page.items:
                yield run
            limit, before = wire.rest(limit, page), page.next
            if before is None:
                return

    async def devices_of(self, run: str, outcome: Outcome | str | None = None) -> list[Job]:
        """Return a run's jobs in the order of the inventory."""
        jobs: list[Job] = []
        after: str | int | None = None
        while True:
            page = await self._answer(wire.jobs(run, outcome, after))
            jobs += page.items
            after = page.next
            run = jobs[0].run if jobs else run  # the last run may be another by the next page
            if after is None:
                return jobs

    async def job(self, run: str, device: str) -> Job:
        """Return a run's work on one device."""
        return await self._answer(wire.job(run, device))

    async def steps(self, run: str, device: str) -> list[Step]:
        """Return what one device answered."""
        return await self._answer(wire.steps(run, device))

    async def answer(self, run: str, device: str) -> tuple[Job, list[Step]]:
        """Return a run's work on one device, and what it answered, by one request."""
        return await self._answer(wire.answer(run, device))

    async def outputs(self, run: str) -> dict[str, list[Step]]:
        """Return what each device answered."""
        return await self._answer(wire.outputs(run))

    async def groups(self, run: str) -> list[OutputGroup]:
        """Return what the devices answered, those that said the same together."""
        return await self._answer(wire.groups(run))

    async def cancel(self, run: str, devices: Sequence[str] = (), *, queued_only: bool = False) -> Cancellation:
        """Cancel a run, some devices of it, or what of them is still queued; what has begun a change goes on."""
        return await self._answer(wire.cancel(run, devices, queued_only))

    async def rerun(self, asked: RerunRequest) -> Accepted:
        """Ask for a run once more on some of its devices; where no answer comes, again under one key."""
        if asked.run == LAST:  # which the rerun itself is, where its answer was lost
            asked = replace(asked, run=(await self.run(LAST)).id)
        return await self._answer(wire.rerun(asked))

    async def explain(self, run: str, device: str) -> Explanation:
        """Return why a run did to a device what it did: what selected it, and what happened to it when."""
        return await self._answer(explain(run, device))

    async def resolve(self, run: str, device: str, outcome: Outcome | str, reason: str) -> Job:
        """Say what a person found of a job in doubt, which frees the device."""
        return await self._answer(wire.resolve(run, device, outcome, reason))

    async def devices(self, target: str | None = None) -> list[Device]:
        """Return the devices a target means, or all of them."""
        return await self._answer(wire.devices(target))

    async def device(self, name: str) -> Device:
        """Return one device."""
        return await self._answer(wire.device(name))

    async def runbooks(self) -> list[OfferedRunbook]:
        """Return the runbooks on offer."""
        return await self._answer(wire.runbooks())

    async def runbook(self, name: str) -> OfferedRunbook:
        """Return one runbook."""
        return await self._answer(wire.runbook(name))

    async def plugins(self) -> list[LoadedPlugin]:
        """Return the plugins of the service's process."""
        return await self._answer(wire.plugins())

    async def drivers(self) -> list[OfferedDriver]:
        """Return the drivers on offer."""
        return await self._answer(wire.drivers())

    async def driver(self, name: str) -> OfferedDriver:
        """Return one driver."""
        return await self._answer(wire.driver(name))

    async def schedules(self) -> list[ScheduleStatus]:
        """Return the schedules the service knows."""
        return await self._answer(wire.schedules())

    async def schedule(self, name: str) -> ScheduleStatus:
        """Return one schedule."""
        return await self._answer(wire.schedule(name))

    async def nodes(self) -> list[Node]:
        """Return the workers."""
        return await self._answer(wire.nodes())

    async def sessions(self, node: str) -> NodeSessions:
        """Return the sessions of a living worker, named by its name or its id."""
        return await self._answer(wire.sessions(node))

    async def ready(self) -> Readiness:
        """Return whether the service can accept runs; one that cannot be reached raises."""
        response = await self._send(Tries(wire.ready(), self._address))
        return wire.readiness(response)

    def watch(self, run: str, after: int = 0, *, away: Away | None = None) -> AsyncIterator[Event]:
        """Yield a run's events as they come until it has finished, none lost or repeated over broken connections."""
        return self._listen(run, Listener(self._address, after, away=away))

    async def wait(self, run: str, timeout: float | None = None) -> Run:  # noqa: ASYNC109  as in Client
        """Return the run once it has finished, or as it is when the timeout has passed: see `finished`."""
        listener = Listener(self._address, 0, timeout=timeout)
        try:
            found = await self._answer(wire.run(run, listener.patience(self._timeout)))
        except ServiceError as error:
            if run == LAST or not listener.broke(error):  # by then, the last run may be another
                raise
        else:
            if found.finished or listener.over():
                return found
            run = found.id
            listener.heard()
        async for _ in self._listen(run, listener):
            pass
        return await self.run(run)

    async def _listen(self, run: str, listener: Listener) -> AsyncIterator[Event]:
        if run == LAST:  # after a broken connection it may be another
            run = (await self.run(LAST)).id
        while not listener.over():
            why: Exception | None = None
            try:
                async with self._http.stream(
                    "GET",
                    wire.events(run),
                    params=listener.params(),
                    headers=listener.headers(),
                    timeout=httpx.Timeout(self._timeout, read=listener.silence()),
                ) as response:
                    if not response.is_success:
                        await response.aread()
                        why = refused(response)
                    elif listener.answered(response):
                        async for message in EventSource(response).aiter_sse():
                            event = listener.event(message)
                            if event is not None:
                                yield event
            except httpx.TransportError as error:
                why = error
            if not listener.over():
                await asyncio.sleep(listener.pause(why))

    async def _answer[T](self, call: Call[T]) -> T:
        tries = Tries(call, self._address)
        return tries.answer(await self._send(tries))

    async def _send[T](self, tries: Tries[T]) -> httpx.Response:
        while True:
            try:
                return await self._http.request(**wire.request(tries.call))
            except httpx.TransportError as error:
                pause = tries.pause(error)
            await asyncio.sleep(pause)
