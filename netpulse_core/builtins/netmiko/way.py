"""The way to a device: one TCP connection, and through it, where the inventory says so, from jump host to jump host."""

import logging
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from netpulse_core import ConnectionParameters
from netpulse_core.builtins.netmiko.believing import transport_factory
from netpulse_core.builtins.netmiko.channel import break_socket

log = logging.getLogger(__name__)

SSH = 22


class NoTransport(OSError):
    """The device could not be reached; its cause says why."""


@dataclass
class Way:
    """What was opened to reach a device; its end is what the session's transport runs over."""

    root: socket.socket
    end: Any
    hops: list[Any] = field(default_factory=list)

    def break_off(self) -> None:
        """Wake whoever waits on any part of it, at once: every hop hangs on the first connection."""
        break_socket(self.root)

    def close(self) -> None:
        """Close every hop, the last one first."""
        for hop in reversed(self.hops):
            close_client(hop)
        self.root.close()


def close_client(client: Any) -> None:
    """Close a client of paramiko's; where nobody hears its goodbye any more, only a second try closes the rest."""
    for _ in range(2):
        try:
            client.close()
        except Exception as error:  # noqa: BLE001  of any layer below: what is thrown away fails nobody
            log.debug("a hop did not hear goodbye: %s", type(error).__name__)
        else:
            return


def begin(
    jumps: Sequence[ConnectionParameters], target: tuple[str, int], timeout: float, keepalive: float | None
) -> Way:
    """Connect to the first of the jump hosts, or to the target where there is none."""
    if not jumps:
        raw = connect(*target, timeout, keepalive)
    else:
        try:
            raw = connect(jumps[0].address, jumps[0].port or SSH, timeout, jumps[0].keepalive or keepalive)
        except Exception as error:
            _name(error, jumps[0])
            _blame(error, jumps[0])
            raise
    return Way(raw, raw)


def connect(address: str, port: int, timeout: float, keepalive: float | None) -> socket.socket:
    """Connect without Nagle's delay, which costs netmiko two delayed acknowledgements at each open."""
    try:
        raw = socket.create_connection((address, port), timeout=timeout)
    except OSError as error:
        raise NoTransport(str(error)) from error
    tune(raw, keepalive)
    return raw


def tune(raw: socket.socket, keepalive: float | None) -> None:
    """Send at once, and let the kernel find out that the other end is gone: paramiko's keepalive asks for no answer."""
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not keepalive:
        return
    seconds = max(1, round(keepalive))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_KEEPIDLE", seconds),
        ("TCP_KEEPINTVL", max(1, seconds // 3)),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", 2000 * seconds),  # milliseconds; also for what was sent and never acknowledged
    ):
        if hasattr(socket, option):
            raw.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def go_through(way: Way, jumps: Sequence[ConnectionParameters], target: tuple[str, int], until: float) -> None:
    """Log in to each jump host over the one before, and end the way at the target; errors name the hop."""
    stops = [*((hop.address, hop.port or SSH) for hop in jumps), target][1:]
    for hop, onward, stop in zip(jumps, [*jumps, None][1:], stops, strict=True):
        failed: ConnectionParameters | None = hop
        try:
            way.hops.append(logged_in(hop, way.end, until))
            failed = onward
            way.end = _forwarded(way.hops[-1], hop, stop, until)
        except Exception as error:
            _name(error, hop)
            _blame(error, failed)
            raise


def _blame(error: Exception, hop: ConnectionParameters | None) -> None:
    """Say which jump host failed, none where that is the device itself: its breaker counts it, not the device's."""
    error.jump = "" if hop is None else hop.device  # type: ignore[attr-defined]  # a library's error, on its way up


def _name(error: Exception, hop: ConnectionParameters) -> None:
    user = f", user {hop.username!r}" if hop.username else ""
    error.add_note(f"jump host {hop.device}, {hop.address} port {hop.port or SSH}{user}")


class _Asked:
    """The transport has asked about the host key before paramiko does."""

    def missing_host_key(self, *_: Any) -> None:
        """Do nothing."""


def logged_in(hop: ConnectionParameters, sock: Any, until: float) -> Any:
    import paramiko  # noqa: PLC0415 - loaded when a session is opened

    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(_Asked())
    left = max(0.1, until - time.monotonic())
    extras = hop.extras
    try:
        client.connect(
            hop.address,
            hop.port or SSH,
            hop.username or "",
            hop.password,
            sock=sock,
            timeout=left,
            banner_timeout=left,
            auth_timeout=left,
            pkey=extras.get("pkey"),
            key_filename=extras.get("key_file"),
            passphrase=extras.get("passphrase"),
            look_for_keys=bool(extras.get("use_keys")),
            allow_agent=bool(extras.get("allow_agent")),
            disabled_algorithms=extras.get("disabled_algorithms"),
            transport_factory=transport_factory(hop, hop.address, hop.port or SSH),
        )
    except BaseException:
        close_client(client)
        raise
    if hop.keepalive and (transport := client.get_transport()) is not None:
        transport.set_keepalive(max(1, round(hop.keepalive)))
    return client


def _forwarded(client: Any, hop: ConnectionParameters, stop: tuple[str, int], until: float) -> Any:
    import paramiko  # noqa: PLC0415

    try:
        return client.get_transport().open_channel(
            "direct-tcpip", stop, ("127.0.0.1", 0), timeout=max(0.1, until - time.monotonic())
        )
    except paramiko.ChannelException as error:  # RFC 4254, section 5.1
        why = error.text if hasattr(error, "text") else str(error)
        raise NoTransport(f"{hop.device} does not reach {stop[0]} port {stop[1]}: {why}") from error
    except paramiko.SSHException as error:
        if "Timeout opening channel" not in str(error):
            raise
        cause = TimeoutError(f"{hop.device} did not reach {stop[0]} port {stop[1]} in time")
        raise NoTransport(str(cause)) from cause
