"""The doorman of a node: the governor, the devices' breakers and the credentials' brakes before each login."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from netpulse_core.errors import (
    AuthenticationFailed,
    CommandRejected,
    DeviceError,
    HostKeyChanged,
    LoginDelayed,
    PrivilegeRefused,
    ServiceError,
    SessionLost,
    TimedOut,
    Unreachable,
)
from netpulse_core.inventory.device import key_of
from netpulse_core.ledger.brakes import Credential
from netpulse_core.ledger.breakers import BreakerRule, Endpoint
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.standing import Trouble
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.logins import Sent, Stop
from netpulse_core.sessions.credential import credential, sent
from netpulse_core.sessions.doorman import Standing
from netpulse_core.sessions.governor import Full, Governor
from netpulse_core.settings import Settings

log = logging.getLogger(__name__)

MARGIN = 5.0
"""Seconds a probe may be silent beyond its own time before another login may try."""

FRESH = 1.0
"""Seconds for which what the ledger said of breakers and brakes holds, unless this node itself heard otherwise."""

FULL = 1.0
"""Seconds until a job that found no place among the logins is claimed again."""

JUMP = "jump host"
"""The driver under which a jump host's own breaker stands."""

_NOT_REACHED = (Unreachable, TimedOut, SessionLost)
_REACHED = (AuthenticationFailed, HostKeyChanged, CommandRejected)

Ring = Callable[[Sequence[str]], None]
"""Tell the owners of these devices that they have work."""


@dataclass(slots=True)
class _Hop:
    """One host that is logged in to on the way, the device itself last."""

    endpoint: Endpoint
    credential: Credential | None
    spared: bool = False
    """Whether a refusal says nothing yet, because another credential is tried after it."""
    probe: str | None = None


class Admission:
    """Stands before every login of a node; `key` is the site's secret key, `clock` monotonic seconds."""

    def __init__(
        self, ledger: Ledger, settings: Settings, *, key: bytes, ring: Ring, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._breakers, self._brakes, self._standing = ledger.breakers, ledger.brakes, ledger.standing
        self._governor = Governor(settings.logins, clock=clock)
        self._rule = BreakerRule(settings.breaker_failures, settings.breaker_cooldown, settings.breaker_longest)
        self._connect_timeout = settings.connect_timeout
        self._key, self._ring, self._clock = key, ring, clock
        self._lock = threading.Lock()
        self._seen, self._seen_at = Trouble(), float("-inf")
        self._heard_of = 0

    @contextmanager
    def admit(self, driver: str, parameters: ConnectionParameters, *, until: float) -> Iterator[None]:
        """Let one login through when it may be tried, and take in how it went.

        Raise LoginDelayed where it may not: nothing was sent, and the job is to wait in the queue. A job past its point
        of no return is never held up: its device is half-way through a change.
        """
        hops = self._hops(driver, parameters)
        if parameters.in_change:
            with self._heard(hops, whole=True):
                yield
            return
        with _in_words(parameters.device):
            self._refuse(hops)  # before its turn too, so that what may not begin takes nobody's place
            with self._governor.login(parameters.groups, _id(hops[-1]), until=until):
                left, usual = until - self._clock(), parameters.limits.connect_timeout or self._connect_timeout
                self._pass(hops, max(0.0, min(left, usual)))
                whole = until - self._clock() >= usual
                with self._heard(hops, whole=whole):
                    yield

    def _hops(self, driver: str, parameters: ConnectionParameters) -> list[_Hop]:
        hosts = (*parameters.jumps, parameters)
        names = [JUMP] * len(parameters.jumps) + [driver]
        return [
            _Hop(Endpoint(key_of(host, hosts[:number]), name, host.device), credential(host, self._key), host.others)
            for number, (name, host) in enumerate(zip(names, hosts, strict=True))
        ]

    def sent(self, parameters: ConnectionParameters) -> Sent:
        """Return the ids of what a login sends, equal wherever the same is."""
        return sent(parameters, self._key)

    def standing(self, parameters: ConnectionParameters) -> Standing:
        """Return how the credential of a login stands; raise LoginDelayed where the ledger is away."""
        try:
            trouble, name = self._trouble(), self.sent(parameters).credential
        except ServiceError as error:
            raise away(parameters.device, error) from error
        if name in trouble.braked:
            return Standing.HELD
        return Standing.RESTING if name in trouble.resting else Standing.GOOD

    def none_taken(self, driver: str, refused: Sequence[ConnectionParameters]) -> None:
        """Count refusals that were spared as long as the device might have taken another credential."""
        for parameters in refused:
            hop = self._hops(driver, parameters)[-1]
            if hop.credential is not None:
                hop.spared = False
                self._written([hop], partial(self._count, hop, hop.credential))
        self._look_again()

    def _count(self, hop: _Hop, refused: Credential) -> None:
        self._brakes.refused(refused, hop.endpoint.address, hop.endpoint.device, hop.spared)

    def _trouble(self) -> Trouble:
        """Return what is known to fail, as it was a moment ago: a question for each login would cost more than it."""
        with self._lock:
            if self._clock() - self._seen_at > FRESH:
                heard, at = self._heard_of, self._clock()
                self._seen = self._standing.all()
                # What was heard while the ledger was asked may not be in its answer.
                self._seen_at = at if heard == self._heard_of else float("-inf")
            return self._seen

    def _look_again(self) -> None:
        self._heard_of += 1
        self._seen_at = float("-inf")

    def _refuse(self, hops: Sequence[_Hop]) -> None:
        trouble = self._trouble()
        for hop in hops:
            if hop.credential is not None and hop.credential.id in trouble.braked:
                _raise(self._brakes.ask(hop.credential))

    def _pass(self, hops: Sequence[_Hop], longest: float) -> None:
        """Ask again, now that it is this login's turn, and take the one probe where a breaker is half open.

        `longest` is the seconds a login may take, not those its job has: the probe of a node that died is over soon.
        """
        self._refuse(hops)
        try:
            for hop in hops:
                if self._trouble().knows(hop.endpoint):
                    answer = self._breakers.ask(hop.endpoint, longest + MARGIN)
                    if isinstance(answer, str):
                        hop.probe = answer
                    else:
                        _raise(answer)
        except BaseException:
            self._undecided(hops)
            raise

    @contextmanager
    def _heard(self, hops: Sequence[_Hop], *, whole: bool) -> Iterator[None]:
        """Take in how a login went; `whole` says that it was given all the time a login may take."""
        try:
            yield
        except BaseException as error:
            self._written(hops, partial(self._failed, hops, error, whole=whole))
            raise
        self._written(hops, partial(self._worked, hops))

    def _written(self, hops: Sequence[_Hop], write: Callable[[], None]) -> None:
        try:
            write()
        except ServiceError as error:
            # The login is what it is: what it says of the device is lost, and the next one says it again.
            log.warning("%s: how a login went could not be recorded: %s", hops[-1].endpoint.device, error)

    def _failed(self, hops: Sequence[_Hop], error: BaseException, *, whole: bool) -> None:
        at = next((n for n, hop in enumerate(hops) if _is_of(error, hop)), len(hops))
        try:
            self._taken_in(hops, at, error, whole=whole)
        finally:
            self._look_again()  # not before it is written: another login would look too early

    def _taken_in(self, hops: Sequence[_Hop], at: int, error: BaseException, *, whole: bool) -> None:
        hop = hops[at] if at < len(hops) else None
        if hop is not None and isinstance(error, _NOT_REACHED):
            if whole or not isinstance(error, TimedOut):
                self._breakers.failed(hop.endpoint, str(error), hop.probe, self._rule)
                hop.probe = None
        elif hop is not None and isinstance(error, _REACHED):
            self._worked(hops[: at + isinstance(error, PrivilegeRefused)])
            self._close([hop])
            if is_of_the_credential(error) and hop.credential is not None:
                self._count(hop, hop.credential)
        self._undecided(hops)

    def _worked(self, hops: Sequence[_Hop]) -> None:
        used = {hop.credential.id: hop.credential for hop in hops if hop.credential is not None}
        trouble = self._standing.of([hop.endpoint for hop in hops], used)
        self._close([hop for hop in hops if trouble.knows(hop.endpoint)])
        for name in trouble.refused:
            self._brakes.worked(used[name])
            self._look_again()

    def _close(self, hops: Sequence[_Hop]) -> None:
        for hop in hops:
            self._go_on(self._breakers.reached(hop.endpoint))
            hop.probe = None
            self._look_again()

    def _undecided(self, hops: Sequence[_Hop]) -> None:
        """Give back the probes of hosts of which a login said nothing."""
        for hop in hops:
            if hop.probe is not None:
                self._written([hop], partial(self._give_back, hop.endpoint, hop.probe))

    def _give_back(self, endpoint: Endpoint, probe: str) -> None:
        self._go_on(self._breakers.undecided(endpoint, probe))

    def _go_on(self, keys: Sequence[str]) -> None:
        if keys:
            self._ring(keys)


@contextmanager
def _in_words(device: str) -> Iterator[None]:
    """Say why a login has to wait as an error of its device."""
    try:
        yield
    except _Stopped as stopped:
        stop = stopped.stop
        raise LoginDelayed(
            stop.reason, device=device, waits_on=stop.on, retry_in=stop.retry_in, hint=stop.hint
        ) from stopped
    except Full as error:
        reason = f"no login could begin in the job's time: {error}"
        raise LoginDelayed(reason, device=device, waits_on="logins", retry_in=FULL) from error
    except ServiceError as error:
        raise away(device, error) from error


class _Stopped(Exception):
    """This login may not be tried now."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.reason)
        self.stop = stop


def _raise(stop: Stop | None) -> None:
    if stop is not None:
        raise _Stopped(stop)


def _is_of(error: BaseException, hop: _Hop) -> bool:
    return isinstance(error, DeviceError) and hop.endpoint.device == (jump_of(error) or error.device)


def is_of_the_credential(error: BaseException) -> bool:
    """Whether a device refused who we are; what it refuses to somebody it knows says nothing of the credential."""
    return isinstance(error, AuthenticationFailed) and not isinstance(error, PrivilegeRefused | CommandRejected)


def jump_of(error: BaseException | None) -> str:
    """Return the jump host a login failed at, as the error says or one it comes from; empty where it was the device."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:  # an error may be its own cause
        seen.add(id(error))
        if jump := getattr(error, "jump", ""):
            return str(jump)
        error = error.__cause__
    return ""


def _id(hop: _Hop) -> str | None:
    return None if hop.credential is None else hop.credential.id


def away(device: str, error: ServiceError) -> LoginDelayed:
    """Return what a login waits for while the ledger is away: without it nobody knows whether it may be tried."""
    reason = f"nothing is logged in to while the ledger is away ({error})"
    return LoginDelayed(reason, device=device, waits_on="ledger", retry_in=error.retry_after, hint=error.hint)
