"""Looking into one job in doubt: end its sessions, read its device again, and say only what that proves."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from netpulse_core.errors import AuthenticationFailed, CommandRejected, LoginDelayed, NotFound
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.doubt import FOUND, Doubt, Finding
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Problem, Step, commit_label, to_resolve
from netpulse_core.model.runbook import Runbook
from netpulse_core.model.session import DeviceSession
from netpulse_core.runs.baseline import configuration
from netpulse_core.runs.comparing import compare
from netpulse_core.runs.explain import sentence
from netpulse_core.runs.job import Workshop
from netpulse_core.runs.plain import kept
from netpulse_core.runs.quiet import quiet
from netpulse_core.runs.redact import Redactor
from netpulse_core.runs.verifying import verified

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds to open a session in, or to end another one."""

SETTLE = 2.0
"""Seconds between two readings, which have to be the same: a device may still be at work on what it was told."""

READINGS = 5
"""Readings after which a device that never says the same twice is left for later."""

MARGIN = 30.0
"""Seconds beyond the device's own exec timeout, in which whoever woke up just before it has sent what it had."""

SOON = 30.0
"""Seconds at most until a doubt asks again whether it may log in: who releases a brake does not ring for doubts."""

FIRST_WAIT, LONGEST_WAIT = 5.0, 600.0
"""Seconds until it is tried again, at least and at most."""

ENDED_BY = "netpulse_end_sessions"
"""Inventory data: the connection of the same device over which its sessions are ended, where that is another."""


class Later(Exception):
    """It cannot be looked into yet; `seconds` is None where nobody knows when, so that the wait grows."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


class Unproven(Exception):
    """Nothing proves what became of it."""


def reconciled(doubt: Doubt, workshop: Workshop) -> Finding:
    """Look into a doubt and return what was found; never raises for what a device, a driver or a plugin does."""
    looking = _Looking(doubt, workshop)
    return replace(looking.finding(), secrets=tuple(looking.read))


@dataclass(frozen=True, slots=True)
class _Proven:
    outcome: Outcome
    why: str


class _Looking:
    """One look at one device."""

    def __init__(self, doubt: Doubt, workshop: Workshop) -> None:
        self._doubt = doubt
        self._workshop = workshop
        self._redact = Redactor(workshop.secret, workshop.secrets.ever)
        for in_clear in workshop.site.clear_secrets_of(doubt.device):
            self._redact.learn(in_clear)
        self._steps: list[Step] = []
        self._used: set[str] = set()
        self.read: list[str] = []
        """The references whose secrets were read."""
        # Not as in a change: many doubts at once, of a credential that is refused, would lock its account.
        self._credentials = workshop.credentials(doubt.device, self._resolve)

    def finding(self) -> Finding:
        try:
            with quiet(self._redact):
                self._refuse_another_device()
                if self._doubt.unopened:  # another worker may have the key: nothing is ended for it, or proven
                    raise Later(f"what was asked for is not known here: {self._doubt.unopened}")
                for session in self._doubt.sessions:
                    self._end(session)
                proven = self._proof()
        except Unproven as error:
            return self._found(Outcome.NEEDS_OPERATOR, str(error))
        except Later as error:
            return self._later(str(error), error.seconds)
        except LoginDelayed as error:
            return self._later(sentence(error), min(error.retry_in, SOON), error.hint)
        except Exception as error:  # noqa: BLE001  the task boundary: whatever a driver or a plugin raises, it is tried again
            if isinstance(error, AuthenticationFailed):
                self._workshop.secrets.forget(self._used)
            return self._later(sentence(error), None)
        return self._found(proven.outcome, proven.why)

    def _refuse_another_device(self) -> None:
        """Refuse to judge by a device that only has the name of the one that was changed."""
        device = self._workshop.site.devices.get(self._doubt.device)
        if device is None:
            raise Unproven("it is no longer in the inventory, so nobody can look")
        if device.key != self._doubt.key:
            raise Unproven(f"the inventory now says {device.key} where {self._doubt.key} was changed")
        if not self._doubt.sessions:
            raise Unproven("which session changed it was not recorded")

    def _end(self, session: DeviceSession) -> None:
        """Make sure that a session of the push brings no more lines."""
        ended = session.name is not None and self._ended(session)
        self._note("session", {"session": session.name, "driver": session.driver, "ended": ended})
        if ended:
            return
        timeout = self._parameters(session.driver).limits.exec_timeout
        if timeout is None:
            raise Unproven(
                "its session could not be ended, and nothing says when the device ends an idle one itself "
                "(`netpulse_exec_timeout`)"
            )
        left = timeout + MARGIN - self._doubt.quiet
        if left > 0:
            raise Later(f"its session could not be ended: the device does so itself within {left:.0f} s", left)

    def _ended(self, session: DeviceSession) -> bool:
        host = self._workshop.site.inventory.hosts[self._doubt.device]
        by = str(host.get(ENDED_BY) or session.driver)
        driver = self._workshop.drivers.get(by)
        end = getattr(driver, "end_session", None)  # a driver of one's own need not be a subclass
        return end is not None and bool(self._on(by, lambda one: end(one, session, timeout=PATIENCE)))

    def _proof(self) -> _Proven:
        book = self._runbook()
        if book is not None and book.verify is not None:
            return self._by_verify(book)
        if book is not None and book.atomic and self._is_committed():
            return _Proven(Outcome.CHANGED, "the device's own list of commits names this job")
        if self._doubt.baseline is not None:
            return self._by_baseline(self._doubt.baseline)
        raise Unproven("its runbook has no `verify`, and no configuration was read before the change")

    def _is_committed(self) -> bool:
        """Whether the device says that a commit was this job's."""
        label = commit_label(self._doubt.run, self._doubt.job)
        names = dict.fromkeys(session.driver for session in self._doubt.sessions)
        found = any(self._lists(name, label) for name in names)
        if found:
            self._note("commit", label)
        return found

    def _lists(self, name: str, label: str) -> bool:
        driver = self._workshop.drivers.get(name)
        ask, labelled = getattr(driver, "committed", None), getattr(driver, "labelled", None)
        if ask is None or labelled is None or not labelled(self._parameters(name).platform, "commit", (), {}, label):
            return False  # no commit of it was labelled there
        return bool(self._on(name, lambda one: ask(one, label, timeout=PATIENCE)))

    def _runbook(self) -> Runbook | None:
        try:
            return self._workshop.plugins.runbook(self._doubt.runbook)
        except NotFound:
            return None

    def _by_verify(self, book: Runbook) -> _Proven:
        said = self._twice(
            lambda: verified(book, self._doubt, self._workshop, self._credentials, self._redact, self._resolve)
        )
        self._steps += said.steps
        if said.error:
            raise Unproven(f"its `verify` failed: {said.error}")
        if said.word not in FOUND:
            raise Unproven(f"its `verify` could not say: it answered {said.word!r}")
        return _Proven(Outcome(said.word), f"`verify` of {book.name} says so")

    def _by_baseline(self, before: str) -> _Proven:
        name = self._doubt.sessions[0].driver
        driver = self._workshop.drivers[name]
        platform = self._workshop.site.inventory.hosts[self._doubt.device].platform
        now = self._twice(lambda: self._on(name, lambda one: configuration(driver, one, platform, self._redact)))
        if now is None:
            raise Unproven("its running configuration cannot be read any more")
        lines = self._doubt.parameters.get("lines")
        if isinstance(lines, str):
            lines = lines.splitlines()
        # All three alike: kept by an older version, by a node that knew other secrets, or typed by a person, what is
        # the same would not be equal, and a line that stood there before would count as done.
        for said in (now, *(lines or ())):
            self._redact.recognise(said, before)
        before, now = self._redact(before), self._redact(now)
        lines = lines and [self._redact(line) for line in lines]
        found = compare(before, now, lines)
        self._note("running-config", now)
        self._note("lines", [{"line": line, "stands": stands.value} for line, stands in found.lines])
        self._steps.append(Step(label="reconcile: difference", diff=kept(found.diff, self._redact)))
        if found.outcome is None:
            raise Unproven(found.why)
        if found.outcome is Outcome.CHANGED and self._doubt.parameters.get("save"):
            raise Unproven(f"{found.why}; whether they were saved is not known")
        return _Proven(found.outcome, found.why)

    def _twice[T](self, read: Callable[[], T]) -> T:
        """Read until two readings in a row say the same."""
        time.sleep(SETTLE)
        last = read()
        for _ in range(READINGS):
            time.sleep(SETTLE)
            again = read()
            if again == last:
                return again
            last = again
        raise Later("the device does not come to rest: no two readings said the same")

    def _on(self, name: str, work: Callable[[Any], Any]) -> Any:
        """Do something on a session of its own, which nobody gets after it."""
        pool, driver = self._workshop.pool, self._workshop.drivers[name]
        session, _ = self._credentials.lend(driver, timeout=PATIENCE, own=True, borrower=self)
        try:
            with self._workshop.alarm.within(2 * PATIENCE, session.break_off):
                return work(session.connection)
        except CommandRejected as error:
            raise Unproven(f"the device refused to be asked: {kept(sentence(error), self._redact)}") from error
        except Exception as error:
            raise driver.translate(error, self._doubt.device) or error from error
        finally:
            pool.discard(session, "the reconciler's own")

    def _parameters(self, name: str) -> ConnectionParameters:
        return self._credentials.parameters(name)

    def _resolve(self, reference: str) -> str:
        self._used.add(reference)
        return self._redact.learn(self._workshop.secrets.read(reference, self.read.append))

    def _note(self, what: str, body: Any) -> None:
        self._steps.append(Step(label=f"reconcile: {what}", body=body))

    def _found(self, outcome: Outcome, why: str) -> Finding:
        why = kept(why, self._redact)
        proven = outcome is not Outcome.NEEDS_OPERATOR
        self._note("decision", f"{outcome.value}: {why}")
        hint = "" if proven else to_resolve(self._doubt.run, self._doubt.device)
        problem = Problem(
            kind="Reconciled" if proven else "NeedsOperator", message=f"{self._doubt.device}: {why}", hint=hint
        )
        return Finding(outcome=outcome, problem=problem, steps=tuple(self._steps))

    def _later(self, why: str, seconds: float | None, hint: str = "") -> Finding:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self._doubt.tries - 1, 10)) if seconds is None else seconds
        resolve = to_resolve(self._doubt.run, self._doubt.device)
        problem = Problem(
            kind="InDoubt",
            message=f"{self._doubt.device}: not looked into yet, again in {wait:.0f} s: {kept(why, self._redact)}",
            hint=f"{kept(hint, self._redact)}; or {resolve}" if hint else resolve,
        )
        return Finding(outcome=Outcome.IN_DOUBT, problem=problem, again_in=wait)
