"""Opening a NETCONF session: the way to the device, the login, and the greeting, all within one deadline."""

import time
from dataclasses import replace
from typing import Any

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.deadline import Deadline
from netpulse_core.builtins.netconf.link import Link
from netpulse_core.builtins.netconf.session import session_class
from netpulse_core.builtins.netmiko.way import begin, go_through, logged_in

PORT = 830
_SUBSYSTEM = "netconf"
_BREATH = 0.1
"""Seconds between the greeting and the first request: netconfd was seen to lose one that comes together with it."""
_ENABLE = "enable NETCONF on the device, and check the port of connection_options.netconf (830)"


def open_link(parameters: ConnectionParameters, *, timeout: float) -> Link:
    """Return a session after its greeting; errors carry as a note whom they are about."""
    until = time.monotonic() + timeout
    here = replace(parameters, port=parameters.port or PORT)
    try:
        return _opened(here, until)
    except Exception as error:
        user = f", user {here.username!r}" if here.username else ""
        error.add_note(f"{here.address} port {here.port}{user}")
        raise


def _opened(parameters: ConnectionParameters, until: float) -> Link:
    target = (parameters.address, parameters.port or PORT)
    way = begin(parameters.jumps, target, max(0.1, until - time.monotonic()), parameters.keepalive)
    with Deadline(way.break_off, until) as watch:
        try:
            go_through(way, parameters.jumps, target, until)
            client = logged_in(parameters, way.end, until)
            way.hops.append(client)
            manager = _greeted(parameters, client.get_transport(), until)
        except BaseException as error:
            way.break_off()
            way.close()
            if watch.expired and isinstance(error, Exception) and not isinstance(error, errors.HostKeyChanged):
                raise _too_slow(parameters) from error
            raise
    where = f"{target[0]} port {target[1]}"
    return Link(parameters.device, where, manager, way, username=parameters.username or "")


def _greeted(parameters: ConnectionParameters, transport: Any, until: float) -> Any:
    """Do what ncclient's SSHSession.connect does, on a transport whose host key was verified before the login."""
    from ncclient.manager import Manager, make_device_handler  # noqa: PLC0415 - loaded when a session is opened
    from ncclient.operations import RaiseMode  # noqa: PLC0415
    from ncclient.transport import SessionCloseError  # noqa: PLC0415
    from paramiko import SSHException  # noqa: PLC0415

    handler = make_device_handler(None)
    session = session_class()(handler)
    session._transport = transport
    channel = transport.open_session(timeout=max(0.1, until - time.monotonic()))
    channel.set_name(_SUBSYSTEM)
    try:
        channel.invoke_subsystem(_SUBSYSTEM)
    except SSHException as error:
        if not transport.is_active():
            raise
        raise errors.DeviceError(
            "logged in, and the server refused the subsystem netconf", device=parameters.device, hint=_ENABLE
        ) from error
    session._channel, session._channel_id, session._channel_name = channel, channel.get_id(), channel.get_name()
    session._connected = True
    try:
        session._post_connect(max(0.1, until - time.monotonic()))
    except (SessionCloseError, SSHException, OSError, EOFError) as error:
        raise errors.SessionLost(
            "logged in, and the server closed the channel instead of greeting", device=parameters.device, hint=_ENABLE
        ) from error
    session.parser = handler.get_xml_parser(session)
    time.sleep(_BREATH)
    return Manager(session, handler, raise_mode=RaiseMode.NONE)  # `reply` judges the answers


def _too_slow(parameters: ConnectionParameters) -> errors.TimedOut:
    return errors.TimedOut(
        f"reached, but the session was not ready in time ({parameters.address} port {parameters.port})",
        device=parameters.device,
        hint="the device may be busy: raise the timeout, or look at its load",
    )
