"""NetPulse as its users hold it: it accepts, records, rings and answers, and never touches a device."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from netpulse_core import settings as configuration
from netpulse_core.broker.broker import FIFO, Broker
from netpulse_core.broker.memory import MemoryBroker
from netpulse_core.broker.redis import RedisBroker
from netpulse_core.compliance.catalogue import Catalogue
from netpulse_core.controller import named, transport
from netpulse_core.controller.acceptance import Acceptance
from netpulse_core.controller.access import Access
from netpulse_core.controller.compliance import Compliance
from netpulse_core.controller.configs import Configs
from netpulse_core.controller.explaining import Explaining
from netpulse_core.controller.filing import Filing
from netpulse_core.controller.firing import Firing
from netpulse_core.controller.freezing import LONGEST_REASON, Freezing
from netpulse_core.controller.hooking import Hooking
from netpulse_core.controller.keeping import ledger_of
from netpulse_core.controller.keyring import Keyring
from netpulse_core.controller.placing import Placing
from netpulse_core.controller.references import References
from netpulse_core.controller.repeating import Repeating
from netpulse_core.controller.roles import commands_of, roles_of
from netpulse_core.controller.windowing import Windowing
from netpulse_core.errors import InvalidParameters, NetPulseError, NotFound, ServiceError
from netpulse_core.failpoints import Point, reached
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.site import Site
from netpulse_core.keyfile import secret_key, state_folder
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.outbox import AT_ONCE
from netpulse_core.ledger.runfiles import RunFiles
from netpulse_core.ledger.runs import Sight
from netpulse_core.model.caller import Caller
from netpulse_core.model.device import Device
from netpulse_core.model.event import Event, EventKind
from netpulse_core.model.node import Node
from netpulse_core.model.outcome import DOUBTFUL, Outcome
from netpulse_core.model.roles import Permission
from netpulse_core.model.run import LAST, Accepted, Job, NewRun, OutputGroup, RerunRequest, Run, RunRequest, Step
from netpulse_core.model.runbook import Queue
from netpulse_core.model.stopping import Cancellation
from netpulse_core.model.text import device_count
from netpulse_core.settings import Settings
from netpulse_core.text.service import Text

log = logging.getLogger(__name__)

LOOK_AGAIN = 2.0
"""Seconds after which a watcher reads the ledger although nobody said there was news."""


class NetPulse:
    """One site's controller."""

    def __init__(self, *, settings: Settings, site: Site, plugins: Plugins, ledger: Ledger, broker: Broker) -> None:
        self.settings = settings
        self.site = site
        self.plugins = plugins
        self.ledger = ledger
        self.broker = broker
        self.checks = Catalogue.of(settings.site, plugins, site)
        self.text = Text(settings, site)
        roles = roles_of(settings)
        commands = commands_of(settings, roles)
        self.access = Access(site.select, site.kept, site.narrowed, roles, commands, ledger.audit, ledger.runs)
        self.configs = Configs(ledger.backups, self.access)
        self.compliance = Compliance(site, self.checks, ledger, self.access)
        self.keyring = Keyring(ledger.keys, self.access)
        self.windowing = Windowing(site, ledger)
        self.explaining = Explaining(site, ledger, self.windowing)
        self.filing = Filing(ledger.files, RunFiles(ledger.database, ledger.runs), self.access)
        self.references = References.of(settings, self.access)
        self._acceptance = Acceptance(
            site,
            plugins,
            ledger,
            self.access,
            self.windowing,
            self.filing,
            self.references,
            most_values=settings.max_parameters,
            confirm_above=settings.confirm_above,
        )
        self.prepared = self._acceptance.prepared
        """Asks every question a request must answer before it is recorded."""
        self.tried = self._acceptance.unrecorded().prepared
        """Asks the same of what nobody means to run, and records no refusal."""
        self._repeating = Repeating(self._acceptance, self._accepted, self._known)
        self.freezing = Freezing(site, ledger, broker, self.access)
        self.firing = Firing(self)
        self.hooking = Hooking(self)
        names = {device.key: device.name for device in site.devices.values()}
        self.placing = Placing(ledger.nodes, plugins, site.revision, names)

    @classmethod
    def open(cls, site: Path | Settings) -> Self:
        """Open a site; a ledger that is newer or older than this program is refused, an embedded one is brought up."""
        settings = site if isinstance(site, Settings) else configuration.load(site)
        transport.examine(settings)
        named.require_files(settings)
        state_folder(settings)
        key = secret_key(settings)
        plugins = Plugins.load(settings)
        found = Site.load(settings, plugins.prepare_inventory)
        broker: Broker = MemoryBroker() if settings.embedded else RedisBroker(settings.broker, key)
        ledger = ledger_of(settings, key)
        try:
            if settings.embedded:
                ledger.upgrade()
            ledger.require_current()
            return cls(settings=settings, site=found, plugins=plugins, ledger=ledger, broker=broker)
        except BaseException:
            ledger.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the ledger, the broker and the processes of text."""
        self.text.close()
        self.broker.close()
        self.ledger.close()

    def submit(self, request: RunRequest, caller: Caller, *, schedule: str | None = None) -> Accepted:
        """Accept a request or raise why not; once this returns, the run is recorded.

        `schedule` is the name of the one a person asks to run now; it neither fires nor counts by that.
        """
        with self.ledger.audit.refusals(caller.name, "run.refused", request.runbook, target=request.target):
            try:
                return self._accepted(self.prepared(request, caller, schedule=schedule))
            except Exception as error:  # the plugin-call boundary: a runbook's validators are not ours
                # What was accepted once may be refused today, or mean something else.
                run = None if isinstance(error, ServiceError) else self._acceptance.repeated(request, caller)
                if run is None:
                    raise
                return self._known(run)

    def _accepted(self, new: NewRun) -> Accepted:
        recorded = self.ledger.runs.accept(new)
        if not recorded.new:
            return self._known(recorded.run)
        reached(Point.ACCEPTED)
        self.announce(new, recorded.owners)
        waits = recorded.may_wait or new.override_window is not None
        notes = self.freezing.notes(new.id, len(new.devices)) + self.windowing.notes(new) if waits else ()
        return Accepted(run=recorded.run, devices=len(new.devices), created=True, notes=notes)

    def _known(self, run: str) -> Accepted:
        return Accepted(run=run, devices=self.ledger.runs.get(run).devices, created=False)

    def rerun(self, asked: RerunRequest, caller: Caller) -> Accepted:
        """Ask for a run once more on some of its devices, with the parameters, files and limits it had."""
        run = self.seen(asked.run, caller)
        with self.ledger.audit.refusals(caller.name, "run.refused", run):
            return self._repeating.rerun(replace(asked, run=run), caller)

    def announce(self, new: NewRun, owners: Mapping[str, str] | None = None) -> None:
        """Have workers take up a recorded run; `owners` are the nodes of its devices, where they were just read.

        Nothing is raised: the run is recorded, and whoever heard otherwise would ask for it a second time.
        """
        log.info("run %s: %s on %s, asked for by %s", new.id, new.runbook, device_count(len(new.devices)), new.caller)
        self.call_for(new.queue, list(dict.fromkeys(key for _, key in new.devices)), owners=owners)
        self.broker.tell([new.id])

    def call_for(
        self,
        queue: Queue,
        keys: Sequence[str],
        otherwise: str | None = None,
        *,
        owners: Mapping[str, str] | None = None,
    ) -> None:
        """Place devices that have work in this queue and ring who owns them; lost, it costs a sweep.

        What no plugin places goes to the node `otherwise`. `owners` are their nodes, where they were just read.
        """
        if not keys:
            return
        try:
            self.broker.ring(self.placing.owners(keys, otherwise, owners) if queue is Queue.NODE else {FIFO: keys})
        except NetPulseError as error:
            log.warning("work on %d devices waits for the workers' next sweep: %s", len(keys), error)

    def preview(self, target: str) -> Sequence[Device]:
        """Return the devices a target expression selects."""
        return self.site.select(target)

    def get(self, run: str) -> Run:
        """Return one run; `last` is the one accepted last."""
        return self.ledger.runs.get(self.named(run))

    def seen(self, run: str, caller: Caller) -> str:
        """Return the id of a run that is there for this caller; `last` is the last one that is."""
        return self.access.run(caller, self.named(run, self.access.sight(caller))).id

    def named(self, run: str, seen: Sight | None = None) -> str:
        """Return the id a person means by `last`, or the id itself."""
        if run != LAST:
            return run
        latest = self.ledger.runs.latest(seen)
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

    def cancel(
        self, run: str, caller: Caller, devices: Sequence[str] = (), *, queued_only: bool = False
    ) -> Cancellation:
        """Cancel a run, some devices of it, or what of them is still queued; what has begun a change goes on."""
        run = self.seen(run, caller)
        self.access.require_cancel(caller, run)
        done, nodes = self.ledger.stopping.cancel(run, caller.name, devices, queued_only=queued_only)
        self.broker.ring(nodes)  # lost, it costs a sweep
        self.broker.tell([done.run])
        return done

    def resolve(self, run: str, device: str, outcome: Outcome, reason: str, caller: Caller) -> None:
        """Record what a person found of a job in doubt, which frees the device."""
        if outcome in DOUBTFUL:
            raise InvalidParameters("resolve", [f"{outcome.value!r} is what it is now: say what the device shows"])
        problems = [] if reason.strip() else ["reason is empty: it is what the next person will read"]
        problems += [f"reason is longer than {LONGEST_REASON} characters"] if len(reason) > LONGEST_REASON else []
        if problems:
            raise InvalidParameters("resolve", problems)
        self.access.require(caller, Permission.RUNS_RESOLVE, f"{run} {device}")
        run = self.seen(run, caller)
        self.access.require_device(caller, device)
        self.ledger.reaping.resolve(run, device, outcome, caller.name, reason)
        self.broker.tell([run])

    def events(self, run: str, after: int = 0) -> Sequence[Event]:
        """Return what happened to a run after event number `after`."""
        return self.ledger.outbox.after(self.named(run), after)

    def watch(
        self, run: str, after: int = 0, *, stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[Sequence[Event]]:
        """Yield a run's events in batches as they come, until it has finished; an empty batch says that time passed."""
        run, told = self.named(run), False
        seen = self.broker.wait(run, 0, 0.0)  # what was told before now is read below
        while not stopped():
            batch = self.ledger.outbox.after(run, after)
            if batch:
                after = batch[-1].number
                yield batch
                if batch[-1].kind is EventKind.RUN_FINISHED:
                    return
                if len(batch) == AT_ONCE:
                    continue
            elif not told and self.ledger.runs.get(run).finished and not self.ledger.outbox.after(run, after):
                return  # its last event is no longer kept, or was seen before
            before, seen = seen, self.broker.wait(run, seen, LOOK_AGAIN)
            told = seen != before
            if not told:
                # Without a living worker nobody else ends what waited past its deadline.
                self.broker.tell(self.ledger.reaping.expire())
                yield ()

    def wait(self, run: str, seconds: float, *, stopped: Callable[[], bool] = lambda: False) -> Run:
        """Return a run once it has finished, or as it is after so many seconds."""
        until, run = time.monotonic() + seconds, self.named(run)
        seen = self.broker.wait(run, 0, 0.0)
        while not (found := self.get(run)).finished and (left := until - time.monotonic()) > 0 and not stopped():
            before, seen = seen, self.broker.wait(run, seen, min(left, LOOK_AGAIN))
            if seen == before:
                self.broker.tell(self.ledger.reaping.expire())
        return found

    def nodes(self) -> Sequence[Node]:
        """Return living nodes and those that ended lately."""
        return self.ledger.nodes.recent()
