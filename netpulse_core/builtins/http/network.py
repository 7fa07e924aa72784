"""The sockets below httpx: each wait ends at the request's deadline, and all end when the session is broken off."""

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any


class NotVerified(Exception):
    """The device's certificate is not believed; the message is OpenSSL's reason."""


class NoTLS(Exception):
    """There is no TLS to be had with what answers there."""


class Network:
    """Makes the TCP and TLS connections of one session, as a network backend of httpcore.

    httpx bounds each read alone: a device that sends a byte a minute would hold a request for ever. Here `begin` sets
    a deadline for the whole of it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._deadline = 0.0
        self.broken = False
        self.made = 0
        """TCP connections made so far."""
        self.written = 0
        """Bytes handed to the device since `begin`."""

    def begin(self, seconds: float) -> None:
        """Let everything until the next call end within this time."""
        self._deadline = time.monotonic() + seconds
        self.written = 0

    def left(self, timeout: float | None) -> float:
        """Return the seconds a wait may take; raise TimeoutError where there are none."""
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("timed out")
        return seconds if timeout is None else min(timeout, seconds)

    def break_off(self) -> None:
        """Make every wait end with an error now, and every later one at once; from any thread."""
        with self._lock:
            self.broken = True
            for one in self._sockets:
                with contextlib.suppress(OSError):
                    # Not SSLSocket's own, which takes the TLS object from under the thread that reads; and not
                    # closed: its number could be given to another session while a thread still waits on it.
                    socket.socket.shutdown(one, socket.SHUT_RDWR)

    def hold(self, one: socket.socket) -> None:
        """Know a socket, so that it can be broken off."""
        with self._lock:
            if not self.broken:
                self._sockets.add(one)
                return
        one.close()
        raise ConnectionAbortedError("the session was broken off")

    def drop(self, one: socket.socket) -> None:
        """Forget a socket and close it."""
        with self._lock:
            self._sockets.discard(one)
        one.close()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> "Stream":
        """Connect to the first address that answers."""
        import httpcore  # noqa: PLC0415

        with _said_as(httpcore.ConnectTimeout, httpcore.ConnectError):
            return Stream(self, self._connected(host, port, timeout))

    def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks between retries, of which there are none."""
        time.sleep(seconds)

    def _connected(self, host: str, port: int, timeout: float | None) -> socket.socket:
        failure: OSError | None = None
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            one = socket.socket(family, kind, protocol)
            self.hold(one)
            try:
                one.settimeout(self.left(timeout))
                one.connect(address)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                self.drop(one)
                failure = error
            else:
                self.made += 1
                return one
        raise failure or OSError("no address")


class Stream:
    """One TCP connection, with TLS once it is started, as httpcore's network stream."""

    def __init__(self, network: Network, one: socket.socket) -> None:
        self._network = network
        self._socket = one

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what comes next."""
        import httpcore  # noqa: PLC0415

        with _said_as(httpcore.ReadTimeout, httpcore.ReadError):
            self._socket.settimeout(self._network.left(timeout))
            return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        import httpcore  # noqa: PLC0415

        with _said_as(httpcore.WriteTimeout, httpcore.WriteError):
            rest = memoryview(buffer)
            while rest:
                self._socket.settimeout(self._network.left(timeout))
                self._network.written += 1  # before it is sent: what was handed over in vain counts as sent
                rest = rest[self._socket.send(rest) :]

    def close(self) -> None:
        """Close it."""
        self._network.drop(self._socket)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "Stream":
        """Shake hands; raise NotVerified or NoTLS where that cannot be."""
        import httpcore  # noqa: PLC0415

        with _said_as(httpcore.ConnectTimeout, httpcore.ConnectError):
            # An end without TLS's goodbye is an error, not the end of the answer: it may have been cut off.
            wrapped = ssl_context.wrap_socket(
                self._socket,
                server_hostname=server_hostname,
                do_handshake_on_connect=False,
                suppress_ragged_eofs=False,
            )
            self._network.drop(self._socket)  # an empty shell by now
            self._network.hold(wrapped)
            try:
                wrapped.settimeout(self._network.left(timeout))
                wrapped.do_handshake()
            except BaseException:
                self._network.drop(wrapped)
                raise
        return Stream(self._network, wrapped)

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks: whether the other end has said something unasked, which is its goodbye."""
        match info:
            case "is_readable":
                return _readable(self._socket)
            case "ssl_object" if isinstance(self._socket, ssl.SSLSocket):
                return self._socket
            case _:
                return None


def _readable(one: socket.socket) -> bool:
    if one.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(one, select.POLLIN)
    return bool(poll.poll(0))


@contextlib.contextmanager
def _said_as(slow: type[Exception], broken: type[Exception]) -> Iterator[None]:
    """Say a socket's errors as httpcore's, which it acts upon."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise NotVerified(error.verify_message) from error
    except TimeoutError as error:
        raise slow("timed out") from error
    except ssl.SSLError as error:
        if broken.__name__ != "ConnectError":
            raise broken(str(error)) from error
        raise NoTLS((error.reason or str(error)).lower().replace("_", " ")) from error
    except OSError as error:
        raise broken(str(error)) from error
