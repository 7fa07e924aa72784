"""The driver `netconf`: NETCONF over SSH (RFC 6241, RFC 6242)."""

from collections.abc import Mapping
from typing import Any

from netpulse_core import ConnectionParameters, DeviceSession, Driver, errors
from netpulse_core.builtins.netconf import ending
from netpulse_core.builtins.netconf.connection import NetconfConnection
from netpulse_core.builtins.netconf.opening import open_link
from netpulse_core.builtins.netmiko import translation

_SLOW = "the device may be busy: raise the timeout, or look at its load"


class Netconf(Driver):
    """Sessions over ncclient; host keys, jump hosts and logins are those of the other paramiko sessions."""

    name = "netconf"
    sentence = "NETCONF over SSH: get, edit, validate, commit confirmed, and changes that are read back"
    reads = frozenset({"get", "get_config", "validate"})
    inert = frozenset({"capabilities", "session_id", "target"})

    def open(self, parameters: ConnectionParameters, *, timeout: float) -> NetconfConnection:
        """Open a session within `timeout` seconds, its greeting included."""
        return NetconfConnection(open_link(parameters, timeout=timeout))

    def close(self, connection: NetconfConnection) -> None:
        """Discard what an edit of ours left in the candidate, and say goodbye, within a few seconds."""
        connection.link.close()

    def abort(self, connection: NetconfConnection) -> None:
        """Break the transport; who waits for an answer gets a SessionLost within 0.1 s."""
        connection.link.break_off()

    def alive(self, connection: NetconfConnection) -> bool:
        """Whether the transport is active and the session open."""
        return connection.link.usable

    def probe(self, connection: NetconfConnection, *, timeout: float) -> None:
        """Ask for nothing of the running configuration."""
        connection.link.ask_for_nothing(timeout)

    def at_rest(self, connection: NetconfConnection) -> bool:
        """Whether no answer is due, no lock held, no edit uncommitted and no commit unconfirmed."""
        return connection.link.resting

    def device_session(self, connection: NetconfConnection) -> str | None:
        """Name the session by the server's number of it and its user, as `netconf session 17 as netops`."""
        return ending.name_of(connection.link)

    def end_session(self, connection: NetconfConnection, recorded: DeviceSession, *, timeout: float) -> bool:
        """Kill another session, where the server lists its sessions and it is still the same."""
        return ending.end_session(connection.link, recorded, timeout=timeout)

    def configuration(self, connection: NetconfConnection, *, timeout: float) -> str | None:
        """Return the running datastore as XML, or None where this user may not read it."""
        try:
            return connection.get_config("running", read_timeout=timeout)
        except errors.CommandRejected:
            return None

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """Return nothing: no method sends lines."""
        return ()

    def is_read(self, platform: str | None, line: str) -> bool:
        """Return False: no method sends lines."""
        return False

    def translate(self, error: BaseException, device: str) -> errors.DeviceError | None:
        """Say an error of opening as ours; those of an open session are ours already."""
        where = "".join(f" ({note})" for note in getattr(error, "__notes__", ())[:1])
        if type(error).__name__ == "SessionError" and "timed out" in str(error):
            return errors.TimedOut(f"logged in, but not greeted in time{where}", device=device, hint=_SLOW)
        return translation.translate(error, device)
