"""Opening a scrapli session over a transport of ours: host keys, jump hosts, and a bound on the whole of it."""

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.scrapli.connection import ScrapliConnection
from netpulse_core.builtins.scrapli.platforms import scrapli_name
from netpulse_core.builtins.scrapli.transport import LoopTransport

SETTLE = 0.005
"""Seconds of silence after a prompt that make it the end: a line of output may look like one and end a packet."""

_OURS = frozenset(
    {"auth_strict_key", "ssh_config_file", "ssh_known_hosts_file", "timeout_socket", "timeout_transport", "transport",
     "transport_options", "channel_log", "channel_log_mode"}
)  # fmt: skip
"""What scrapli's own transports take; ours verifies host keys always, and writes no log of passwords."""

_KEYS = {"auth_private_key": "key_file", "auth_private_key_passphrase": "passphrase"}
_LOGIN = ("allow_agent", "key_file", "legacy_algorithms", "passphrase", "use_keys")


def open_connection(parameters: ConnectionParameters, *, timeout: float) -> ScrapliConnection:
    """Return an open session at the prompt scrapli wants; errors are asyncssh's, scrapli's and ours."""
    until = time.monotonic() + timeout
    platform, login, extras = _prepared(parameters)
    driver = _driver(platform, parameters, extras)
    transport = LoopTransport.opened(login, deadline=until)
    try:
        _over(driver, transport)
        transport.until, transport.times_asked = until, 0
        driver.open()
        rest = driver.get_prompt()
    except BaseException as error:
        transport.break_off()
        if isinstance(error, Exception) and time.monotonic() >= until:
            raise TimeoutError("the session was not ready in time") from error
        raise
    transport.until = transport.times_asked = None
    return ScrapliConnection(driver, transport, parameters, platform, rest)


def _prepared(parameters: ConnectionParameters) -> tuple[str, ConnectionParameters, dict[str, Any]]:
    extras = dict(parameters.extras)
    if str(extras.get("transport", "")).endswith("telnet"):
        raise errors.Refused(
            f"{parameters.device}: the driver scrapli speaks SSH alone", hint="the driver netmiko speaks telnet"
        )
    login = {key: extras.pop(key) for key in _LOGIN if key in extras}
    login |= {ours: extras.pop(theirs) for theirs, ours in _KEYS.items() if theirs in extras}
    if "secret" in extras:
        extras.setdefault("auth_secondary", extras.pop("secret"))
    kept = {key: value for key, value in extras.items() if key not in _OURS}
    return scrapli_name(parameters.platform), replace(parameters, extras=login), kept


def _driver(platform: str, parameters: ConnectionParameters, extras: Mapping[str, Any]) -> Any:
    import scrapli  # noqa: PLC0415 - loaded when a session is opened
    from scrapli.driver import GenericDriver  # noqa: PLC0415
    from scrapli.exceptions import ScrapliModuleNotFound  # noqa: PLC0415

    arguments = {
        "host": parameters.address,
        "port": parameters.port or 22,
        "auth_username": parameters.username or "",
        "auth_strict_key": False,  # not asked: the transport below is ours, and has verified the key
        "transport": "paramiko",
        **extras,
    }
    if platform == "generic":
        return GenericDriver(**arguments)
    try:
        return scrapli.Scrapli(platform=platform, **arguments)
    except ScrapliModuleNotFound as error:
        raise errors.NotFound("scrapli platform", platform, known=_known()) from error


def _known() -> list[str]:
    from netpulse_core.builtins.scrapli.platforms import ABILITIES  # noqa: PLC0415

    return sorted(ABILITIES)


def _over(driver: Any, transport: LoopTransport) -> None:
    """Put a driver that is not open yet on a transport of ours, and let a prompt end an answer only where it is last.

    scrapli takes the first line that looks like a prompt for the end: what follows would be the next command's answer.
    """
    transport.logger, transport._base_transport_args = driver.logger, driver._base_transport_args
    channel = driver.channel
    driver.transport = channel.transport = transport

    def read_until_prompt(buf: bytes = b"") -> bytes:
        pattern = channel._get_prompt_pattern(class_pattern=channel._base_channel_args.comms_prompt_pattern)
        while True:
            buf += channel.read()
            if re.search(pattern, buf.rpartition(b"\n")[2]) and not transport.more_comes(SETTLE):
                return buf

    channel._read_until_prompt = read_until_prompt
