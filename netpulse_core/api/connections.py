"""Connections of the service: uvicorn's, but deaf to a wish for another protocol."""

import sys

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Connection(HttpToolsProtocol):
    """One connection, on which a request with an `Upgrade` header is a request like any other.

    httptools stops at such a header: the body would be lost to its request and be read as the next one, which whoever
    stands before the service never saw. From there on the connection is given to h11, which reads on.
    """

    _data = b""

    def data_received(self, data: bytes) -> None:
        """Read on, and keep what is read for whoever may have to take over."""
        self._data = data
        super().data_received(data)

    def _should_upgrade(self) -> bool:
        return self._get_upgrade() is not None

    def handle_websocket_upgrade(self) -> None:
        """Give the connection to h11, with the head that was read and with what came after it."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()  # an answer is still being written, and two cannot be written at once
            return
        error = sys.exception()
        rest = self._data[error.args[0] :] if error is not None else b""
        self.connections.discard(self)
        successor = H11Protocol(self.config, self.server_state, self.app_state)
        successor.connection_made(self.transport)
        self.transport.set_protocol(successor)
        version = self.scope["http_version"].encode()
        head = [b"%s %s HTTP/%s" % (self.scope["method"].encode(), self.url, version)]
        head += [b"%s: %s" % (name, value) for name, value in self.headers if name != b"upgrade"]
        successor.data_received(b"\r\n".join([*head, b"", rest]))
