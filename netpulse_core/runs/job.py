"""Running one job to its conclusion."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any, Protocol

from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import Inventory
from nornir.core.processor import Processors
from nornir.core.state import GlobalState
from nornir.core.task import MultiResult, Result, Task
from nornir.plugins.runners import SerialRunner

from netpulse_core.errors import (
    AuthenticationFailed,
    Cancelled,
    NetPulseError,
    NotFound,
    Refused,
    SessionLost,
    TimedOut,
)
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.secrets import Resolve
from netpulse_core.inventory.site import Site
from netpulse_core.model.check import Check
from netpulse_core.model.commandpolicy import CommandPolicy
from netpulse_core.model.driver import Driver
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, commit_label
from netpulse_core.model.runbook import Runbook
from netpulse_core.model.session import Gate
from netpulse_core.runs import explain
from netpulse_core.runs.alarm import Alarm
from netpulse_core.runs.answers import Answers, Shelf
from netpulse_core.runs.backups import Backups, Find
from netpulse_core.runs.baseline import reader
from netpulse_core.runs.collector import Collector
from netpulse_core.runs.credentials import Credentials
from netpulse_core.runs.filecopies import FileCopies
from netpulse_core.runs.host import LentHost, on_copies
from netpulse_core.runs.plain import MOST
from netpulse_core.runs.quiet import quiet
from netpulse_core.runs.reaching import Reaching, Way
from netpulse_core.runs.redact import Redactor
from netpulse_core.runs.secrets import SecretReader, SecretsOfJob
from netpulse_core.runs.stopper import Stopper
from netpulse_core.sessions.candidates import Memory, Remembered
from netpulse_core.sessions.host_keys import KeyRing
from netpulse_core.sessions.lender import Lender
from netpulse_core.sessions.pool import Pool
from netpulse_core.sessions.sending import Sending
from netpulse_core.sessions.trying import Trying
from netpulse_core.text.service import Text

PUSH_GRACE = 40.0
"""Seconds past its run's deadline that a change may go on: broken off half-way, it would leave the device in doubt."""


class CountingGate(Gate, Protocol):
    """A gate that remembers whether it was crossed."""

    crossed: bool
    lost: bool
    """Whether the ledger's answer to the crossing was lost: nothing was sent, but it may say `pushing`."""
    refusal: NetPulseError | None
    """What a change was told that was not let through."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every job of a node shares."""

    site: Site
    plugins: Plugins
    secrets: SecretReader
    drivers: Mapping[str, Driver]
    pool: Pool
    keys: KeyRing
    alarm: Alarm
    config: Config
    shelf: Shelf
    files: FileCopies
    text: Text
    checks: Mapping[str, Check]
    secret: bytes = field(repr=False)
    """The site's key, under which answers are named."""
    last_good: Find = lambda device: None
    """Find the last good configuration of a device."""
    smallest: float = 0.5
    """Part of the last good configuration below which a capture is not believed."""
    max_output: int = MOST
    """Bytes of output that are kept of one job."""
    baselines: bool = True
    """Whether runbooks that ask for it have the running configuration read before they change it."""
    keepalive: float | None = None
    """Seconds of silence after which a session's transport asks for a sign of life."""
    memory: Memory = field(default_factory=Remembered)
    """Which of several credentials a device took last."""
    ways: dict[tuple[str, str], Way] = field(default_factory=dict)
    """How devices are reached, worked out once: a site's inventory is read once, and stays as it is."""
    newer_after: float = 21600.0
    """Seconds for which a device that took an older credential is spared the newer one it refused."""

    def credentials(
        self,
        device: str,
        resolve: Resolve,
        *,
        job: int | None = None,
        in_change: Callable[[], bool] = lambda: False,
    ) -> Credentials:
        """Return what one job logs in to its device with."""
        reaching = Reaching(self.site.inventory, resolve, self.keys, self.keepalive, self.secrets.forget, self.ways)
        trying = Trying(self.pool, self.memory, device, newer_after=self.newer_after, job=job)
        found = cache(partial(reaching.candidates, device))  # asked for each session, and for each answer that is kept
        return Credentials(found, trying, in_change)


def time_for(claim: Claim) -> float:
    """Return the seconds a claimed job may take: its timeout, and no longer than its run has left."""
    left = claim.left + PUSH_GRACE if claim.changes else claim.left
    return min(claim.timeout, max(left, 1.0))


def run_job(claim: Claim, gate: CountingGate, workshop: Workshop, stopper: Stopper) -> Conclusion:
    """Run a claimed job and return what came of it; never raises for what a device or a runbook does."""
    return _Job(claim, gate, workshop, stopper).concluded()


class _Job:
    """One attempt of one job."""

    def __init__(self, claim: Claim, gate: CountingGate, workshop: Workshop, stopper: Stopper) -> None:
        self._claim = claim
        self._gate = gate
        self._stopper = stopper
        self._workshop = workshop
        self._redact = Redactor(workshop.secret, workshop.secrets.ever)
        for in_clear in workshop.site.clear_secrets_of(claim.device):
            self._redact.learn(in_clear)
        self._secrets = SecretsOfJob(workshop.secrets, self._redact)
        self._began = time.monotonic()
        self._says_nothing = False
        credentials = workshop.credentials(
            claim.device, self._secrets.resolve, job=claim.job, in_change=lambda: gate.crossed
        )
        host = workshop.site.inventory.hosts.get(claim.device)
        platform = None if host is None else host.platform
        self._backups = Backups(claim.device, platform, workshop.last_good, self._redact, smallest=workshop.smallest)
        policy = CommandPolicy.of(claim.commands)
        self._sending = None if policy is None else Sending(policy, claim.device)
        parameters = credentials.parameters
        self._answers = Answers(workshop.shelf, workshop.secret, claim, parameters, self._redact, self._sending)
        book = _runbook(workshop.plugins, claim.runbook)
        # Nothing that the job holds may hold it: it would stay, with the secrets it read, until the collector comes.
        self._lender = lender = Lender(
            workshop.pool,
            workshop.drivers,
            device=claim.device,
            parameters=credentials.parameters,
            lending=credentials,
            gate=gate,
            until=self._began + time_for(claim),
            own_session=claim.diagnostic or (gate.open_for_changes and (book is None or book.own_session)),
            only=() if book is None else book.drivers,
            label=commit_label(claim.run, claim.job),
            sending=self._sending,
            baseline=reader(gate, platform, self._redact)
            if workshop.baselines and book is not None and book.baseline
            else None,
        )
        self._collector = Collector(
            self._redact, lambda error: explain.sentence(_ours(lender, error)), most=workshop.max_output
        )
        stopper.heard_by(lambda: lender.abort(SessionLost("the job was cancelled", device=claim.device)))

    def concluded(self) -> Conclusion:
        try:
            with quiet(self._redact):
                conclusion = self._good_or_bad(self._run())
        except BaseException as error:  # noqa: BLE001  the task boundary: even SystemExit is this job's outcome
            conclusion = self._bad(error)
        return replace(
            conclusion,
            steps=tuple(self._collector.steps),
            answers=tuple(self._answers.fresh),
            secrets=tuple(self._secrets.read),
            captures=tuple(self._backups.found),
            session_reused=self._lender.reused,
            elapsed=round(time.monotonic() - self._began, 6),
        )

    def _run(self) -> MultiResult:
        """Run the runbook as a Nornir task, on copies, under the job's deadline."""
        claim, site = self._claim, self._workshop.site
        if claim.device not in site.inventory.hosts:
            raise Refused(f"{claim.device}: it is no longer in the inventory", hint="cancel the run, or put it back")
        if claim.unopened:
            raise Refused(
                f"{claim.device}: {claim.unopened}; nothing was sent", hint="give each worker the keys of the store"
            )
        runbook = self._workshop.plugins.runbook(claim.runbook)
        inventory, host = on_copies(site.inventory, claim.device, self._lender, self._answers)
        host.text, host.secrets = self._workshop.text, self._redact
        host.backups = self._backups
        host.checks = self._workshop.checks
        host.keep_file = lambda path, name: self._workshop.files.keep(claim.run, claim.device, Path(path), name)
        task = nornir_task(self._noticed(runbook), inventory, self._workshop.config, self._collector)
        task.params = runbook.arguments(claim.parameters, self._secrets.resolve)
        if not runbook.files:
            return self._started(task, host)
        with self._workshop.files.at_hand(task.params) as task.params:
            return self._started(task, host)

    def _noticed(self, runbook: Runbook) -> Callable[..., Any]:
        """Return the runbook, with a note taken of whether what it returns can say that it changed something."""

        @wraps(runbook)
        def run(task: Task, **parameters: Any) -> Any:
            answer = runbook(task, **parameters)
            self._says_nothing = not isinstance(answer, Result)
            return answer

        return run

    def _started(self, task: Task, host: LentHost) -> MultiResult:
        trusted = False
        try:
            left = self._began + time_for(self._claim) - time.monotonic()
            with self._workshop.alarm.within(left, self._lender.abort):
                result = task.start(host)
            trusted = True
        finally:
            self._lender.give_back(trusted=trusted)
            host.close_what_was_opened()
        return result

    def _good_or_bad(self, result: MultiResult) -> Conclusion:
        refused = None if self._sending is None else self._sending.refused
        if result.failed or self._lender.aborted:
            return self._bad(refused or explain.cause(result))
        if refused is not None:
            return self._bad(refused)  # the runbook caught it, and what it asked for has not happened
        if self._gate.refusal is not None:
            return self._bad(self._gate.refusal)  # the runbook caught it, and its change has not happened
        if self._gate.crossed and self._lender.doubt is not None:
            return self._bad(self._lender.doubt)  # the runbook caught it, and cannot know either
        # What was sent and nobody speaks of is no `ok`, which says that there was nothing to change.
        unsaid = self._lender.silent and self._says_nothing and len(result) == 1
        changed = result.changed or self._changed or unsaid
        return Conclusion(outcome=Outcome.CHANGED if changed and self._claim.changes else Outcome.OK)

    @property
    def _changed(self) -> bool:
        return self._lender.changed or any(step.changed for step in self._collector.steps)

    def _bad(self, error: BaseException) -> Conclusion:
        ours = _ours(self._lender, error)
        if isinstance(ours, AuthenticationFailed):
            self._secrets.forget()
        if self._stopper.asked:
            ours = Cancelled("cancelled while it was at work; its session was closed")
        elif self._lender.aborted:
            ours = TimedOut(f"not done within {time_for(self._claim):.4g} s", device=self._claim.device)
        gone = explain.Gone(
            crossed=self._gate.crossed,
            lost=self._gate.lost,
            changed=self._changed,
            doubt=self._lender.doubt is not None,
            left=self._claim.left - (time.monotonic() - self._began),
        )
        return explain.conclusion(self._claim, ours, self._redact, gone)


def nornir_task(function: Callable[..., Any], inventory: Inventory, config: Config, collector: Collector) -> Task:
    """Return a Nornir task of one host, its steps collected; its parameters are still to be set.

    Not through Task's own arguments: a runbook's parameter may be called `name` or `nornir` too.
    """
    processors = Processors([collector])
    nornir = Nornir(
        inventory=inventory, config=config, data=GlobalState(), processors=processors, runner=SerialRunner()
    )
    return Task(function, nornir, False, processors)


def _runbook(plugins: Plugins, name: str) -> Runbook | None:
    try:
        return plugins.runbook(name)
    except NotFound:  # the job will say so
        return None


def _ours(lender: Lender, error: BaseException) -> BaseException:
    return error if isinstance(error, NetPulseError) else lender.translate(error) or error
