"""The driver `napalm`: NAPALM's own drivers, over sessions that NetPulse opens and watches."""

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netpulse_core import ConnectionParameters, DeviceSession, Driver, errors
from netpulse_core.builtins.napalm import opening, translation
from netpulse_core.builtins.napalm.connection import CHANGES, GETTERS, NapalmConnection
from netpulse_core.builtins.napalm.platforms import ABILITIES, NETMIKO_TYPES, TYPED, napalm_name
from netpulse_core.builtins.netmiko import keys, lines
from netpulse_core.builtins.told import given, of_file, of_text

_GOODBYE = 5.0
"""Seconds in which what a session left loaded is thrown away, before its transport is broken."""


class Napalm(Driver):
    """Sessions of NAPALM's platforms, under the name nornir_napalm's tasks ask for."""

    name = "napalm"
    sentence = "one form for every vendor: getters as data, merge, replace, compare, commit, roll back"
    reads = GETTERS | {"compliance_report", "has_pending_commit", "is_alive"}
    commands = frozenset({"cli"})
    inert = frozenset({"hostname", "platform", "username"})

    def open(self, parameters: ConnectionParameters, *, timeout: float) -> NapalmConnection:
        """Open a session within `timeout` seconds."""
        return opening.open_connection(parameters, timeout=timeout)

    def close(self, connection: NapalmConnection) -> None:
        """Throw away what is loaded and leave; a commit that waits for its confirmation is left to its timer."""
        link, napalm = connection._link, connection._napalm
        if link.alive() and not connection.untouched:
            # Whatever it cannot say any more, the transport ends below.
            with _broken_off_after(_GOODBYE, connection), contextlib.suppress(Exception):
                connection.clean_up()
        link.close()
        napalm.is_alive = lambda: {"is_alive": False}  # or NAPALM would speak to the device when it is collected

    def abort(self, connection: NapalmConnection) -> None:
        """Break the transport; who waits for an answer gets an error."""
        connection._link.abort()

    def alive(self, connection: NapalmConnection) -> bool:
        """Whether the transport is up; eAPI has none between two requests."""
        return connection._link.alive()

    def probe(self, connection: NapalmConnection, *, timeout: float) -> None:
        """Ask for the prompt, or for the clock; a transport that does not answer in time is broken off."""
        with _broken_off_after(timeout, connection):
            connection._link.probe(timeout)

    def at_rest(self, connection: NapalmConnection) -> bool:
        """Whether nothing is loaded or waits for a confirmation, and the transport is at its prompt."""
        return connection.untouched and connection._link.alive() and connection._link.at_rest()

    def device_session(self, connection: NapalmConnection) -> str | None:
        """Name the session by its own end of the TCP connection, where it has one that stays."""
        return connection._link.name()

    def end_session(self, connection: NapalmConnection, recorded: DeviceSession, *, timeout: float) -> bool:
        """Clear the TCP connection of another session, on IOS; the other platforms' sessions speak more than lines."""
        return connection.platform == "ios" and connection._link.end(recorded, timeout)

    def configuration(self, connection: NapalmConnection, *, timeout: float) -> str | None:
        """Return the running configuration, without what NAPALM sets for the time of a session."""
        with _broken_off_after(timeout, connection):
            try:
                shown = str(connection.get_config(retrieve="running")["running"])
            except errors.CommandRejected:
                return None
        lines = [line for line in shown.splitlines() if line.strip() != "file prompt quiet"]
        return "".join(f"{line}\n" for line in lines) if any(lines) else None

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the commands of a `cli` call."""
        commands = args[0] if args else kwargs.get("commands")
        if not isinstance(commands, (list, tuple)) or not all(isinstance(one, str) for one in commands):
            raise errors.InvalidParameters(method, ["commands: must be a list of texts"])
        return tuple(commands)

    def sent(
        self, platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Sequence[str] | None:
        """Return the lines of a call, of a candidate each; which ones a getter asks with, NAPALM does not tell."""
        match method:
            case "load_merge_candidate" | "load_replace_candidate":
                candidate = given(args, kwargs, "filename", "config")
                return of_file(candidate["filename"]) if candidate.get("filename") else of_text(candidate.get("config"))
            case "commit_config" if not all(_one_line(value) for value in (*args, *kwargs.values())):
                return None
            case _ if method in CHANGES or method in {"has_pending_commit", "is_alive"}:
                return ()
        told = self.lines(method, args, kwargs) if method in self.commands else None
        if napalm_name(platform) in TYPED:
            keys.refuse_call(platform, told or ())
        return told

    def is_read(self, platform: str | None, line: str) -> bool:
        """Whether this one line can do nothing but read on this platform."""
        name = napalm_name(platform)
        return lines.is_read(NETMIKO_TYPES.get(name, name), line)

    def translate(self, error: BaseException, device: str) -> errors.DeviceError | None:
        """Say the library's error as ours."""
        return translation.translate(error, device)

    def abilities(self) -> Mapping[str, Sequence[str]]:
        """Return what NAPALM can do on each platform."""
        return ABILITIES


def _one_line(value: Any) -> bool:
    return type(value) is not str or value.isprintable()


@contextlib.contextmanager
def _broken_off_after(seconds: float, connection: NapalmConnection) -> Iterator[None]:
    timer = threading.Timer(seconds, connection._link.abort)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
