"""The loop's end of a shell: hands on what comes."""

from typing import TYPE_CHECKING

import asyncssh

if TYPE_CHECKING:
    from netpulse_core.builtins.scrapli.transport import LoopTransport


class Reader(asyncssh.SSHClientSession[bytes]):
    """Puts what the device says where scrapli reads it."""

    def __init__(self, transport: "LoopTransport") -> None:
        self._transport = transport

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Hand on what came."""
        self._transport.heard(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the end."""
        self._transport.heard(None)
