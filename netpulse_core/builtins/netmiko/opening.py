"""Opening a netmiko session: the arguments, the socket, and a bound on the whole of it."""

import copy
import socket
import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.netmiko.channel import WatchedChannel, break_socket, break_transport
from netpulse_core.builtins.netmiko.platforms import netmiko_type
from netpulse_core.builtins.netmiko.prompts import exchange

_OWN_TRANSPORT = ("sock", "sock_telnet", "ssh_config_file", "serial_settings")


class NoTransport(OSError):
    """The TCP connection could not be made; its cause says why."""


class TooSlow(Exception):
    """The device was reached, and the session was not ready in time."""


def open_session(parameters: ConnectionParameters, *, timeout: float) -> Any:
    """Return an open netmiko connection with a watched channel."""
    arguments = connect_arguments(parameters, timeout)
    try:
        return _open(arguments, time.monotonic() + timeout)
    except Exception as error:
        user = f", user {arguments['username']!r}" if arguments.get("username") else ""
        error.add_note(f"{arguments['host']} port {arguments['port']}{user}")
        raise


def connect_arguments(parameters: ConnectionParameters, timeout: float) -> dict[str, Any]:
    """Return the arguments of `ConnectHandler`, as nornir_netmiko builds them, with every wait inside `timeout`."""
    import netmiko  # noqa: PLC0415 - loaded when a session is opened, not in processes that never open one

    platform = netmiko_type(parameters.platform)
    arguments: dict[str, Any] = {
        "host": parameters.address,
        "username": parameters.username or "",
        "password": parameters.password,
        "port": parameters.port,
        "device_type": platform,
    }
    # paramiko keys and sockets cannot be copied, and are made for this host alone
    arguments |= {key: _own(value) for key, value in parameters.extras.items()}
    if arguments["device_type"] not in netmiko.platforms:
        raise errors.NotFound("netmiko platform", arguments["device_type"], known=netmiko.platforms)
    arguments["port"] = int(arguments["port"] or (23 if "telnet" in arguments["device_type"] else 22))
    for wait in ("conn_timeout", "banner_timeout", "auth_timeout"):
        arguments[wait] = min(float(arguments.get(wait) or timeout), timeout)
    return arguments


def _own(value: Any) -> Any:
    return copy.deepcopy(value) if isinstance(value, (dict, list, set)) else value


def _open(arguments: dict[str, Any], deadline: float) -> Any:
    from netmiko import ConnectHandler  # noqa: PLC0415

    raw = _connect(arguments) if _brings_no_transport(arguments) else arguments.get("sock")
    watch: _Deadline | None = None
    connection: Any = None
    try:
        connection = ConnectHandler(**{**arguments, "sock": raw, "auto_connect": False})
        with _Deadline(connection, raw, deadline) as watch:
            # `_open` of netmiko, with the channel watched as soon as there is one
            connection._modify_connection_params()
            connection.establish_connection()
            connection.channel = WatchedChannel(connection.channel)
            connection._try_session_preparation()
            connection.netpulse_prompt = _prompt(connection)
            connection.netpulse_exchange = partial(exchange, connection)
            connection.channel.expect(connection.base_prompt)
    except BaseException as error:
        _drop(connection, raw)
        if watch is not None and watch.expired and isinstance(error, Exception):
            raise TooSlow("the login was not finished in time") from error
        raise
    return connection


def _prompt(connection: Any) -> str:
    """The prompt the session rests at: what came last, where that is a prompt, else what the device answers."""
    last: str = connection.channel.last_line()
    settled = connection.channel.settled and not connection.channel.unread()
    if settled and connection.base_prompt and last.startswith(connection.base_prompt):
        return last
    return str(connection.find_prompt())


def _brings_no_transport(arguments: Mapping[str, Any]) -> bool:
    kind: str = arguments["device_type"]
    return not any(arguments.get(key) for key in _OWN_TRANSPORT) and not kind.endswith(("_telnet", "_serial"))


def _connect(arguments: Mapping[str, Any]) -> socket.socket:
    """Connect without Nagle's delay, which costs netmiko two delayed acknowledgements at each open."""
    try:
        raw = socket.create_connection((arguments["host"], arguments["port"]), timeout=arguments["conn_timeout"])
    except OSError as error:
        raise NoTransport(str(error)) from error
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return raw


def _drop(connection: Any, raw: Any) -> None:
    if raw is not None:
        break_socket(raw)
    if connection is not None:
        tear_down(connection)
    if raw is not None:
        raw.close()


def tear_down(connection: Any) -> None:
    """Break the transport and let netmiko forget the session, its log filter among it."""
    break_off(connection)
    connection.disconnect()  # contains its own errors; with the transport gone it neither sends nor waits


def break_off(connection: Any) -> None:
    """Break the transport, so that whoever waits for an answer gets an error."""
    channel = getattr(connection, "channel", None)
    if isinstance(channel, WatchedChannel):
        channel.break_off()
    else:
        break_transport(getattr(connection, "remote_conn", None))


class _Deadline:
    """Breaks an opening session at its deadline: netmiko bounds each of its reads, not their sum."""

    def __init__(self, connection: Any, raw: socket.socket | None, deadline: float) -> None:
        self.expired = False
        self._connection, self._raw = connection, raw
        self._timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._expire)
        self._timer.daemon = True

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _expire(self) -> None:
        self.expired = True
        break_off(self._connection)
        if self._raw is not None:
            break_socket(self._raw)
