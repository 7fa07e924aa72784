"""A wire between a client and a server that can be made to carry nothing, as a firewall that drops does."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Relay:
    """Forwards each connection to one server; while it is silent it takes what it is sent and passes nothing on."""

    def __init__(self, host: str, port: int) -> None:
        self._server = host, port
        self._flows = threading.Event()
        self._flows.set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listening.getsockname()
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, name="netpulse-test-relay", daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        """End every connection."""
        self._flows.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._threads[0].join(10)
        self._listening.close()
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for end in self._ends:
            end.close()

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """While this lasts, nothing passes in either direction, and new connections meet silence."""
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
                far = socket.create_connection(self._server, timeout=10)
            except OSError:
                return  # it was closed
            far.settimeout(None)
            self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                thread = threading.Thread(
                    target=self._carry, args=(one, other), name="netpulse-test-relay", daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self._flows.wait()
                other.sendall(data)
        self._flows.wait()  # the end of a connection does not pass either
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)


@contextmanager
def relayed(host: str, port: int) -> Iterator[Relay]:
    """A relay to this server, closed afterwards."""
    relay = Relay(host, port)
    try:
        yield relay
    finally:
        relay.close()
