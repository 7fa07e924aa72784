"""Logging in where the inventory gives several credentials: which is tried first, and when the next one is.

Only a device that refuses who we are moves us on: one that is away, slow or shows another host key ends it.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from netpulse_core.errors import AuthenticationFailed, CommandRejected, NetPulseError, ServiceError
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.driver import Driver
from netpulse_core.model.logins import Known, Taken
from netpulse_core.sessions.admission import away, is_of_the_credential, jump_of
from netpulse_core.sessions.candidates import Candidate, Memory
from netpulse_core.sessions.doorman import Standing
from netpulse_core.sessions.pool import Pool
from netpulse_core.sessions.session import Session

log = logging.getLogger(__name__)

_HINT = "`netpulse credentials` shows what each device took last"

Opened = tuple[Session, ConnectionParameters]


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowing:
    """How one session is borrowed; `until` is monotonic seconds."""

    until: float
    own: bool
    borrower: object
    in_change: bool


@dataclass(slots=True)
class _Attempt:
    """What came of the candidates of one login so far."""

    refused: list[tuple[Candidate, AuthenticationFailed]] = field(default_factory=list)
    held: list[Candidate] = field(default_factory=list)
    unread: NetPulseError | None = None


class Trying:
    """The logins of one job to its device: a credential that was refused in it is not tried in it again.

    `job` is the one whose earlier attempts count too. `newer_after` is the seconds for which a device that took an
    older credential is spared the newer one it refused.
    """

    def __init__(self, pool: Pool, memory: Memory, device: str, *, newer_after: float, job: int | None = None) -> None:
        self._pool, self._memory, self._device = pool, memory, device
        self._newer_after, self._job = newer_after, job
        self._refused: set[str] = set()
        self._took: dict[str, str] = {}

    def lend(self, driver: Driver, candidates: Sequence[Candidate], how: Borrowing) -> Opened:
        """Return an open session and how it was opened; one that is open already is taken, whosever it was."""
        if len(candidates) == 1:
            return self._opened(driver, candidates[0].parameters, how)
        found = None if how.own else self._idle(driver, candidates, how)
        return found or self._logged_in(driver, candidates, how)

    def likely(self, driver: str, candidates: Sequence[Candidate]) -> ConnectionParameters:
        """Return how the device is asked: as it was in this job, or else as it took it last."""
        took = None
        if len(candidates) > 1:
            took = self._took.get(driver) or self._known(driver, in_change=True).took
        return next((one for one in candidates if one.name == took), candidates[0]).parameters

    def _opened(self, driver: Driver, parameters: ConnectionParameters, how: Borrowing) -> Opened:
        left = how.until - time.monotonic()
        return self._pool.lend(driver, parameters, timeout=left, own=how.own, borrower=how.borrower), parameters

    def _idle(self, driver: Driver, candidates: Sequence[Candidate], how: Borrowing) -> Opened | None:
        """Take a session that is open, with whichever credential; none is read where the device has none open."""
        for one in candidates:
            if not self._pool.has_idle(self._device):
                return None
            try:
                parameters = one.parameters
            except ServiceError:
                raise
            except NetPulseError:
                continue  # its secret cannot be read, so it opens nothing, and another may be open
            session = self._pool.lend_idle(driver, parameters, until=how.until, borrower=how.borrower)
            if session is not None:
                self._took[driver.name] = one.name
                return session, parameters
        return None

    def _logged_in(self, driver: Driver, candidates: Sequence[Candidate], how: Borrowing) -> Opened:
        known = self._known(driver.name, how.in_change)
        pending = deque(self._order(driver.name, candidates, known, how.in_change))
        attempt, rested = _Attempt(), set[Candidate]()
        while pending:
            one = pending.popleft()
            parameters = self._read(one, attempt)
            if parameters is None or self._was_refused(parameters, known):
                continue
            standing = Standing.GOOD if how.in_change else self._pool.doorman.standing(parameters)
            if standing is Standing.HELD:
                attempt.held.append(one)
            elif standing is Standing.RESTING and pending and one not in rested:
                rested.add(one)
                pending.append(one)
            elif opened := self._tried(driver, one, replace(parameters, others=bool(pending)), attempt, how):
                return opened
        return self._none_taken(driver, attempt, how)

    def _read(self, one: Candidate, attempt: _Attempt) -> ConnectionParameters | None:
        """Read a candidate's secrets; where a device has refused another one, that is what is told in the end."""
        try:
            return one.parameters
        except NetPulseError as error:
            if not attempt.refused:
                raise
            attempt.unread = error
            return None

    def _tried(
        self, driver: Driver, one: Candidate, parameters: ConnectionParameters, attempt: _Attempt, how: Borrowing
    ) -> Opened | None:
        """Log in with a candidate, once; return None where the device refused it."""
        sent = self._pool.doorman.sent(parameters)
        try:
            opened = self._opened(driver, parameters, how)
        except AuthenticationFailed as error:
            if isinstance(error, CommandRejected) or error.device != self._device or jump_of(error):
                raise  # it knows who we are, or it is a jump host that does not
            what = sent.credential if is_of_the_credential(error) else sent.whole  # the enable secret alone
            self._refused.add(what)
            attempt.refused.append((one, error))
            one.forget()
            self._written(lambda: self._memory.refused(self._device, driver.name, what, self._job))
            return None
        self._took[driver.name] = one.name
        took = Taken(one.position, one.name, parameters.username or "", sent)
        self._written(lambda: self._memory.took(self._device, driver.name, took))
        return opened

    def _none_taken(self, driver: Driver, attempt: _Attempt, how: Borrowing) -> Opened:
        counted = [one.parameters for one, error in attempt.refused if is_of_the_credential(error)]
        self._pool.doorman.none_taken(driver.name, counted)
        if attempt.held and not attempt.refused:  # nothing was tried: the job waits, or goes on where it was released
            return self._opened(driver, attempt.held[0].parameters, how)
        if not attempt.refused:
            raise AuthenticationFailed(
                "it refused every credential it has, and each is tried once in a job", device=self._device, hint=_HINT
            )
        last = attempt.refused[-1][1]
        said = [f"it refused {' and '.join(one.name for one, _ in attempt.refused)}"]
        said += [f"{one.name} is held by a brake, and was not tried" for one in attempt.held]
        said += [f"another could not be read: {attempt.unread}"] if attempt.unread else []
        if len(said) == len(attempt.refused) == 1:
            raise last
        raise AuthenticationFailed("; ".join(said), device=self._device, hint=last.hint or _HINT) from last

    def _order(
        self, driver: str, candidates: Sequence[Candidate], known: Known, in_change: bool
    ) -> Sequence[Candidate]:
        """Put first what the device takes most likely, and before it what is newer and due to be tried again."""
        took = self._took.get(driver)
        likely = next((one for one in candidates if one.name == (took or known.took)), None)
        if likely is None:
            return candidates
        newer = [] if took or in_change else candidates[: candidates.index(likely)]
        due = [one for one in newer if self._is_due(one, known)]
        return [*due, likely, *(one for one in candidates if one is not likely and one not in due)]

    def _is_due(self, one: Candidate, known: Known) -> bool:
        """Whether a newer credential is to be tried before the one the device took: it is unheard of, or it is time."""
        before = [known.refused[what] for what in self._pool.doorman.sent(one.parameters) if what in known.refused]
        return all(one.ago >= self._newer_after for one in before)

    def _was_refused(self, parameters: ConnectionParameters, known: Known) -> bool:
        """Whether this job was refused this, in this attempt or in one before."""
        sent = self._pool.doorman.sent(parameters)
        jobs = [known.refused[what].job for what in sent if what in known.refused]
        return not self._refused.isdisjoint(sent) or (self._job is not None and self._job in jobs)

    def _known(self, driver: str, in_change: bool) -> Known:
        try:
            return self._memory.known(self._device, driver)
        except ServiceError as error:
            if in_change:
                return Known()
            raise away(self._device, error) from error

    def _written(self, write: Callable[[], None]) -> None:
        try:
            write()
        except ServiceError as error:
            # The login is what it is: the next one says again which credential the device takes.
            log.warning("%s: which credential it took could not be recorded: %s", self._device, error)
