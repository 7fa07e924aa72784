"""From a login to a shell that rests at its prompt: terminal and shell asked for at once, then the platform's lines."""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

import asyncssh
from asyncssh.packet import Byte, String, UInt32

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins import asyncssh_transport as transport
from netpulse_core.builtins.ssh.connection import SshConnection
from netpulse_core.builtins.ssh.line import Line
from netpulse_core.builtins.ssh.platform import Platform
from netpulse_core.builtins.ssh.shell import Answer, Ask, Shell

WIDTH, HEIGHT = 511, 1000
"""Of the terminal; IOS takes no wider one."""

LONGEST_BANNER = 4000

_PTY_OP_END = 0
_WINDOW, _PACKET = 2 * 1024 * 1024, 32768


async def open_session(
    parameters: ConnectionParameters, believed: transport.Known, platform: Platform, *, deadline: float
) -> SshConnection:
    """Return a session at rest; `deadline` is monotonic seconds. Raises what `transport.translate` explains."""
    link = await transport.connect(parameters, believed, deadline=deadline)
    try:
        async with asyncio.timeout(deadline - time.monotonic()):
            loop = asyncio.get_running_loop()
            shell = Shell(loop, platform)
            await _Channel(link, loop, "replace", None, "strict", _WINDOW, _PACKET).begin(shell, platform.terminal)
            banner = await _prepare(shell, platform, parameters)
    except BaseException:
        link.abort()
        raise
    return SshConnection(Line(link, shell, platform, parameters.device), parameters, banner)


class _Channel(asyncssh.SSHClientChannel[bytes]):
    """asyncssh asks for the terminal and waits, then for the shell and waits: two round trips for one."""

    async def begin(self, session: Shell, terminal: str) -> None:
        """Start a shell whose reader is `session`."""
        (await self._open(b"session")).check_end()
        self._session: Any = session
        session.connection_made(self)
        size = (UInt32(WIDTH), UInt32(HEIGHT), UInt32(0), UInt32(0))
        granted = await asyncio.gather(
            self._make_request(b"pty-req", String(terminal), *size, String(Byte(_PTY_OP_END))),
            self._make_request(b"shell"),
        )
        if not all(granted):
            self.close()
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_REQUEST_SESSION_FAILED, "no shell was given")
        await self._start_reading()


async def _prepare(shell: Shell, platform: Platform, parameters: ConnectionParameters) -> str:
    """Bring the shell to rest, and return what the device said before its first prompt."""
    ask = _asker(shell, parameters.device)
    greeting: Answer = await ask(Ask(None))
    lines = platform.prepare or ("",)
    for sent in ["\n".join(lines)] if platform.pipelined else lines:
        await ask(Ask(sent, echo=sent.rpartition("\n")[2]))
    secret, enable = parameters.extras.get("secret"), platform.enable
    if enable is not None and secret and shell.mode != enable.mode:
        answer = await ask(Ask(enable.line, echo=enable.line, until=enable.asks), at_prompt=False)
        if not answer.mode:
            answer = await ask(Ask(str(secret), echo=str(secret), unseen=True, until=enable.asks), at_prompt=False)
        if answer.mode != enable.mode:
            raise errors.PrivilegeRefused(
                "privileged mode refused",
                device=parameters.device,
                hint="check the enable secret in inventory/ (`secret` in the connection options)",
            )
    return sys.intern(greeting.text.strip("\n")[:LONGEST_BANNER])  # a text that many devices say is kept once


def _asker(shell: Shell, device: str) -> Callable[..., Any]:
    async def ask(one: Ask, *, at_prompt: bool = True) -> Answer:
        shell.begin(one)
        answer = await asyncio.wrap_future(one.future)
        if at_prompt and not answer.mode:
            raise errors.TimedOut(
                f"the login ended at no prompt, but at {answer.last!r}",
                device=device,
                hint="is `platform` in inventory/ the right one?",
            )
        return answer

    return ask
