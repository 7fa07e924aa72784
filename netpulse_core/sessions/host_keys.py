"""Whose host key is believed: what the ledger has pinned, or what the site's known_hosts file says."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from netpulse_core.errors import HostKeyChanged, LoginDelayed, ServiceError, SiteError
from netpulse_core.model.connection import HostKey, HostKeys
from netpulse_core.settings import Settings

_COMPARE = "compare the fingerprint with the device's console; if it is right: netpulse hostkeys approve {device}"


class Book(Protocol):
    """Where keys are written down: the ledger's, or a process's own memory."""

    def pinned(self, address: str, port: int) -> Sequence[HostKey]:
        """Return the keys believed of this endpoint."""

    def pin(self, device: str, address: str, port: int, key: HostKey) -> Sequence[HostKey]:
        """Believe this key unless another is believed by now, and return what is."""

    def offer(self, device: str, address: str, port: int, key: HostKey) -> None:
        """Keep a key that was refused."""


class KeyRing(Protocol):
    """Gives the host keys that are believed of what stands behind jump hosts, or behind none."""

    def behind(self, jumps: Sequence[str]) -> HostKeys:
        """Return the keys of hosts that are reached through these, given as `inventory.device.key_of` does."""


def key_ring(settings: Settings, book: Book) -> KeyRing:
    """Return what the settings say is to be believed."""
    if settings.host_keys == "known_hosts":
        return KnownHosts(settings.site / settings.known_hosts, book)
    return Pinned(book, first_use=settings.host_keys == "pin")


@dataclass(frozen=True, slots=True)
class Pinned:
    """The keys the ledger has pinned; on `first_use` it pins the key of a device that has none."""

    book: Book
    first_use: bool
    way: str = ""
    """The jump hosts in words: one private address behind two of them is two hosts."""
    unknown: set[tuple[str, int]] = field(default_factory=set, compare=False)
    """Endpoints that had no key when they were asked about: they need not be asked again before one is pinned."""

    def behind(self, jumps: Sequence[str]) -> HostKeys:
        """Return the keys of hosts that are reached through these."""
        return Pinned(self.book, self.first_use, f" via {', '.join(jumps)}" if jumps else "")

    def known(self, address: str, port: int) -> Sequence[HostKey]:
        """Return what is pinned."""
        with _the_ledger_answers(address):
            found = self.book.pinned(address + self.way, port)
        (self.unknown.discard if found else self.unknown.add)((address, port))
        return found

    def verify(self, device: str, address: str, port: int, key: HostKey) -> None:
        """Return where this key is pinned, or where none was and a first use may pin it."""
        where = address + self.way
        with _the_ledger_answers(device):
            unknown = self.first_use and (address, port) in self.unknown
            believed = () if unknown else self.book.pinned(where, port)
            if not believed and self.first_use:
                believed = self.book.pin(device, where, port, key)
            if key in believed:
                return
            self.book.offer(device, where, port, key)
        raise _changed(device, f"{where} port {port}", key, believed, _COMPARE.format(device=device))


class KnownHosts:
    """The keys of an OpenSSH known_hosts file, read again when it has changed; nothing is pinned beside it."""

    def __init__(self, path: Path, book: Book) -> None:
        self._path = path
        self._book = book
        self._lock = threading.Lock()
        self._read: tuple[object, Any] | None = None

    def behind(self, jumps: Sequence[str]) -> HostKeys:
        """Return itself: the file knows hosts by their address alone."""
        return self

    def known(self, address: str, port: int) -> Sequence[HostKey]:
        """Return the keys the file names for this host."""
        return _as_ours(self._match(address, port)[0])

    def verify(self, device: str, address: str, port: int, key: HostKey) -> None:
        """Return where the file names this key for this host, and does not revoke it."""
        keys, authorities, revoked, *_ = self._match(address, port)
        believed = _as_ours(keys)
        where = f"{address} port {port}"
        if key in _as_ours(revoked):
            self._told(device, address, port, key)
            raise HostKeyChanged(
                f"the key {key.fingerprint} of {where} is revoked in {self._path.name}; nothing was sent",
                device=device,
                hint="the device must be given a new host key: this one may be in other hands",
            )
        if key in believed:
            return
        self._told(device, address, port, key)
        hint = f"compare the fingerprint with the device's console; if it is right, put it into {self._path}"
        if authorities and not believed:
            hint = f"{self._path.name} names an authority for it (@cert-authority): name the device's own key instead"
        raise _changed(device, where, key, believed, hint)

    def _told(self, device: str, address: str, port: int, key: HostKey) -> None:
        with _the_ledger_answers(device):
            self._book.offer(device, address, port, key)

    def _match(self, address: str, port: int) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self._hosts().match(address, "", None if port == 22 else port)
        return found

    def _hosts(self) -> Any:
        import asyncssh  # noqa: PLC0415  loaded when a device is first logged in to

        with self._lock:
            try:
                status = self._path.stat()
                version = status.st_mtime_ns, status.st_size, status.st_ino
                if self._read is None or self._read[0] != version:
                    self._read = version, asyncssh.import_known_hosts(self._path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:  # asyncssh's words for a bad line hold the line
                raise SiteError(f"the known hosts cannot be read: {error}", path=self._path) from error
            return self._read[1]


def _as_ours(keys: Sequence[Any]) -> list[HostKey]:
    return [HostKey(key.algorithm.decode(), key.public_data) for key in keys]


def _changed(device: str, where: str, key: HostKey, believed: Sequence[HostKey], hint: str) -> HostKeyChanged:
    if not believed:
        return HostKeyChanged(
            f"the host key of {where} is not known: {_shown(key)}; nothing was sent", device=device, hint=hint
        )
    known = ", ".join(_shown(one) for one in believed)
    return HostKeyChanged(
        f"{where} shows the host key {_shown(key)}, and {known} is believed; nothing was sent", device=device, hint=hint
    )


def _shown(key: HostKey) -> str:
    return f"{key.fingerprint} ({key.algorithm})"


@contextmanager
def _the_ledger_answers(device: str) -> Iterator[None]:
    try:
        yield
    except ServiceError as error:
        reason = f"nobody knows its host key while the ledger is away ({error}); nothing was sent"
        raise LoginDelayed(
            reason, device=device, waits_on="ledger", retry_in=error.retry_after, hint=error.hint
        ) from error
