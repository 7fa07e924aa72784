"""What NAPALM speaks through, as NetPulse opened it: a netmiko session, or an eAPI of Arista's."""

import contextlib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from netpulse_core import ConnectionParameters, DeviceSession, errors
from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.builtins.netmiko.platforms import refusal_pattern, rejection


class Link(Protocol):
    """The transport below a NAPALM driver."""

    def abort(self) -> None:
        """Break it at once, from any thread."""

    def alive(self) -> bool:
        """Whether it can still be used, without a round trip."""

    def at_rest(self) -> bool:
        """Whether nothing is left unread in it."""

    def probe(self, timeout: float) -> None:
        """Ask for a sign of life, or raise."""

    def close(self) -> None:
        """Close it."""

    def name(self) -> str | None:
        """Return the device's own name of it."""

    def end(self, recorded: DeviceSession, timeout: float) -> bool:
        """End another session of the same kind; True says that it is surely gone."""


class NetmikoLink:
    """A session of the driver `netmiko`, which checked the host key and watches the channel."""

    _driver = Netmiko()

    def __init__(self, session: Any) -> None:
        self.session = session
        self.refusals: list[str | None] = []
        """What refused each command since it was last emptied; None where the command was answered."""

    @classmethod
    def opened(cls, parameters: ConnectionParameters, options: Mapping[str, Any], timeout: float) -> "NetmikoLink":
        """Open it with what NAPALM calls optional arguments."""
        session = cls._driver.open(_for_netmiko(parameters, options), timeout=timeout)
        _let_scp_connect(session)
        return cls(session)

    def abort(self) -> None:
        self._driver.abort(self.session)

    def alive(self) -> bool:
        return self._driver.alive(self.session)

    def at_rest(self) -> bool:
        return self._driver.at_rest(self.session)

    def probe(self, timeout: float) -> None:
        self._driver.probe(self.session, timeout=timeout)

    def close(self) -> None:
        self._driver.close(self.session)

    def name(self) -> str | None:
        return self._driver.device_session(self.session)

    def end(self, recorded: DeviceSession, timeout: float) -> bool:
        return self._driver.end_session(self.session, recorded, timeout=timeout)


class EapiLink:
    """HTTPS requests of pyeapi's, each on a connection of its own."""

    def __init__(self, napalm: Any) -> None:
        self._napalm = napalm
        self._broken = False

    @property
    def _transport(self) -> Any:
        return self._napalm.device.connection.transport

    def abort(self) -> None:
        self._broken = True
        with contextlib.suppress(OSError, AttributeError):  # no request is under way
            self._transport.sock.shutdown(socket.SHUT_RDWR)

    def alive(self) -> bool:
        return not self._broken

    def at_rest(self) -> bool:
        return not self._broken

    def probe(self, timeout: float) -> None:
        if self._broken:
            raise EOFError("the session was broken off")
        usual, self._transport.timeout = self._transport.timeout, timeout
        try:
            self._napalm.device.run_commands(["show clock"], encoding="text", send_enable=False)
        finally:
            self._transport.timeout = usual

    def close(self) -> None:
        self.abort()

    def name(self) -> str | None:
        return None

    def end(self, recorded: DeviceSession, timeout: float) -> bool:
        return False


def tls(options: Mapping[str, Any]) -> ssl.SSLContext:
    """Return how an eAPI's certificate is checked: against this host's authorities, or those in `ca_file`.

    pyeapi would check none. `verify: false` is the inventory's word for a certificate nobody signed.
    """
    context = ssl.create_default_context(cafile=options.get("ca_file"))
    if options.get("verify") is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def notice_refusals(link: NetmikoLink) -> None:
    """Let NAPALM notice each refused line: of four ways in which a device refuses one, it looks for one.

    Set on this one session. A merge is a file copied into the running configuration, whose answer NAPALM searches
    for `Invalid input detected`, and takes back what was merged where it finds that.
    """
    from napalm.base.exceptions import ReplaceConfigException  # noqa: PLC0415 - loaded when a session is opened

    session = link.session
    configure, send = session.send_config_set, session.send_command

    def send_config_set(*args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("error_pattern", refusal_pattern(session.device_type))
        return configure(*args, **kwargs)

    def send_command(command_string: str, *args: Any, **kwargs: Any) -> Any:
        command, answer = command_string, send(command_string, *args, **kwargs)
        link.refusals.append(rejection(session.device_type, answer))
        if command.startswith("copy ") and command.endswith(" running-config"):
            refused = rejection(session.device_type, answer, configuring=True)
            if refused and "Invalid input detected" not in answer:
                return f"{answer}\n{refused}\n% Invalid input detected"
        if command.startswith(("configure replace ", "configure revert ")):
            refused = rejection(session.device_type, answer, configuring=True)
            if refused:
                raise ReplaceConfigException(refused)
        return answer

    session.send_config_set, session.send_command = send_config_set, send_command


def _let_scp_connect(session: Any) -> None:
    """Give scp, which logs in once more, a socket of its own, through the same jump hosts and the same key check."""
    hops = session.netpulse_way.hops if session.netpulse_way is not None else ()
    parameters_of = session._connect_params_dict

    def parameters() -> dict[str, Any]:
        known: dict[str, Any] = parameters_of()
        known["sock"] = None
        if hops:
            there = (session.host, session.port)
            known["sock"] = hops[-1].get_transport().open_channel("direct-tcpip", there, ("127.0.0.1", 0))
        return known

    session._connect_params_dict = parameters


def _for_netmiko(parameters: ConnectionParameters, options: Mapping[str, Any]) -> ConnectionParameters:
    from napalm.base.netmiko_helpers import netmiko_args  # noqa: PLC0415 - loaded when a session is opened

    extras: dict[str, Any] = netmiko_args(dict(options))
    port = extras.pop("port", None) or parameters.port
    if given := [key for key in ("sock", "auto_connect") if key in extras]:
        raise errors.InvalidParameters(parameters.device, [f"optional_args {key}: NetPulse's own" for key in given])
    kind = parameters.platform or ""
    if options.get("transport") == "telnet":
        kind += "_telnet"
    return replace(parameters, port=port, platform=kind, extras={**extras, "device_type": kind})
