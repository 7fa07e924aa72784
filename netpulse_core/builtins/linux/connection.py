"""A connection to a Linux server as tasks hold it: plain calls, each one a channel of one SSH connection."""

import asyncio
import concurrent.futures
import re
import threading
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from netpulse_core import File, Push, Turn, errors
from netpulse_core.builtins import asyncssh_transport as transport
from netpulse_core.builtins.linux import remote
from netpulse_core.builtins.linux.process import CommandResult, Execution, Sink
from netpulse_core.builtins.linux.remote import Request
from netpulse_core.builtins.linux.transfer import Mover, Transfer, checked_mode, checked_path

if TYPE_CHECKING:
    import asyncssh

_GRACE = 15.0
"""Seconds beyond a call's own timeout: to end a process, and to be told that it was."""

_LAST_WORD = 0.05
"""Seconds for a signal to leave before its connection is cut."""

_STATUS = re.compile(r"\[exit status [0-9]+\]")
"""The last line of a `send_command` where the command failed."""


class LinuxConnection:
    """An open connection. Each command runs in a shell of its own: no directory or variable is left behind."""

    def __init__(self, link: "asyncssh.SSHClientConnection", *, device: str, username: str, sudo: str | None) -> None:
        self._link = link
        self._sudo = sudo
        self._lock = threading.Lock()
        self._working = 0
        self._running: set[Execution] = set()
        self._over = False
        self.device = device
        self.username = username

    def __repr__(self) -> str:
        return f"<linux connection to {self.device}>"

    def run(
        self,
        command: str,
        *,
        timeout: float = 60.0,
        env: Mapping[str, str] | None = None,
        sudo: bool | str = False,
        input: str | bytes = b"",
    ) -> CommandResult:
        """Run a command line in /bin/sh and return its status and both streams.

        `sudo` is True for root, or the name of the user to be. Raises TimedOut, which says whether the process was
        ended, and CommandRejected where nothing was run.
        """
        request = Request(command=command, env=dict(env or {}), sudo=sudo).checked(self.device)
        content = input.encode() if isinstance(input, str) else input
        return self._do(self._execute(request, timeout, content=_once(content) if content else None), timeout)

    def run_script(
        self,
        script: str | bytes | File,
        arguments: Sequence[str] = (),
        *,
        timeout: float = 300.0,
        env: Mapping[str, str] | None = None,
        sudo: bool | str = False,
    ) -> CommandResult:
        """Run a script by the interpreter its first line names, from a private file that is removed again."""
        if isinstance(script, File):
            script = script.path.read_bytes()
        content = script.encode() if isinstance(script, str) else script
        words = " ".join(quote(argument) for argument in arguments)
        command = remote.script(remote.interpreter_of(content), len(content), words)
        request = Request(command=command, env=dict(env or {}), sudo=sudo).checked(self.device)
        return self._do(self._execute(request, timeout, content=_once(content)), timeout)

    def put(
        self, source: File, path: str, *, mode: str | None = None, sudo: bool | str = False, timeout: float = 600.0
    ) -> Transfer:
        """Put a file in its place, unless its content and permissions are there already.

        It is written beside, its hash is compared, and it is renamed: nobody ever sees half of it.
        """
        checked_path(path, self.device)
        checked_mode(mode, self.device)
        return self._do(self._mover(sudo, timeout).put(source, path, mode), timeout)

    def get(
        self, path: str, local: Path, *, sudo: bool | str = False, most: int | None = None, timeout: float = 600.0
    ) -> Transfer:
        """Bring a file to a local path, its hash compared; `most` is how many bytes are taken."""
        checked_path(path, self.device)
        return self._do(self._mover(sudo, timeout).get(path, local, most), timeout)

    def sha256(self, path: str, *, sudo: bool | str = False, timeout: float = 60.0) -> str:
        """Return the SHA-256 of a file, an empty text where there is none."""
        checked_path(path, self.device)
        return self._do(self._mover(sudo, timeout).state(path), timeout)

    def send_command(self, command: str, *, read_timeout: float = 30.0) -> str:
        """Return what a command said, its standard error last; a status other than 0 stands in the last line."""
        result = self.run(command, timeout=read_timeout)
        said = [part.rstrip("\n") for part in (result.stdout, result.stderr) if part.strip()]
        if not result.ok:
            said.append(f"[exit status {result.exit_status}]")
        return "\n".join(said)

    def send_config(self, lines: Sequence[str], *, save: bool = False, read_timeout: float = 30.0) -> Push:
        """Refuse: a Linux server has no configuration mode."""
        raise errors.CommandRejected(
            "nothing was sent: a Linux server has no configuration lines",
            device=self.device,
            hint="use run_command, run_script or put_file",
        )

    def send_dialog(self, turns: Sequence[Turn], *, read_timeout: float = 30.0) -> list[str]:
        """Refuse: a command here has no terminal to be asked on."""
        raise errors.CommandRejected(
            "nothing was sent: commands on a Linux server are run without a terminal, so nothing asks",
            device=self.device,
            hint="give the answers as `input` of `run`, or use the command's own options",
        )

    def refusal(self, answer: str) -> str | None:
        """Return why a command failed, by the status in the last line of its answer."""
        *before, last = answer.rsplit("\n", 2)
        if not _STATUS.fullmatch(last):
            return None
        return " ".join([last[1:-1], *before[-1:]])

    def ping(self, timeout: float) -> None:
        """Ask for a sign of life."""
        result = self._do(self._execute(Request(command=":"), timeout), timeout)
        if not result.ok:
            raise errors.SessionLost(f"its shell ended with status {result.exit_status}", device=self.device)

    @property
    def link(self) -> "asyncssh.SSHClientConnection":
        """The SSH connection below, for the driver."""
        return self._link

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being done on it."""
        return self._working == 0

    @property
    def is_open(self) -> bool:
        """Whether it can be used."""
        return not self._over and not self._link.is_over  # type: ignore[attr-defined]  # of the transport's own class

    def break_off(self) -> None:
        """Break it at once; who waits for it gets an error, and what runs is asked to end where the server lets it."""
        self._over = True
        transport.call(self._cut)

    def _cut(self) -> None:
        for execution in self._running:
            execution.terminate()
        asyncio.get_running_loop().call_later(_LAST_WORD if self._running else 0, self._link.abort)

    def _mover(self, sudo: bool | str, timeout: float) -> Mover:
        def shell(command: str, *, content: Any = None, stdout: Sink | None = None) -> Coroutine[Any, Any, Any]:
            request = Request(command=command, sudo=sudo).checked(self.device)
            return self._execute(request, timeout, content=content, stdout=stdout)

        return Mover(self._link, shell, device=self.device, as_other=sudo is not False)

    async def _execute(
        self, request: Request, within: float, *, content: Any = None, stdout: Sink | None = None
    ) -> CommandResult:
        execution = Execution(self._link, request, device=self.device, password=self._sudo)
        self._running.add(execution)
        try:
            return await execution.result(within, content=content, stdout=stdout)
        finally:
            self._running.discard(execution)

    def _do[T](self, work: Coroutine[Any, Any, T], timeout: float) -> T:
        if not self.is_open:
            work.close()
            raise errors.SessionLost("nothing was sent: the session had ended", device=self.device)
        with self._lock:
            self._working += 1
        try:
            result = transport.run(work, timeout=timeout + _GRACE)
        except concurrent.futures.CancelledError as error:
            raise errors.SessionLost("the session was broken off", device=self.device) from error
        finally:
            with self._lock:
                self._working -= 1
        if self._over:  # what came of it is what breaking it off made of it
            raise errors.SessionLost("the session was broken off", device=self.device)
        return result


async def _once(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1 << 16):
        yield content[start : start + (1 << 16)]
