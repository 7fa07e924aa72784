"""Opening a netmiko session: the arguments, the way to the device, and a bound on the whole of it."""

import copy
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Any

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.deadline import Deadline
from netpulse_core.builtins.netmiko import bounds, stopping, telnet
from netpulse_core.builtins.netmiko.believing import transport_factory
from netpulse_core.builtins.netmiko.channel import WatchedChannel, break_transport
from netpulse_core.builtins.netmiko.platforms import family, netmiko_type
from netpulse_core.builtins.netmiko.prompts import exchange
from netpulse_core.builtins.netmiko.transfer import put_file
from netpulse_core.builtins.netmiko.way import NoTransport, Way, begin, close_client, go_through

_OWN_TRANSPORT = ("sock", "sock_telnet", "ssh_config_file", "serial_settings")

_LATE = 0.5
"""Seconds for prompts that netmiko asked for again."""


class TooSlow(Exception):
    """The device was reached, and the session was not ready in time."""


def open_session(parameters: ConnectionParameters, *, timeout: float) -> Any:
    """Return an open netmiko connection with a watched channel."""
    arguments = connect_arguments(parameters, timeout)
    if parameters.jumps and not _over_our_socket(arguments):
        parameters.refuse_jump_hosts(f"netmiko over {arguments['device_type']} or a transport of its own")
    try:
        return _open(parameters, arguments, time.monotonic() + timeout)
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
    arguments["host"] = arguments.pop("ip", None) or arguments["host"]  # netmiko's older word, which goes first there
    if arguments["device_type"] not in netmiko.platforms:
        raise errors.NotFound("netmiko platform", arguments["device_type"], known=netmiko.platforms)
    if family(arguments["device_type"]) is not family(platform):
        # What only reads, and what refuses, is judged by the platform: `reboot` is a word of a pattern to a router.
        raise errors.Refused(
            f"{parameters.device}: its platform is {platform or 'not named'}, and the device_type of its options is"
            f" {arguments['device_type']}, which has other commands",
            hint="name the device_type as the device's platform in inventory/",
        )
    arguments["port"] = int(arguments["port"] or (23 if "telnet" in arguments["device_type"] else 22))
    for wait in ("conn_timeout", "banner_timeout", "auth_timeout"):
        arguments[wait] = min(float(arguments.get(wait) or timeout), timeout)
    if parameters.keepalive:
        arguments.setdefault("keepalive", max(1, round(parameters.keepalive)))
    return arguments


def _own(value: Any) -> Any:
    return copy.deepcopy(value) if isinstance(value, (dict, list, set)) else value


@dataclass
class _Opening:
    """What there is so far of a session that is being opened."""

    connection: Any = None
    way: Way | None = None

    def break_off(self) -> None:
        """Wake whoever waits in it."""
        if self.way is not None:
            self.way.break_off()
        if self.connection is not None:
            break_off(self.connection)

    def drop(self) -> None:
        """Leave nothing of it."""
        if self.way is not None:
            self.way.break_off()
        if self.connection is not None:
            tear_down(self.connection)
        if self.way is not None:
            self.way.close()


def _open(parameters: ConnectionParameters, arguments: dict[str, Any], until: float) -> Any:
    from netmiko import ConnectHandler  # noqa: PLC0415

    opening = _Opening()
    with Deadline(opening.break_off, until) as watch:
        try:
            if _over_our_socket(arguments):
                _go(opening, parameters, arguments, until)
            opening.connection = ConnectHandler(**{**arguments, "auto_connect": False})
            opening.connection.netpulse_way = opening.way
            _establish(opening.connection, parameters, arguments)
        except BaseException as error:
            opening.drop()
            if watch.expired and isinstance(error, Exception):
                raise TooSlow("the login was not finished in time") from error
            raise
    return opening.connection


def _go(opening: _Opening, parameters: ConnectionParameters, arguments: dict[str, Any], until: float) -> None:
    """Connect to the device, or to the first jump host and through them all."""
    target, jumps = (arguments["host"], arguments["port"]), parameters.jumps
    opening.way = begin(jumps, target, arguments["conn_timeout"], parameters.keepalive)
    go_through(opening.way, jumps, target, until)
    arguments["sock"] = opening.way.end


def _establish(connection: Any, parameters: ConnectionParameters, arguments: Mapping[str, Any]) -> None:
    """Do what netmiko's `_open` does, with the channel watched as soon as there is one."""
    connection._modify_connection_params()
    if connection.protocol == "ssh":
        _verify_first(connection, transport_factory(parameters, arguments["host"], arguments["port"]))
    telnet.guard(connection, parameters.keepalive)
    try:
        connection.establish_connection()
    except OSError as error:
        if connection.protocol == "telnet" and connection.remote_conn is None:
            raise NoTransport(str(error)) from error
        raise
    connection.channel = WatchedChannel(connection.channel)
    connection._try_session_preparation()
    connection.netpulse_prompt = _prompt(connection)
    connection.netpulse_banner = _banner(connection)
    _hear_out(connection)
    connection.netpulse_exchange = partial(exchange, connection)
    connection.netpulse_put_file = partial(
        put_file, connection, device=parameters.device, has_jumps=bool(parameters.jumps)
    )
    connection.channel.expect(connection.base_prompt)
    bounds.bound(connection)
    stopping.watch(connection)


def _verify_first(connection: Any, factory: Callable[..., Any]) -> None:
    """Let netmiko's client make its transport with our factory, which asks about the host key."""
    parameters_of = connection._connect_params_dict
    connection._connect_params_dict = lambda: {**parameters_of(), "transport_factory": factory}


def _prompt(connection: Any) -> str:
    """The prompt the session rests at: what came last, where that is a prompt, else what the device answers."""
    last: str = connection.channel.last_line()
    settled = connection.channel.settled and not connection.channel.unread()
    if settled and connection.base_prompt and last.startswith(connection.base_prompt):
        return last
    return str(connection.find_prompt())


def _banner(connection: Any) -> str:
    """Return what the device said before its first prompt; a text that many devices say is kept once."""
    lines = str(connection.channel.greeting).replace("\r", "").split("\n")
    connection.channel.greeting = ""
    said = takewhile(lambda line: not line.strip().startswith(connection.base_prompt), lines)
    return sys.intern("\n".join(said).strip("\n")) if connection.base_prompt else ""


def _hear_out(connection: Any) -> None:
    """Read the prompts that are still on their way, or one of them would be the answer to what is asked first."""
    until = time.monotonic() + _LATE
    connection.read_channel()  # netmiko keeps what came behind what it looked for
    while connection.channel.owes_a_prompt(connection.base_prompt) and time.monotonic() < until:
        connection.read_channel()
        time.sleep(0.005)


def _over_our_socket(arguments: Mapping[str, Any]) -> bool:
    kind: str = arguments["device_type"]
    return not any(arguments.get(key) for key in _OWN_TRANSPORT) and not kind.endswith(("_telnet", "_serial"))


def tear_down(connection: Any) -> None:
    """Break the transport and let netmiko forget the session, its log filter among it."""
    break_off(connection)
    disconnect(connection)  # contains its own errors; with the transport gone it neither sends nor waits


def disconnect(connection: Any) -> None:
    """Let netmiko say goodbye where there is somebody to hear it, and close the way."""
    client = getattr(connection, "remote_conn_pre", None)
    connection.disconnect()
    if client is not None:
        close_client(client)  # netmiko leaves it open where its channel did not close
    way: Way | None = getattr(connection, "netpulse_way", None)
    if way is not None:
        way.close()


def break_off(connection: Any) -> None:
    """Break the transport, so that whoever waits for an answer gets an error."""
    channel = getattr(connection, "channel", None)
    if isinstance(channel, WatchedChannel):
        channel.break_off()
    else:
        break_transport(getattr(connection, "remote_conn", None))
