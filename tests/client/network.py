"""A network that can break: a TCP relay that is cut on command, or after so many bytes, or is silent."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class Relay:
    """Relays to one port; `cut` ends every connection at once, `after` is how many bytes an answer may have.

    The first `mute` connections let requests through and no answer, and stay.
    """

    def __init__(self, port: int) -> None:
        self.to = port
        self.after: int | None = None
        self.mute = 0
        self.connections = 0
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._spawn(self._accept)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Cut every connection there is."""
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)
        for one in self._open:
            one.close()

    def _spawn(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                near.close()
                continue
            self.connections += 1
            self._open += [near, far]
            self._spawn(self._pump, near, far, None, False)
            self._spawn(self._pump, far, near, self.after, self.connections <= self.mute)

    def _pump(self, source: socket.socket, sink: socket.socket, most: int | None, mute: bool) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if mute:
                    continue
                room = len(data) if most is None else max(0, most - passed)
                sink.sendall(data[:room])
                passed += len(data)
                if most is not None and passed >= most:
                    break
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def relayed(port: int) -> Iterator[Relay]:
    """Relay to a port until left."""
    relay = Relay(port)
    try:
        yield relay
    finally:
        relay.close()
