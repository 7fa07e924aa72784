"""One agent: requests over UDP with a deadline, repeated while it is silent, and broken off from any thread."""

import contextlib
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.snmp import security

PORT = 161
_FIRST_WAIT = 1.0
"""Seconds until a request is repeated; then twice as long each time, since a slow agent answers the last one only."""
_WINDOW = 100.0
"""Seconds of quiet after which the agent's clock is asked for again: it refuses what is off by 150 (RFC 3414)."""
_SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
_OTHERS = (22, 23, 830)
_ADDRESS = "check hostname and port in inventory/"


class Silence(Exception):
    """No answer came in time."""


class Agent:
    """Used by one thread at a time; `break_off` by any."""

    def __init__(self, parameters: ConnectionParameters) -> None:
        self.device = parameters.device
        self.port = parameters.port or PORT
        self.where = f"{parameters.address} port {self.port}/udp"
        self._security = security.of(parameters)
        self._address = self._resolved(parameters.address)
        self._socket: Any = None
        self._broken = False
        self._asked_at = 0.0
        self._busy = False
        self._met = False
        self._discovered = False

    @property
    def usable(self) -> bool:
        """Whether requests can be sent."""
        return self._socket is not None and not self._broken

    @property
    def resting(self) -> bool:
        """Whether nobody waits for an answer."""
        return self.usable and not self._busy

    def meet(self, timeout: float) -> None:
        """Open the socket, learn what SNMPv3 has to know of the agent, and ask how long it has been up."""
        until = time.monotonic() + timeout
        with self._explained():
            if self._security.version == "3":
                self._meet_v3(until)
            else:
                from gufo.snmp import _fast  # noqa: PLC0415 - loaded when a session is opened

                self._socket = _fast.SnmpV2cClientSocket(self._address, self._security.community, 0, 0, 0, 0)
        self.ask_uptime(until)

    def ask_uptime(self, until: float) -> None:
        """Ask for sysUpTime, which every agent has; an agent that hides it has answered all the same."""
        self.ask(lambda: self._socket.send_get_many([_SYS_UPTIME]), lambda: self._socket.recv_get_many(), until)

    def get(self, oids: list[str], until: float) -> dict[str, Any]:
        """Return the values the agent has, by OID."""
        found: dict[str, Any] = self.ask(
            lambda: self._socket.send_get_many(oids), lambda: self._socket.recv_get_many(), until
        )
        return found

    def next(self, place: Any, until: float) -> tuple[str, Any]:
        """Return what comes after a place of gufo-snmp's GetIter; raise StopAsyncIteration at the end."""
        row: tuple[str, Any] = self.ask(
            lambda: self._socket.send_get_next(place), lambda: self._socket.recv_get_next(place), until
        )
        return row

    def bulk(self, place: Any, until: float) -> list[tuple[str, Any] | None]:
        """Return the rows that come after a place, None where the subtree ends."""
        rows: list[tuple[str, Any] | None] = self.ask(
            lambda: self._socket.send_get_bulk(place), lambda: self._socket.recv_get_bulk(place), until
        )
        return rows

    def ask[T](self, send: Callable[[], None], receive: Callable[[], T], until: float) -> T:
        """Return the answer to one request; raise our errors."""
        with self._explained():
            self._keep_in_time(until)
            try:
                answer = self._exchange(send, receive, until)
            except Exception as error:
                if not (self._met and _is(error, "PySnmpAuthError")):
                    raise
                # It knew us before: it may have been started again, and count its time anew.
                self._refresh(until)
                answer = self._exchange(send, receive, until)
            self._met = True
            return answer

    def break_off(self) -> None:
        """Wake who waits for an answer, with an error; the socket's owner closes it."""
        self._broken = True
        with contextlib.suppress(OSError, AttributeError):
            twin = socket.socket(fileno=os.dup(self._socket.get_fd()))
            with twin:
                twin.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket."""
        self._broken = True
        self._socket = None

    def _meet_v3(self, until: float) -> None:
        """Discover the engine and its clock, as nobody first (RFC 3414, section 4)."""
        from gufo.snmp import _fast  # noqa: PLC0415 - loaded when a session is opened

        self._socket = _fast.SnmpV3ClientSocket(self._address, b"", "", 0, b"", 0, b"", 0, 0, 0, 0)
        self._refresh(until)
        user = self._security.usm_user()
        self._socket.set_keys(
            user.name, user.get_auth_alg(), user.get_auth_key(), user.get_priv_alg(), user.get_priv_key()
        )
        self._discovered = True
        if self._security.auth_protocol:
            self._refresh(until)

    def _keep_in_time(self, until: float) -> None:
        quiet = time.monotonic() - self._asked_at
        if self._security.auth_protocol and self._met and quiet > _WINDOW:
            self._refresh(until)

    def _refresh(self, until: float) -> None:
        self._exchange(lambda: self._socket.send_refresh(), lambda: self._socket.recv_refresh(), until)

    def _exchange[T](self, send: Callable[[], None], receive: Callable[[], T], until: float) -> T:
        wait, self._busy = _FIRST_WAIT, True
        try:
            while True:
                self._refuse_when_over()
                send()
                with contextlib.suppress(Silence):
                    answer = self._received(receive, min(until, time.monotonic() + wait))
                    self._asked_at = time.monotonic()
                    return answer
                if time.monotonic() >= until:
                    raise Silence
                wait *= 2
        finally:
            self._busy = False

    def _received[T](self, receive: Callable[[], T], until: float) -> T:
        """Take the answer to the last request; gufo-snmp drops those to earlier ones by their request id."""
        poll = select.poll()  # not select(), which knows no descriptor above 1023
        poll.register(self._socket.get_fd(), select.POLLIN)
        while (left := until - time.monotonic()) > 0:
            if not poll.poll(left * 1000):
                continue
            self._refuse_when_over()
            with contextlib.suppress(BlockingIOError):
                return receive()
        raise Silence

    def _refuse_when_over(self) -> None:
        if not self.usable:
            raise errors.SessionLost("the session was broken off", device=self.device)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except Silence:
            raise self._silence() from None
        except (errors.DeviceError, StopAsyncIteration):
            raise
        except Exception as error:
            said = self._said(error)
            if said is None:
                raise
            raise said from error

    def _said(self, error: Exception) -> errors.DeviceError | None:
        """Say the library's error as ours; its classes are private, and known by their names."""
        if self._broken:
            return errors.SessionLost("the session was broken off", device=self.device)
        if _is(error, "PySnmpAuthError"):
            return errors.AuthenticationFailed(
                f"the agent at {self.where} refuses user {self._security.user!r}: it does not know the user, the"
                " authentication password or protocol is another, or it asks for more security",
                device=self.device,
                hint="check connection_options.snmp: username, auth_protocol, auth_password, priv_protocol",
            )
        if isinstance(error, TimeoutError) and "refused" in str(error):
            return errors.Unreachable(
                f"no SNMP agent at {self.where}: nothing listens there", device=self.device, hint=self._hint(_ADDRESS)
            )
        if isinstance(error, OSError):
            why = (error.strerror or str(error) or type(error).__name__).lower()
            return errors.Unreachable(f"nothing can be sent to {self.where}: {why}", device=self.device, hint=_ADDRESS)
        if _is(error, "PySnmpDecodeError"):
            return errors.DeviceError(f"what {self.where} answers is no SNMP message: {error}", device=self.device)
        if _is(error, "PySnmpError"):
            return errors.CommandRejected(f"the agent at {self.where} refuses the request: {error}", device=self.device)
        return None

    def _silence(self) -> errors.TimedOut:
        """Say that nothing came, and what that may mean: SNMP answers much with silence."""
        if self._met:
            return errors.TimedOut(
                f"no answer from {self.where} in time", device=self.device, hint="the agent may be busy, or gone"
            )
        if self._discovered:
            return errors.TimedOut(
                f"{self.where} answered the discovery, and was silent after it: a wrong privacy password or protocol"
                " looks like this, and so does an agent that died",
                device=self.device,
                hint="check connection_options.snmp: priv_protocol, priv_password",
            )
        what = "an agent that is not reached and one that does not know the community are both silent"
        if self._security.version == "3":
            what = "an agent that is not reached and one without SNMPv3 are both silent"
        asked = "the community, " if self._security.version == "2c" else ""
        hint = f"check {asked}address and port (connection_options.snmp), and whom the agent lets in"
        return errors.TimedOut(f"no answer from {self.where}: {what}", device=self.device, hint=self._hint(hint))

    def _hint(self, otherwise: str) -> str:
        """Say where the port comes from, where it cannot be SNMP's: Nornir gives a host's port to all connections."""
        if self.port not in _OTHERS:
            return otherwise
        return f"port {self.port} is not SNMP's: give connection_options.snmp a `port` of its own (161)"

    def _resolved(self, address: str) -> str:
        """Return `address:port` in numbers, as gufo-snmp takes it."""
        try:
            found = socket.getaddrinfo(address, self.port, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise errors.Unreachable(
                f"no address for {address}: {error.strerror or error}", device=self.device, hint=_ADDRESS
            ) from error
        host = str(found[0][4][0])
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


def _is(error: BaseException, name: str) -> bool:
    """Whether the error is of this class, without importing its library."""
    return any(kind.__name__ == name for kind in type(error).__mro__)
