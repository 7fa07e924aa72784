"""One command on an open connection: begun only when the shell is there, both streams kept apart, ended in time."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netpulse_core import errors
from netpulse_core.builtins.linux import remote
from netpulse_core.builtins.linux.remote import Request

if TYPE_CHECKING:
    import asyncssh

MOST = 16 * 1024 * 1024
"""Bytes of one stream that are kept; the rest is read and dropped, so that the command can end by itself."""

PIECE = 64 * 1024
_NOISE = 256 * 1024
"""Bytes that a login shell may say before it does what it is asked."""
_ENDING = 8.0
"""Seconds to end a process whose time is over."""

Sink = Callable[[bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What a command came to; one that was ended by a signal has the status 128 and more, as in a shell."""

    exit_status: int
    stdout: str
    stderr: str
    signal: str = ""
    truncated: bool = False
    """Whether more was said than is kept."""

    @property
    def ok(self) -> bool:
        """Whether the status is 0."""
        return self.exit_status == 0


class Kept:
    """The beginning of a stream."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._data = bytearray()
        self.truncated = False

    def __call__(self, piece: bytes) -> None:
        """Keep what there is room for."""
        room = self._most - len(self._data)
        self._data += piece[:room]
        self.truncated = self.truncated or len(piece) > room

    @property
    def text(self) -> str:
        """What was kept."""
        return self._data.decode("utf-8", "replace")


class Execution:
    """One request under way on a link."""

    def __init__(self, link: "asyncssh.SSHClientConnection", request: Request, *, device: str, password: str | None):
        self._link, self._request, self._device, self._password = link, request, device, password
        self._process: Any = None
        self._target = 0

    async def result(
        self, within: float, *, content: AsyncIterable[bytes] | None = None, stdout: Sink | None = None
    ) -> CommandResult:
        """Run it and return what it came to.

        Raises CommandRejected where nothing was run, and TimedOut, which says whether the process could be ended.
        """
        out, err = Kept(), Kept()
        try:
            async with asyncio.timeout(within):
                await self._begin(err)
                await asyncio.gather(
                    self._feed(content), _drain(self._process.stdout, self._after_mark(stdout or out)),
                    _drain(self._process.stderr, err),
                )  # fmt: skip
                await self._process.wait_closed()
        except TimeoutError as error:
            raise await self._out_of_time(within) from error
        finally:
            if self._process is not None:
                self._process.close()
        return self._told(out, err)

    def terminate(self) -> None:
        """Have the server end it, as far as the user may: OpenSSH signals the group, but not what sudo runs."""
        with contextlib.suppress(Exception):  # the connection may be gone already, which ends nothing more
            self._process.terminate()

    async def _begin(self, err: Kept) -> None:
        """Wait until the shell is there; answer sudo once."""
        self._process = await self._link.create_process(self._request.line, encoding=None)
        seen, asked, prompt = b"", 0, self._request.prompt.encode()
        # Not the mark alone: a sudo that refuses quotes the command it refuses.
        there = re.compile(self._request.mark.encode() + rb" ([0-9]+) ([0-9]+) ([0-9]+)\n")
        while True:
            piece = await self._process.stderr.read(PIECE)
            seen = (seen + piece)[-_NOISE:]
            if prompt in seen:
                asked += 1
                if asked > 1 or self._password is None:
                    raise self._refused_by_sudo(asked)
                seen = seen.replace(prompt, b"", 1)
                self._process.stdin.write(self._password.encode() + b"\n")
            if found := there.search(seen):
                self._target = self._target_of(*map(int, found.groups()))
                err(seen[found.end() :])
                return
            if not piece:
                raise self._not_begun(seen)

    def _target_of(self, pid: int, parent: int, group: int) -> int:
        """What to end: the whole group where it is the command's own, else the process alone."""
        own = group == pid or (self._request.sudo is not False and group == parent > 1)
        return -group if own else pid

    async def _feed(self, content: AsyncIterable[bytes] | None) -> None:
        stdin = self._process.stdin
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it need not read what it is given
            stdin.write(self._request.words)
            if content is not None:
                async for piece in content:
                    stdin.write(piece)
                    await stdin.drain()
            stdin.write_eof()

    def _after_mark(self, sink: Sink) -> Sink:
        """Drop what the login shell said before the command was there."""
        mark, before = self._request.mark.encode() + b"\n", b""
        begun = False

        def take(piece: bytes) -> None:
            nonlocal before, begun
            if not begun:
                before += piece
                _, found, piece = before.partition(mark)
                begun = bool(found)
            if begun and piece:
                sink(piece)

        return take

    def _told(self, out: Kept, err: Kept) -> CommandResult:
        signal, status = "", self._process.exit_status
        if self._process.exit_signal:
            signal, status = self._process.exit_signal[0], 128 - (self._process.returncode or 0)
        if status is None:
            raise errors.SessionLost(
                "the session ended before the command said how it went", device=self._device, hint="look at the server"
            )
        return CommandResult(
            exit_status=int(status),
            stdout=out.text,
            stderr=err.text,
            signal=signal,
            truncated=out.truncated or err.truncated,
        )

    async def _out_of_time(self, within: float) -> errors.TimedOut:
        if self._target == 0:
            return errors.TimedOut(f"no shell within {within:g} s, and nothing was run", device=self._device)
        what = f"process group {-self._target}" if self._target < 0 else f"process {self._target}"
        try:
            request = Request(command=remote.ending(self._target), sudo=self._request.sudo)
            ending = Execution(self._link, request, device=self._device, password=self._password)
            async with asyncio.timeout(_ENDING):
                ended = (await ending.result(_ENDING)).ok
        except Exception:  # noqa: BLE001  whatever it was, the process could not be seen to end
            ended = False
        if ended:
            return errors.TimedOut(f"not done within {within:g} s; {what} was ended", device=self._device)
        return errors.TimedOut(
            f"not done within {within:g} s; {what} could not be ended and may still run",
            device=self._device,
            hint=f"look at the server: `ps -e -o pid,pgid,args | grep {abs(self._target)}`",
        )

    def _refused_by_sudo(self, asked: int) -> errors.CommandRejected:
        if asked > 1:
            said, hint = "sudo refused the password", "check `sudo_password`, or the login password, in inventory/"
        else:
            said, hint = "sudo asks for a password, and none is known", "give `sudo_password` in connection options"
        return errors.CommandRejected(f"nothing was run: {said}", device=self._device, hint=hint)

    def _not_begun(self, said: bytes) -> errors.CommandRejected:
        text = said.decode("utf-8", "replace").replace(f" {remote.wrapper(self._request.mark)}", "")
        words = " ".join(text.split())[-300:]
        why = words or "the login shell ended without a word"
        hint = "may this user run it? `sudo -l` says so" if self._request.sudo else "is its login shell a POSIX shell?"
        return errors.CommandRejected(f"nothing was run: {why}", device=self._device, hint=hint)


async def _drain(stream: Any, sink: Sink) -> None:
    while piece := await stream.read(PIECE):
        sink(piece)
