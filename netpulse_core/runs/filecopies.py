"""Files at hand: one copy of each content on this node while jobs use it, its hash compared before a task sees it."""

import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Protocol

from netpulse_core.errors import NetPulseError
from netpulse_core.files import File, chunks, each, hashed, safe_name
from netpulse_core.model.file import StoredFile


class Store(Protocol):
    """Where the contents are."""

    def resolved(self, wanted: File) -> File:
        """Return a file with its hash and size; raise NotFound where it is not kept."""

    def pieces(self, wanted: File) -> Iterator[bytes]:
        """Return the content of a resolved file, piece by piece."""

    def keep_for(self, run: str, content: IO[bytes], wanted: File, by: str) -> StoredFile:
        """Keep what a job brought back, sealed, for as long as its run is known; raise Refused where no key can."""


@dataclass(slots=True)
class _Copy:
    """The node's copy of one content; `users` are the jobs that have it at hand."""

    users: int = 0
    path: Path | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class FileCopies:
    """The files of one node's jobs; `most` is the largest content in bytes that a job may keep."""

    def __init__(self, store: Store, *, most: int) -> None:
        self._store = store
        self._most = most
        self._lock = threading.Lock()
        self._copies: dict[str, _Copy] = {}

    @contextmanager
    def at_hand(self, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Give the arguments with each file's content in a private file of its own name, until left.

        Raises NotFound where a content is not kept any more, and NetPulseError where it is not what its hash says.
        """
        with ExitStack() as lent:
            folder = Path(lent.enter_context(tempfile.TemporaryDirectory(prefix="netpulse-files-")))

            def lend(wanted: File) -> File:
                return self._lend(self._store.resolved(wanted), folder, lent)

            yield {name: each(value, lend) for name, value in arguments.items()}

    def keep(self, run: str, device: str, path: Path, name: str) -> File:
        """Keep a file that a job brought back from its device, under its run, and return what it is called now.

        Raises Refused where the worker has no key to seal it with: it may hold secrets of the device.
        """
        found = File.at(path, safe_name(run, device, name))
        if found.size > self._most:
            raise NetPulseError(
                f"{device}: {name} has {found.size} bytes, and files of at most {self._most} are kept",
                hint="`max_file_size` in the worker's netpulse.toml is the limit",
            )
        with path.open("rb") as content:
            self._store.keep_for(run, content, found, f"run:{run}")
        return found

    def _lend(self, wanted: File, folder: Path, lent: ExitStack) -> File:
        copy = lent.enter_context(self._copy(wanted.sha256))
        with copy.lock:
            if copy.path is None:
                copy.path = self._fetched(wanted)
            own = folder / str(len(list(folder.iterdir()))) / (Path(wanted.name).name or wanted.sha256[:16])
            own.parent.mkdir()
            os.link(copy.path, own)
        with own.open("rb") as content:
            _compare(wanted, hashed(chunks(content)))
        return replace(wanted, local=own)

    @contextmanager
    def _copy(self, digest: str) -> Iterator[_Copy]:
        with self._lock:
            copy = self._copies.setdefault(digest, _Copy())
            copy.users += 1
        try:
            yield copy
        finally:
            with self._lock:
                copy.users -= 1
                if copy.users == 0:
                    del self._copies[digest]
                    if copy.path is not None:
                        copy.path.unlink(missing_ok=True)

    def _fetched(self, wanted: File) -> Path:
        handle, name = tempfile.mkstemp(prefix="netpulse-file-")
        try:
            with os.fdopen(handle, "wb") as content:
                _compare(wanted, hashed(_written(self._store.pieces(wanted), content)))
        except BaseException:
            Path(name).unlink()
            raise
        Path(name).chmod(0o400)
        return Path(name)


def _written(pieces: Iterable[bytes], content: IO[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        content.write(piece)
        yield piece


def _compare(wanted: File, found: tuple[str, int]) -> None:
    if found != (wanted.sha256, wanted.size):
        raise NetPulseError(
            f"file {wanted}: its content has another hash, {found[0]}, and nothing was sent",
            hint="what is kept was damaged: put the file again",
        )
