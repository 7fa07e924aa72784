"""Opening a NAPALM driver over a transport of ours, so that host keys, deadlines and breaking off are ours too."""

import copy
import threading
import time
from dataclasses import replace
from typing import Any

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.napalm.connection import NapalmConnection
from netpulse_core.builtins.napalm.links import EapiLink, Link, NetmikoLink, notice_refusals, tls
from netpulse_core.builtins.napalm.platforms import ABILITIES, NETMIKO_TYPES, NOT_SPOKEN, napalm_name

_CALL = 60.0
"""Seconds NAPALM waits for an answer where the inventory says nothing."""


class TooSlow(Exception):
    """The device was reached, and the session was not ready in time."""


def open_connection(parameters: ConnectionParameters, *, timeout: float) -> NapalmConnection:
    """Return an open NAPALM driver of the platform; one that cannot be opened safely is refused."""
    platform = _spoken(parameters)
    extras = copy.deepcopy(dict(parameters.extras))
    options = dict(extras.pop("optional_args", None) or {})
    if unknown := sorted(set(extras) - {"timeout"}):
        raise errors.InvalidParameters(
            parameters.device, [f"extras {name}: NAPALM takes `optional_args` and `timeout`" for name in unknown]
        )
    until = time.monotonic() + timeout
    by_http = platform == "eos" and options.get("transport", options.get("eos_transport", "https")) != "ssh"
    opened = _over_eapi if by_http else _over_netmiko
    return opened(parameters, platform, options, float(extras.get("timeout") or _CALL), until)


def _spoken(parameters: ConnectionParameters) -> str:
    platform = napalm_name(parameters.platform)
    if why := NOT_SPOKEN.get(platform):
        raise errors.Refused(f"{parameters.device}: the driver napalm does not open {platform}: {why}")
    if platform not in ABILITIES:
        raise errors.NotFound("NAPALM platform", platform, known=ABILITIES)
    return platform


def _over_netmiko(
    parameters: ConnectionParameters, platform: str, options: dict[str, Any], call: float, until: float
) -> NapalmConnection:
    napalm = _driver(platform, parameters, call, options)
    there = replace(parameters, platform=NETMIKO_TYPES[platform])
    link = NetmikoLink.opened(there, options, until - time.monotonic())
    with _Deadline(link, until):
        session = link.session
        notice_refusals(link)
        if not options.get("force_no_enable"):
            session.enable()
            session.netpulse_prompt = session.find_prompt()
        napalm._netmiko_device = session
        if platform == "iosxr":
            napalm.device.device = session
            napalm.device._xml_agent_alive = True
            napalm.device._cli_prompt = session.netpulse_prompt
            napalm.device._enter_xml_mode()
        else:
            napalm.device = session
        if platform == "eos":
            _check_version(napalm)
    return NapalmConnection(napalm, link, device=parameters.device, platform=platform)


def _over_eapi(
    parameters: ConnectionParameters, platform: str, options: dict[str, Any], call: float, until: float
) -> NapalmConnection:
    parameters.refuse_jump_hosts("napalm over eAPI")
    if options.get("transport", "https") not in ("https", "http"):
        raise errors.InvalidParameters(parameters.device, ["optional_args transport: https, http or ssh"])
    if parameters.port:
        options.setdefault("port", parameters.port)
    if options.get("transport", "https") == "https":
        options["context"] = tls(options)
    napalm = _driver(platform, parameters, max(0.1, until - time.monotonic()), options)
    link = EapiLink(napalm)
    with _Deadline(link, until):
        napalm.open()
    napalm.device.connection.transport.timeout = call
    return NapalmConnection(napalm, link, device=parameters.device, platform=platform)


def _driver(platform: str, parameters: ConnectionParameters, call: float, options: dict[str, Any]) -> Any:
    from napalm import get_network_driver  # noqa: PLC0415 - loaded when a session is opened

    return get_network_driver(platform)(
        hostname=parameters.address,
        username=parameters.username or "",
        password=parameters.password or "",
        timeout=call,
        optional_args=dict(options),
    )


def _check_version(napalm: Any) -> None:
    """Learn EOS's version, as NAPALM's own `open` does."""
    from napalm.eos.utils.versions import EOSVersion  # noqa: PLC0415

    napalm._eos_version = EOSVersion(napalm._run_commands(["show version"])[0]["version"])


class _Deadline:
    """Breaks an opening session at its deadline, and closes one that failed."""

    def __init__(self, link: Link, until: float) -> None:
        self._link = link
        self._expired = False
        self._timer = threading.Timer(max(0.0, until - time.monotonic()), self._expire)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        self._timer.cancel()
        if error is not None:
            self._link.abort()
            self._link.close()
        if self._expired:
            raise TooSlow("the session was not ready in time") from error

    def _expire(self) -> None:
        self._expired = True
        self._link.abort()
