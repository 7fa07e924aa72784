"""The bytes of one session: what the terminal says goes out, and each line meets its fate."""

import asyncio
from typing import Protocol

import asyncssh

from netpulse_core.lab.device import Device
from netpulse_core.lab.faults import Fate
from netpulse_core.lab.ios import Reply, Shell
from netpulse_core.lab.journal import Session
from netpulse_core.lab.scp import Sink
from netpulse_core.lab.script import ScriptedShell
from netpulse_core.lab.terminal import Terminal


class Connection(Protocol):
    """What a session needs of the connection it runs over: to end it, and to say why."""

    ending: str

    @property
    def gone(self) -> bool: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...


class CommandLine(asyncssh.SSHServerSession[bytes]):
    """A shell, or the one command of an exec request, on an SSH channel."""

    _channel: asyncssh.SSHServerChannel[bytes]

    def __init__(self, device: Device, session: Session, connection: Connection) -> None:
        self._device = device
        self._connection = connection
        self._session = session
        self._shell: Shell | ScriptedShell = (
            Shell(device.machine, device.journal, session, privileged=device.account.privileged)
            if device.script is None
            else ScriptedShell(device.script)
        )
        self._terminal = Terminal(self._shell)
        self._command: str | None = None
        self._sink: Sink | None = None
        self._busy = False
        self._ended = False
        self._count = 0

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    def pty_requested(self, term_type: str, term_size: object, term_modes: object) -> bool:
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def session_started(self) -> None:
        if self._command is not None and self._command.startswith("scp "):
            machine = self._device.machine
            self._sink = Sink(machine.flash, self._command, enabled="ip scp server enable" in machine.running.children)
            self._channel.write(self._sink.greeting)
            return
        if self._command is not None:
            self._shell.length = 0
            self._obey(self._command)
            return
        script = self._device.script
        motd = self._device.machine.running.value("banner motd") if script is None else script.banner.rstrip("\n")
        motd = (motd or "").removeprefix("^C").removesuffix("^C")
        self._terminal.greet("".join(f"\n{text}\n" for text in (motd, self._device.faults.banner) if text))
        self._flush()

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        if self._sink is not None:
            self._channel.write(self._sink.feed(data))
            return
        self._terminal.feed(data)
        self._pump()

    def connection_lost(self, exc: Exception | None) -> None:
        # Exec and shell alike take their connection with them, as on a router; not before the client closed its
        # side, for clients throw away what they have not read when they are disconnected.
        self._connection.close()

    def eof_received(self) -> bool:
        self._ended = True
        self._pump()
        return True

    def _pump(self) -> None:
        while not self._busy and (line := self._terminal.next_line()) is not None:
            self._obey(line)
        if self._ended and not self._busy:
            self._leave("exit")
        self._flush()

    def _obey(self, line: str) -> None:
        self._device.journal.saw(self._session, "<secret>" if self._shell.hidden else line)
        self._count += bool(line.strip())
        fate = self._device.faults.fate(line, self._count)
        if isinstance(self._shell, ScriptedShell) and fate == Fate():
            fate = self._shell.fate(line)
        self._busy = fate.hangs or fate.drops or fate.wait > 0
        if fate.hangs:
            return
        if fate.wait:
            asyncio.get_running_loop().call_later(fate.wait, self._after_wait, line, fate)
        elif fate.drops:
            self._drop(line, fate)
        else:
            self._answer(line)

    def _after_wait(self, line: str, fate: Fate) -> None:
        if not self._session.live:
            return
        if fate.drops:
            self._drop(line, fate)
            return
        self._busy = False
        self._answer(line)
        self._pump()

    def _drop(self, line: str, fate: Fate) -> None:
        if fate.executes:
            self._shell.execute(line)
        self._connection.ending = "dropped"
        self._connection.abort()

    def _answer(self, line: str) -> None:
        refusal = self._device.faults.refusal(line)
        reply = self._shell.execute(line) if refusal is None else Reply(f"{refusal}\n")
        if self._command is not None:
            self._terminal.say(self._device.faults.disturb(reply.text))
            self._leave("exit")
        elif reply.closes:
            self._leave("exit")
        else:
            self._terminal.answer(self._device.faults.disturb(reply.text))
        if reply.clears is not None:
            self._device.hang_up(reply.clears)
        if reply.reloads:
            self._device.hang_up(reason="reload")

    def _leave(self, ending: str) -> None:
        self._flush()
        self._busy = True
        self._connection.ending = ending
        if self._connection.gone:
            return
        self._channel.exit(0)

    def _flush(self) -> None:
        output = self._terminal.take()
        if not output or self._connection.gone or self._channel.is_closing():
            return
        step = self._device.faults.chunk or len(output)
        for start in range(0, len(output), step):
            self._channel.write(output[start : start + step])
