"""The driver `linux`: servers over SSH, with commands, scripts and files instead of a command line with modes."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from netpulse_core import ConnectionParameters, DeviceSession, Driver, File, errors
from netpulse_core.builtins import asyncssh_transport as transport
from netpulse_core.builtins.linux import ending, reading
from netpulse_core.builtins.told import given, of_file, of_text

_ABILITIES = ("commands with status and both streams", "scripts", "sudo", "files up and down")


class Linux(Driver):
    """Linux servers over SSH."""

    name = "linux"
    sentence = "Linux servers over SSH: commands with exit status, scripts, sudo, files by SFTP"
    reads = frozenset({"get", "refusal", "sha256"})
    commands = frozenset({"run", "send_command"})
    beside = frozenset({"put"})
    inert = frozenset({"device", "username"})

    def open(self, parameters: ConnectionParameters, *, timeout: float) -> Any:
        """Open a connection within `timeout` seconds, the way through jump hosts included."""
        from netpulse_core.builtins.linux.connection import LinuxConnection  # noqa: PLC0415

        deadline = time.monotonic() + timeout
        link = transport.run(
            transport.connect(parameters, transport.known(parameters, deadline=deadline), deadline=deadline),
            timeout=timeout + 5.0,
        )
        own = parameters.extras.get("sudo_password")
        return LinuxConnection(
            link,
            device=parameters.device,
            username=parameters.username or "",
            sudo=parameters.password if own is None else str(own),
        )

    def close(self, connection: Any) -> None:
        """Say goodbye."""
        if connection.is_open:
            transport.close(connection.link)
        connection.break_off()

    def abort(self, connection: Any) -> None:
        """Break the connection; what runs on the server loses its input and output, and ends when it notices."""
        connection.break_off()

    def alive(self, connection: Any) -> bool:
        """Whether the connection is open."""
        return bool(connection.is_open)

    def probe(self, connection: Any, *, timeout: float) -> None:
        """Have a shell do nothing."""
        connection.ping(timeout)

    def at_rest(self, connection: Any) -> bool:
        """Whether nothing runs; no command leaves anything behind in a connection."""
        return bool(connection.is_open and connection.is_idle)

    def device_session(self, connection: Any) -> str | None:
        """Name the connection by its own end, as `tcp 192.0.2.9:53122 as netops`."""
        return transport.session_name(connection.link, connection.username)

    def end_session(self, connection: Any, recorded: DeviceSession, *, timeout: float) -> bool:
        """Kill another SSH session of the same user, with all that was started in it."""
        return ending.end_session(connection, recorded, self.device_session(connection), timeout=timeout)

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the command; with sudo or variables of its own it is another one, and no longer known to read."""
        command = args[0] if args else kwargs.get("command")
        if not isinstance(command, str):
            raise errors.InvalidParameters(method, ["command: must be text"])
        before = [f"sudo -u {sudo}" if isinstance(sudo, str) else "sudo"] if (sudo := kwargs.get("sudo")) else []
        before += [f"env {' '.join(env)}"] if (env := kwargs.get("env")) else []
        return (" ".join([*before, command]),)

    def sent(
        self, platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Sequence[str] | None:
        """Return the lines of a call: a command by itself too where sudo runs it, what it reads, each of a script."""
        match method:
            case "run":
                read = of_text(kwargs.get("input", ""))
                (line,) = self.lines(method, args, kwargs)
                command = given(args, kwargs, "command")["command"]
                return None if read is None else list(dict.fromkeys([line, command, *read]))
            case "run_script":
                return _of_script(given(args, kwargs, "script").get("script"))
            case "send_config" | "send_dialog" | "refusal":
                return ()  # the first two refuse, and send nothing
        return self.lines(method, args, kwargs) if method in self.commands else None

    def is_read(self, platform: str | None, line: str) -> bool:
        """Whether this command line is known to only read; nothing with a shell's signs is."""
        return reading.is_read(line)

    def translate(self, error: BaseException, device: str) -> errors.DeviceError | None:
        """Say the library's error as ours."""
        return transport.translate(error, device)

    def abilities(self) -> Mapping[str, tuple[str, ...]]:
        """Return what every server can do."""
        return {"linux": _ABILITIES}


def _of_script(script: Any) -> Sequence[str] | None:
    return of_file(script.path) if isinstance(script, File) else of_text(script)
