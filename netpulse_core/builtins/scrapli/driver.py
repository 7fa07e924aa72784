"""The driver `scrapli`: scrapli's own drivers, over SSH connections of NetPulse's event loop."""

from collections.abc import Mapping, Sequence
from typing import Any

from netpulse_core import ConnectionParameters, DeviceSession, Driver, errors
from netpulse_core.builtins import asyncssh_transport, doubts
from netpulse_core.builtins.netmiko import keys, lines
from netpulse_core.builtins.scrapli import connection as sessions
from netpulse_core.builtins.scrapli import opening
from netpulse_core.builtins.scrapli.commandline import ScrapliLine
from netpulse_core.builtins.scrapli.platforms import ABILITIES, netmiko_name
from netpulse_core.builtins.scrapli.sent import sent
from netpulse_core.builtins.scrapli.transport import SecretRefused

_PRIVILEGED = "check the enable secret in inventory/ (`secret` in the connection options of scrapli)"
_SLOW = "the device may be busy: raise the timeout (`timeout_ops`), or look at its load"


class Scrapli(Driver):
    """Sessions of scrapli's platforms, under the name nornir_scrapli's tasks ask for."""

    name = "scrapli"
    sentence = "SSH command lines for tasks of nornir_scrapli"
    reads = frozenset({"get_prompt", "isalive"})
    commands = frozenset({"send_command", "send_commands"})
    inert = frozenset({"default_desired_privilege_level", "host", "platform", "username"})

    def open(self, parameters: ConnectionParameters, *, timeout: float) -> sessions.ScrapliConnection:
        """Open a session within `timeout` seconds, jump hosts included."""
        return opening.open_connection(parameters, timeout=timeout)

    def close(self, connection: sessions.ScrapliConnection) -> None:
        """End the SSH connection, with a goodbye where the session is at its prompt; nothing is typed."""
        if self.at_rest(connection):
            connection._transport.say_goodbye()
        else:
            connection._transport.break_off()

    def abort(self, connection: sessions.ScrapliConnection) -> None:
        """Break the connection; who waits for an answer gets an error at once."""
        connection._transport.break_off()

    def alive(self, connection: sessions.ScrapliConnection) -> bool:
        """Whether something can still come."""
        return connection._transport.isalive()

    def probe(self, connection: sessions.ScrapliConnection, *, timeout: float) -> None:
        """Ask for the prompt and wait for it."""
        sessions.probe(connection, timeout)

    def at_rest(self, connection: sessions.ScrapliConnection) -> bool:
        """Whether what came last is the prompt the session was opened at, and nothing is unread."""
        transport = connection._transport
        return transport.isalive() and not transport.unread and transport.last_line() == connection._rest

    def device_session(self, connection: sessions.ScrapliConnection) -> str | None:
        """Name the session by its own end of the TCP connection, as `tcp 192.0.2.9:53122 as netops`."""
        return asyncssh_transport.session_name(connection._transport.connection, connection.username)

    def end_session(self, connection: sessions.ScrapliConnection, recorded: DeviceSession, *, timeout: float) -> bool:
        """Clear the TCP connection of another session, on IOS."""
        line, platform = ScrapliLine(connection, connection.host), _doubted(connection)
        return doubts.end_session(line, platform, recorded, self.device_session(connection), timeout=timeout)

    def configuration(self, connection: sessions.ScrapliConnection, *, timeout: float) -> str | None:
        """Return what `show running-config` shows, where that is all of it."""
        line = ScrapliLine(connection, connection.host)
        return doubts.configuration(line, _doubted(connection), timeout=timeout)

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the command, or the commands, of a call."""
        if method == "send_command":
            sent: list[Any] = [args[0] if args else kwargs.get("command")]
        else:
            given = args[0] if args else kwargs.get("commands")
            if not isinstance(given, (list, tuple)):  # an iterator would be used up by looking at it
                raise errors.InvalidParameters(method, ["commands: must be a list"])
            sent = list(given)
        if not all(isinstance(line, str) for line in sent):
            raise errors.InvalidParameters(method, ["command: must be text"])
        return tuple(sent)

    def sent(
        self, platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Sequence[str] | None:
        """Return the lines of a call, of a file and of scrapli's own dialogue too."""
        if method in self.reads:
            return ()
        commands = method in self.commands
        told = self.lines(method, args, kwargs) if commands else sent(platform, method, args, kwargs)
        keys.refuse_call(netmiko_name(platform), told or ())
        return told

    def is_read(self, platform: str | None, line: str) -> bool:
        """Whether this one line can do nothing but read on this platform."""
        return lines.is_read(netmiko_name(platform), line)

    def translate(self, error: BaseException, device: str) -> errors.DeviceError | None:
        """Say scrapli's errors as ours, and those of the transport below."""
        if isinstance(error, errors.DeviceError):
            return error
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "ScrapliTimeout" in kinds:
            return errors.TimedOut("no complete answer in time", device=device, hint=_SLOW)
        if isinstance(error, SecretRefused) or "ScrapliPrivilegeError" in kinds:
            return errors.PrivilegeRefused("privileged mode refused", device=device, hint=_PRIVILEGED)
        if "ScrapliException" in kinds:
            return errors.SessionLost(f"the session ended: {error}", device=device)
        return asyncssh_transport.translate(error, device)

    def abilities(self) -> Mapping[str, Sequence[str]]:
        """Return what can be done on the platforms scrapli brings itself."""
        return ABILITIES


def _doubted(connection: sessions.ScrapliConnection) -> str:
    return netmiko_name(connection.platform)
