"""A wire that can be made to fail: it carries nothing, or requests and no replies, or is cut."""

import asyncio
import socket
import threading
from enum import Enum
from typing import Self


class Wire(Enum):
    """What passes."""

    CARRIES = "both directions"
    SILENT = "nothing, and nobody is told"
    DEAF = "what clients send; what is answered is thrown away"


class Proxy:
    """Forwards each connection to one port of this host; where nobody listens there, the client's is closed."""

    def __init__(self, loop: asyncio.AbstractEventLoop, port: int, listening: socket.socket) -> None:
        self._loop = loop
        self._server_port = port
        self._open: set[asyncio.StreamWriter] = set()
        self._state = Wire.CARRIES
        self._carries = asyncio.Event()
        self._carries.set()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(listening), loop).result(10)
        name = listening.getsockname()
        self.host, self.port = str(name[0]), int(name[1])

    def become(self, state: Wire) -> None:
        """Carry this from now on, on the connections that are open too."""
        self._loop.call_soon_threadsafe(self._become, state)

    def lead_to(self, port: int) -> None:
        """Forward the connections from now on to another port."""
        self._server_port = port

    def cut(self) -> None:
        """End every connection at once, as a reset does."""
        self._loop.call_soon_threadsafe(self._cut)

    def close(self) -> None:
        """Listen no more; called on the loop, which ends what is open."""
        self._server.close()

    def _become(self, state: Wire) -> None:
        self._state = state
        (self._carries.clear if state is Wire.SILENT else self._carries.set)()

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _listen(self, listening: socket.socket) -> asyncio.Server:
        return await asyncio.start_server(self._accept, sock=listening)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._open |= ends
        try:
            await asyncio.gather(
                self._carry(reader, far_writer, answers=False), self._carry(far_reader, writer, answers=True)
            )
        except OSError:
            pass  # a reset on one side is passed on to the other
        finally:
            self._open -= ends
            for end in ends:
                end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        while data := await reader.read(65536):
            await self._carries.wait()
            if answers and self._state is Wire.DEAF:
                continue
            writer.write(data)
            await writer.drain()
        await self._carries.wait()  # the end of a connection does not pass either
        if not writer.transport.is_closing():
            writer.write_eof()


class Proxies:
    """A thread with the event loop that proxies live on."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._all: list[Proxy] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def to(self, port: int, listening: socket.socket | None = None) -> Proxy:
        """Make a proxy to this port, which listens on the loopback unless it is handed a socket of elsewhere."""
        proxy = Proxy(self._loop, port, listening or socket.create_server(("127.0.0.1", 0)))
        self._all.append(proxy)
        return proxy

    async def _end(self) -> None:
        for proxy in self._all:
            proxy.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
