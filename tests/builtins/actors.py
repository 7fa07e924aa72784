"""Devices that say exactly what a test wants, piece by piece, over real SSH."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import asyncssh

from netpulse_core import ConnectionParameters
from netpulse_core.builtins.ssh.driver import Ssh
from netpulse_core.testing.trust import FirstSeen
from tests.servers import sshd

Pieces = Sequence[bytes | float]
"""What is said, and the seconds of silence in between."""


def actor(
    answers: Mapping[str, Pieces], *, prompt: bytes = b"r1#", greeting: Pieces = (b"\r\nr1#",)
) -> Callable[[asyncssh.SSHServerProcess[bytes]], Awaitable[None]]:
    """A device that repeats each line, says what it was told to (nothing otherwise), and then its prompt.

    An answer that ends in None instead of a prompt is `...` as its last piece.
    """

    async def play(process: asyncssh.SSHServerProcess[bytes]) -> None:
        await _say(process, greeting)
        typed = b""
        while data := await process.stdin.read(1024):
            typed += data
            while b"\n" in typed:
                line, _, typed = typed.partition(b"\n")
                pieces = answers.get(line.decode(), ())
                await _say(process, [line + b"\r\n", *[piece for piece in pieces if piece != b"..."]])
                if b"..." not in pieces:
                    process.stdout.write(prompt)

    return play


async def _say(process: asyncssh.SSHServerProcess[bytes], pieces: Pieces) -> None:
    for piece in pieces:
        if isinstance(piece, float):
            await process.stdout.drain()
            await asyncio.sleep(piece)
        else:
            process.stdout.write(piece)


@contextmanager
def session(
    answers: Mapping[str, Pieces], *, platform: str = "ios", timeout: float = 10.0, **stage: Any
) -> Iterator[Any]:
    """An ssh session with an actor."""
    with sshd.running(acts=actor(answers, **stage)) as server:
        given = ConnectionParameters(
            device="r1",
            address="127.0.0.1",
            port=server.port,
            username=sshd.USERNAME,
            password=sshd.PASSWORD,
            platform=platform,
            host_keys=FirstSeen(),
        )
        driver = Ssh()
        connection = driver.open(given, timeout=timeout)
        try:
            yield connection
        finally:
            driver.abort(connection)
            driver.close(connection)
            server.wait_until_idle()
