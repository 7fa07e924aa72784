"""The keys of the secret store: from the environment or a file, newest first, and never in the ledger."""

import fcntl
import os
import secrets
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from netpulse_core.errors import Refused, SiteError
from netpulse_core.keyfile import private_file
from netpulse_core.ledger.envelopes import BYTES, Key
from netpulse_core.settings import Settings

FILE = "store.keys"


class StoreKeys:
    """Every key that opens, of which the first one wraps; `makes` lets the file be made and added to here."""

    def __init__(self, given: str = "", file: Path | None = None, *, makes: bool = False) -> None:
        self._given = given
        self._file = file
        self._makes = makes
        self._lock = threading.Lock()
        self._read: dict[str, Key] = {}

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the keys a site is told of; an embedded site makes its own with its first secret."""
        given = settings.store_keys.get_secret_value() if settings.store_keys is not None else ""
        own = settings.embedded and settings.store_keys_file is None
        named = settings.store_keys_file
        file = settings.site / named if named is not None else settings.state / FILE if own else None
        return cls(given, file, makes=own)

    def all(self) -> dict[str, Key]:
        """Return every key by its id, the newest first, as they are now."""
        text, where = self._given, "NETPULSE_STORE_KEYS"
        if not text.strip() and self._file is not None:
            where = str(self._file)
            try:
                text = self._file.read_text(encoding="utf-8")
            except FileNotFoundError:  # a named one was there when the process started; what needs a key says so
                text = ""
            except (OSError, UnicodeDecodeError) as error:
                raise SiteError(f"cannot be read: {getattr(error, 'strerror', 'not UTF-8')}", path=where) from error
        read = {key.id: key for key in _parsed(text, where)}
        with self._lock:
            self._read = read
        return read

    @property
    def seals(self) -> bool:
        """Whether there is a key that wraps, or the site may make one."""
        return bool(self.all()) or (self._makes and self._file is not None)

    def newest(self) -> Key:
        """Return the key that wraps, made first where the site may make its own."""
        found = self.all()
        if not found and self._makes and self._file is not None:
            private_file(self._file, _fresh)
            found = self.all()
        if not found:
            raise Refused(
                "the secret store has no key",
                hint="set NETPULSE_STORE_KEYS or store_keys_file, the same for each process: `openssl rand -hex 32`",
            )
        return next(iter(found.values()))

    def find(self, key: str) -> Key | None:
        """Return the key of this id; the file is read again where it is not known, for it may just have been added."""
        with self._lock:
            known = self._read.get(key)
        return known or self.all().get(key)

    def add(self) -> Key:
        """Make a key and put it first, the former ones behind it."""
        if not self._makes or self._file is None or self._given.strip():
            raise Refused(
                "these keys are not NetPulse's to make",
                hint="put a new one first wherever the keys are read, the old one behind it, and then rotate",
            )
        self.newest()
        with _held(self._file.parent):  # of two that add at once, neither may lose the other's
            text = self._file.read_text(encoding="utf-8")
            _replace(self._file, f"{_fresh()}\n{text}")
        return self.newest()


def _fresh() -> str:
    return secrets.token_hex(BYTES)


def _parsed(text: str, where: str) -> Iterator[Key]:
    for number, word in enumerate(text.replace(",", " ").split(), 1):
        try:
            key = bytes.fromhex(word)
        except ValueError:
            key = b""
        if len(key) != BYTES:
            raise SiteError(
                f"{where}: key {number} is not {2 * BYTES} hexadecimal digits", hint="`openssl rand -hex 32` makes one"
            )
        yield Key(key)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(path: Path, text: str) -> None:
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # a secret must never be under a key that a crash can take back
        Path(beside).replace(path)
    finally:
        Path(beside).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
