"""Files to a device over SCP, beside its session: compared before and after, and never over another content."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from netpulse_core import File, errors
from netpulse_core.builtins.netmiko.channel import WatchedChannel

_PLACE = re.compile(r"(?:([\w./-]*:)/?)?([\w.+-]+(?:/[\w.+-]+)*)", re.ASCII)
"""A file system, where one is named, and a path in it; nothing else may stand in the commands that look at it."""

_NOT_OURS = frozenset({"linux", "linux_ssh"})
"""Servers have a driver of their own, which replaces a file whole."""

SILENCE = 30.0
"""Seconds without a byte after which a copy is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What became of a file; one that is not `verified` is on the device and is another one."""

    path: str
    changed: bool
    verified: bool


def put_file(connection: Any, source: File, path: str, *, device: str, has_jumps: bool = False) -> Put:
    """Put a file where none is, or the same one is already.

    The hash compared on the device is MD5, which is what devices can say of a file: it finds damage, not malice. Raises
    CommandRejected where nothing was written.
    """
    from netmiko import FileTransfer  # noqa: PLC0415

    file_system, name = _understood(connection, path, device, has_jumps)
    watch = _Watch(connection)
    chosen = {"file_system": file_system} if file_system else {}
    transfer = FileTransfer(
        connection, str(source.path), name, direction="put", socket_timeout=SILENCE, progress=watch.progress, **chosen
    )
    there = f"{transfer.file_system}/{name}"
    if transfer.check_file_exists():
        if transfer.compare_md5():
            return Put(path=there, changed=False, verified=True)
        raise _rejected(device, f"{there} is there with another content", "delete it first, or choose another name")
    if not transfer.verify_space_available():
        raise _rejected(device, f"there is no room for {source.size} bytes on {transfer.file_system}", "")
    with _a_connection_of_its_own(connection):
        _copied(transfer, watch, device)
    return Put(path=there, changed=True, verified=bool(transfer.verify_file()))


def _understood(connection: Any, path: str, device: str, has_jumps: bool) -> tuple[str | None, str]:
    from netmiko.ssh_dispatcher import FILE_TRANSFER_MAP  # noqa: PLC0415

    platform, elsewhere = connection.device_type, "let the device fetch it: its own `copy`, in send_dialog"
    if platform not in FILE_TRANSFER_MAP or platform in _NOT_OURS or connection.protocol != "ssh":
        raise _rejected(device, f"files cannot be put over netmiko on {platform}", elsewhere)
    if has_jumps:
        raise _rejected(device, "SCP opens a connection of its own, which goes through no jump host", elsewhere)
    found = _PLACE.fullmatch(path)
    if found is None or ".." in path:
        raise _rejected(device, f"{path!r} is not a file such as flash:/image.bin", "")
    return found[1], found[2]


@contextmanager
def _a_connection_of_its_own(connection: Any) -> Iterator[None]:
    """netmiko's SCP logs in again with the session's arguments, the host key checked; not on the session's socket."""
    socket, connection.sock = connection.sock, None
    try:
        yield
    finally:
        connection.sock = socket


def _copied(transfer: Any, watch: "_Watch", device: str) -> None:
    from scp import SCPException  # noqa: PLC0415

    _logged_in(transfer, device)
    try:
        transfer.put_file()
    except SCPException as error:
        if watch.sent:
            raise  # how much of it is on the device, nobody knows
        words = " ".join(str(error).split())
        raise _rejected(device, words, "is its SCP server on? on IOS: `ip scp server enable`") from error
    finally:
        transfer.close_scp_chan()


def _logged_in(transfer: Any, device: str) -> None:
    """Log in once more; where that fails no byte of the file was sent, and nobody need doubt it."""
    from netpulse_core.builtins.netmiko import translation  # noqa: PLC0415 - it imports what imports this

    try:
        transfer.establish_scp_conn()
    except Exception as error:
        said = translation.translate(error, device)
        words = type(error).__name__ if said is None else str(said).removeprefix(f"{device}: ")
        raise _rejected(device, f"SCP's own login failed: {words}", "" if said is None else said.hint) from error


class _Watch:
    """Notes how far a copy came, and ends it when its session is broken off."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.sent = 0

    def progress(self, _name: bytes, _size: int, sent: int) -> None:
        self.sent = sent
        channel = self._connection.channel
        if isinstance(channel, WatchedChannel) and channel.over():
            raise EOFError("the session was broken off")


def _rejected(device: str, said: str, hint: str) -> errors.CommandRejected:
    return errors.CommandRejected(f"nothing was written: {said}", device=device, hint=hint)
