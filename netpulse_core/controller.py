"""NetPulse as its users hold it: it accepts, records, rings and answers, and never touches a device."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Self

from ulid import ULID

from netpulse_core import settings as configuration
from netpulse_core.broker.broker import FIFO, Broker
from netpulse_core.broker.memory import MemoryBroker
from netpulse_core.broker.redis import RedisBroker
from netpulse_core.errors import InvalidParameters, NetPulseError, NotFound, Refused
from netpulse_core.files import File
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.site import Site
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.runs import recalled
from netpulse_core.model.caller import Caller
from netpulse_core.model.device import Device
from netpulse_core.model.event import Event, EventKind
from netpulse_core.model.node import Node
from netpulse_core.model.outcome import DOUBTFUL, Outcome
from netpulse_core.model.run import PRIORITIES, Accepted, Job, NewRun, OutputGroup, Run, RunRequest, Step
from netpulse_core.model.runbook import Queue
from netpulse_core.model.schedule import Schedule
from netpulse_core.settings import Settings
from netpulse_core.text.service import Text

log = logging.getLogger(__name__)

LAST = "last"
"""What a person may write instead of the id of the run accepted last."""

LOOK_AGAIN = 2.0
"""Seconds after which a watcher reads the ledger although nobody said there was news."""

LONGEST_KEY = 200
LONGEST_DEADLINE = 30 * 86400.0


class NetPulse:
    """One site's controller."""

    def __init__(self, *, settings: Settings, site: Site, plugins: Plugins, ledger: Ledger, broker: Broker) -> None:
        self.settings = settings
        self.site = site
        self.plugins = plugins
        self.ledger = ledger
        self.broker = broker
        self.text = Text(settings, site)

    @classmethod
    def open(cls, site: Path | Settings) -> Self:
        """Open a site; a ledger that is newer or older than this program is refused, an embedded one is brought up."""
        settings = site if isinstance(site, Settings) else configuration.load(site)
        key = configuration.secret_key(settings)
        plugins = Plugins.load(settings)
        found = Site.load(settings, plugins.prepare_inventory)
        settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        broker: Broker = MemoryBroker() if settings.embedded else RedisBroker(settings.broker, key)
        ledger = Ledger(settings.ledger_url, pepper=key, files=settings.files_folder)
        try:
            if settings.embedded:
                ledger.upgrade()
            ledger.require_current()
        except BaseException:
            ledger.close()
            raise
        return cls(settings=settings, site=found, plugins=plugins, ledger=ledger, broker=broker)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the ledger, the broker and the processes of text."""
        self.text.close()
        self.broker.close()
        self.ledger.close()

    def submit(self, request: RunRequest, caller: Caller) -> Accepted:
        """Accept a request or raise why not; once this returns, the run is recorded."""
        run = self._repeated(request, caller)
        if run is None:
            new = self.prepared(request, caller)
            run, created = self.ledger.runs.accept(new)
            if created:
                self.announce(new)
                return Accepted(run=run, devices=len(new.devices), created=True)
        return Accepted(run=run, devices=self.ledger.runs.get(run).devices, created=False)

    def prepared(self, request: RunRequest, caller: Caller, *, schedule: str | None = None) -> NewRun:
        """Ask every question a request must answer before it is recorded; nothing is touched yet."""
        runbook = self.plugins.runbook(request.runbook)
        parameters = runbook.validated(request.parameters)
        _check_bounds(request)
        devices = runbook.fitting(self.site.select(request.target))
        if refusals := self.plugins.refusals(request, runbook, devices, caller):
            raise Refused("; ".join(refusals), hint="nothing was recorded, and nothing sent")
        files: list[File] = []
        pinned = runbook.with_files(parameters, lambda file: self._kept(file, files))
        return NewRun(
            id=str(ULID()).lower(),
            runbook=runbook.name,
            target=request.target,
            parameters=pinned,
            files=tuple(file.sha256 for file in files),
            changes=runbook.changes,
            queue=runbook.queue,
            timeout=runbook.timeout,
            attempts=runbook.attempts,
            priority=request.priority,
            deadline=request.deadline,
            caller=caller.name,
            revision=self.site.revision,
            idempotency_key=request.idempotency_key,
            fingerprint=f"{_hash(request)} {_hash(replace(request, parameters=parameters))}",
            schedule=schedule,
            devices=tuple((device.name, device.key) for device in devices),
        )

    def announce(self, new: NewRun) -> None:
        """Place the devices of a recorded run and ring who owns them; lost, it costs a sweep.

        Nothing is raised: the run is recorded, and whoever heard otherwise would ask for it a second time.
        """
        log.info("run %s: %s on %d devices, asked for by %s", new.id, new.runbook, len(new.devices), new.caller)
        keys = list(dict.fromkeys(key for _, key in new.devices))
        try:
            if new.queue is Queue.NODE:
                self._place(keys)
            self.broker.ring(self.ledger.nodes.owners(keys) if new.queue is Queue.NODE else {FIFO: keys})
        except NetPulseError as error:
            log.warning("run %s waits for the workers' next sweep: %s", new.id, error)
        self.broker.tell([new.id])

    def preview(self, target: str) -> Sequence[Device]:
        """Return the devices a target expression selects."""
        return self.site.select(target)

    def get(self, run: str) -> Run:
        """Return one run; `last` is the one accepted last."""
        return self.ledger.runs.get(self.named(run))

    def named(self, run: str) -> str:
        """Return the id a person means by `last`, or the id itself."""
        if run != LAST:
            return run
        latest = self.ledger.runs.latest()
        if latest is None:
            raise NotFound("run", run, hint="there is none yet: `netpulse run send_commands ...`")
        return latest.id

    def runs(self, **filters: Any) -> Sequence[Run]:
        """Return runs, newest first; filters as in `ledger.runs.page`."""
        return self.ledger.runs.page(**filters)

    def jobs(self, run: str, **filters: Any) -> Sequence[Job]:
        """Return the jobs of a run; filters as in `ledger.jobs.of_run`."""
        return self.ledger.jobs.of_run(self.get(run).id, **filters)

    def steps(self, run: str, device: str | None = None) -> Mapping[str, Sequence[Step]]:
        """Return the outputs of a run by device."""
        return self.ledger.jobs.steps(self.get(run).id, device)

    def groups(self, run: str) -> Sequence[OutputGroup]:
        """Return the outputs of a run, devices that said the same together."""
        return self.ledger.jobs.groups(self.get(run).id)

    def cancel(self, run: str, caller: Caller) -> int:
        """Cancel what is still queued of a run and return how many jobs that were."""
        run = self.named(run)
        cancelled = self.ledger.runs.cancel(run, caller.name)
        self.broker.tell([run])
        return cancelled

    def resolve(self, run: str, device: str, outcome: Outcome, reason: str, caller: Caller) -> None:
        """Record what a person found of a job in doubt, which frees the device."""
        if outcome in DOUBTFUL:
            raise InvalidParameters("resolve", [f"{outcome.value!r} is what it is now: say what the device shows"])
        if not reason.strip():
            raise InvalidParameters("resolve", ["reason is empty: it is what the next person will read"])
        run = self.named(run)
        self.ledger.reaping.resolve(run, device, outcome, caller.name, reason)
        self.broker.tell([run])

    def events(self, run: str, after: int = 0) -> Sequence[Event]:
        """Return what happened to a run after event number `after`."""
        return self.ledger.outbox.after(self.named(run), after)

    def watch(
        self, run: str, after: int = 0, *, stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[Sequence[Event]]:
        """Yield a run's events in batches as they come, until it has finished; an empty batch says that time passed."""
        run, seen = self.get(run).id, 0
        while not stopped():
            batch = self.ledger.outbox.after(run, after)
            if batch:
                after = batch[-1].number
                yield batch
                if batch[-1].kind is EventKind.RUN_FINISHED:
                    return
                continue
            if self.ledger.runs.get(run).finished and not self.ledger.outbox.after(run, after):
                return
            before, seen = seen, self.broker.wait(run, seen, LOOK_AGAIN)
            if seen == before:
                # Without a living worker nobody else ends what waited past its deadline.
                self.broker.tell(self.ledger.reaping.expire())
            yield ()

    def nodes(self) -> Sequence[Node]:
        """Return living nodes and those that ended lately."""
        return self.ledger.nodes.recent()

    def fire(self, schedule: Schedule, due_at: float) -> str | None:
        """Record one due time of a schedule with its run, once for ever; None says that it was recorded before."""
        caller = Caller(name=f"schedule:{schedule.name}", role="service")
        try:
            new: NewRun | NetPulseError = self.prepared(schedule.request, caller, schedule=schedule.name)
        except NetPulseError as error:
            new = error

        def accept(transaction: Any) -> str:
            if isinstance(new, NetPulseError):
                raise new
            return self.ledger.runs.accept(new, within=transaction)[0]

        run = self.ledger.schedules.fire(schedule.name, due_at, accept)
        if run and isinstance(new, NewRun):
            self.announce(new)
        return run

    def _repeated(self, request: RunRequest, caller: Caller) -> str | None:
        """Return the run that this request became before, although it might be refused or mean another today."""
        key = request.idempotency_key
        known = self.ledger.runs.under_key(caller.name, key) if key is not None and _is_key(key) else None
        if key is None or known is None:
            return None
        fingerprint = _hash(request)
        with suppress(Exception):  # the plugin-call boundary: the runbook may be gone, and its validators are not ours
            parameters = self.plugins.runbook(request.runbook).validated(request.parameters)
            fingerprint += f" {_hash(replace(request, parameters=parameters))}"
        return recalled(known, key, fingerprint)

    def _kept(self, wanted: File, found: list[File]) -> File:
        found.append(self.ledger.files.resolved(wanted))
        return found[-1]

    def _place(self, keys: Sequence[str]) -> None:
        unplaced = self.ledger.nodes.unplaced(keys, self.site.revision)
        if not unplaced:
            return
        able = (node for node in self.nodes() if node.alive and not node.draining and not node.fifo_only)
        nodes = {node.id: node for node in able if node.revision == self.site.revision}
        wanted: dict[str, str] = {}
        for key in unplaced if nodes else ():
            try:
                chosen = self.plugins.place(key, list(nodes.values()))
            except NetPulseError as error:
                log.warning("%s is left to the workers' next sweep: %s", key, error)
                continue
            if chosen in nodes:
                wanted[key] = chosen
                nodes[chosen] = replace(nodes[chosen], devices=nodes[chosen].devices + 1)
        self.ledger.nodes.place(wanted)


def _check_bounds(request: RunRequest) -> None:
    problems = []
    if request.priority not in PRIORITIES:
        problems.append(f"priority {request.priority} is not within {PRIORITIES[0]} and {PRIORITIES[-1]}")
    if not 0 < request.deadline <= LONGEST_DEADLINE:
        problems.append(f"deadline {request.deadline:g} is not within 0 and {LONGEST_DEADLINE:g} seconds")
    if request.idempotency_key is not None and not _is_key(request.idempotency_key):
        problems.append(f"idempotency_key is not 1 to {LONGEST_KEY} printable characters")
    if problems:
        raise InvalidParameters("request", problems)


def _is_key(key: str) -> bool:
    return 0 < len(key) <= LONGEST_KEY and key.isprintable()


def _hash(request: RunRequest) -> str:
    """Return a hash of what is asked, empty where that is not JSON: an object's own words are not what it holds."""
    said = {field.name: getattr(request, field.name) for field in fields(request) if field.name != "idempotency_key"}
    try:
        text = json.dumps(said | {"parameters": dict(request.parameters)}, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return ""
    return hashlib.sha256(text.encode()).hexdigest()
