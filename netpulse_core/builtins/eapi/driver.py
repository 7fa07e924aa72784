"""The driver `eapi`: Arista EOS over its JSON-RPC API."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from netpulse_core import ConnectionParameters, Driver, errors
from netpulse_core.builtins import doubts
from netpulse_core.builtins.eapi.configuring import SAVE
from netpulse_core.builtins.eapi.connection import PLATFORM, EapiConnection, is_read, no_dialogue, one_line
from netpulse_core.builtins.http import failures
from netpulse_core.builtins.http.connection import HttpConnection
from netpulse_core.builtins.http.options import Options
from netpulse_core.builtins.told import given, of_push


class EapiOptions(Options):
    """The options of `http`, and the enable secret."""

    base_path: str = "/command-api"
    secret: SecretStr | None = None


class Eapi(Driver):
    """Sessions with EOS; commands are judged as on its command line."""

    name = "eapi"
    sentence = "Arista EOS over eAPI: commands as data, configuration sessions"
    reads = frozenset({"refusal"})
    commands = frozenset({"run_commands", "send_command", "send_dialog"})
    inert = frozenset({"device"})

    def open(self, parameters: ConnectionParameters, *, timeout: float) -> Any:
        """Return a connection whose credentials and enable secret the switch has taken."""
        parameters.refuse_jump_hosts(self.name)
        options = EapiOptions.of(parameters)
        secret = options.secret.get_secret_value() if options.secret else None
        connection = EapiConnection(HttpConnection(parameters, options), secret)
        try:
            with failures.at_the_door():
                connection.probe(timeout)
        except BaseException:
            connection.http.close()
            raise
        return connection

    def close(self, connection: Any) -> None:
        """Close the TCP connection; a call leaves nothing behind that wants a goodbye."""
        connection.http.close()

    def abort(self, connection: Any) -> None:
        """Shut the socket down; who waits for an answer gets SessionLost."""
        connection.http.abort()

    def alive(self, connection: Any) -> bool:
        """Whether it may be used; each call stands alone."""
        return bool(connection.http.alive)

    def probe(self, connection: Any, *, timeout: float) -> None:
        """Ask for the version."""
        connection.probe(timeout)

    def at_rest(self, connection: Any) -> bool:
        """Whether no call is under way."""
        return bool(connection.http.at_rest)

    def device_session(self, connection: Any) -> str | None:
        """Return None: the switch keeps no session of a call."""
        return None

    def configuration(self, connection: Any, *, timeout: float) -> str | None:
        """Return what `show running-config` shows."""
        return doubts.configuration(connection, PLATFORM, timeout=timeout)

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the commands of a call; what cannot be sent is refused."""
        if method == "send_dialog":
            raise no_dialogue("eapi")
        if method == "send_command":
            return (one_line(args[0] if args else kwargs.get("command")),)
        if kwargs.get("format", "json") not in ("json", "text"):
            raise errors.InvalidParameters(method, ["format: json or text"])
        given = args[0] if args else kwargs.get("commands")
        if not isinstance(given, list | tuple) or not given:
            raise errors.InvalidParameters(method, ["commands: a list of lines"])
        return tuple(one_line(one) for one in given)

    def sent(
        self, platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Sequence[str] | None:
        """Return the lines of a call, that which saves among them."""
        if method == "send_config":
            return of_push(given(args, kwargs, "lines"), SAVE)
        if method in self.commands:
            return self.lines(method, args, kwargs)
        return () if method in self.reads else None

    def is_read(self, platform: str | None, line: str) -> bool:
        """Whether EOS can do nothing but read on this line, whatever the inventory calls the platform."""
        return is_read(line)

    def translate(self, error: BaseException, device: str) -> errors.DeviceError | None:
        """Say what httpx raises as ours; the connection does so already."""
        ours = isinstance(error, errors.DeviceError) or type(error).__module__.startswith(("httpx", "httpcore"))
        return failures.of_transport(error, device, self.name) if ours else None
