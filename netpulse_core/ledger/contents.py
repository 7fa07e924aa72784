"""Contents of files by their hash: in pieces in the ledger, or in a folder that every process shares."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Row, delete, func, select, update

from netpulse_core.errors import NotFound, Refused, ServiceError
from netpulse_core.files import CHUNK, File, chunks
from netpulse_core.ledger import sealedfiles
from netpulse_core.ledger.database import Database, now
from netpulse_core.ledger.envelopes import LONGER
from netpulse_core.ledger.sealedfiles import Seal
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.tables import file_chunks, file_contents
from netpulse_core.ledger.upsert import insert_missing


class Contents:
    """The contents of a site; those from devices are sealed under its keys."""

    def __init__(self, database: Database, folder: Path | None, keys: StoreKeys) -> None:
        self._database = database
        self._folder = folder
        self._keys = keys

    def write(self, content: IO[bytes], wanted: File, *, sealed: bool) -> None:
        """Write a content, unless it is whole there already; raise Refused where it cannot be sealed."""
        row = self._begun(wanted, sealed=sealed)
        try:
            seal = Seal.of(row, self._keys)  # as it was begun: of two that write at once, each adds pieces to the same
        except Refused:  # under a key that is gone: here is the content once more
            row = self._begun_anew(wanted, sealed=sealed)
            seal = Seal.of(row, self._keys)
        if row.complete and self._is_whole(wanted, seal):
            return
        content.seek(0)
        locked = (seal.lock(at, piece) if seal else piece for at, piece in enumerate(chunks(content)))
        if self._folder is not None:
            _write_into_folder(self._folder, locked, _place(self._folder, wanted.sha256, seal))
        else:
            self._write_chunks(locked, wanted.sha256)

    def pieces(self, wanted: File) -> Iterator[bytes]:
        """Return the content of a resolved file, piece by piece; whoever reads it compares the hash.

        Raises Refused at once where it is sealed and its key is not at hand.
        """
        with self._database.read() as connection:
            row = connection.execute(select(file_contents).where(file_contents.c.sha256 == wanted.sha256)).first()
        if row is None:
            raise unknown(wanted, ())
        seal = Seal.of(row, self._keys)
        return (seal.open(at, piece) if seal else piece for at, piece in enumerate(self._kept(wanted, seal)))

    def is_sealed(self, digest: str) -> bool:
        """Whether a content is sealed: it came from a device."""
        query = select(file_contents.c.wrapped.is_not(None)).where(file_contents.c.sha256 == digest)
        with self._database.read() as connection:
            return bool(connection.scalar(query))

    def forget(self, connection: Connection, digest: str) -> None:
        """Remove the pieces of a content, or its file."""
        connection.execute(delete(file_chunks).where(file_chunks.c.sha256 == digest))
        if self._folder is not None:
            plain = _place(self._folder, digest, None)
            for path in (plain, *plain.parent.glob(f"{digest}.*")):
                with suppress(OSError):
                    path.unlink()

    def _begun(self, wanted: File, *, sealed: bool) -> Row[Any]:
        """Note that a content is wanted, and return its row."""
        row: dict[str, Any] = {"sha256": wanted.sha256, "size": wanted.size, "complete": False, "asked_at": 0.0}
        row |= sealedfiles.fresh(wanted.sha256, self._keys) if sealed else {"key_id": None, "wrapped": None}
        with self._database.write() as connection:
            insert_missing(connection, file_contents, [row])
            asked = update(file_contents).where(file_contents.c.sha256 == wanted.sha256).values(asked_at=now())
            return connection.execute(asked.returning(file_contents)).one()

    def _begun_anew(self, wanted: File, *, sealed: bool) -> Row[Any]:
        """Forget what does not open any more, and return the row to write it again."""
        key = sealedfiles.fresh(wanted.sha256, self._keys) if sealed else {"key_id": None, "wrapped": None}
        with self._database.write() as connection:
            self.forget(connection, wanted.sha256)
            again = update(file_contents).where(file_contents.c.sha256 == wanted.sha256).values(complete=False, **key)
            return connection.execute(again.returning(file_contents)).one()

    def _kept(self, wanted: File, seal: Seal | None) -> Iterator[bytes]:
        path = None if self._folder is None else _place(self._folder, wanted.sha256, seal)
        if path is not None and path.exists():
            with path.open("rb") as content:
                yield from chunks(content, CHUNK + LONGER if seal else CHUNK)
            return
        for position in range(-(-wanted.size // CHUNK)):
            query = select(file_chunks.c.body).where(
                file_chunks.c.sha256 == wanted.sha256, file_chunks.c.position == position
            )
            with self._database.read() as connection:
                body = connection.scalar(query)
            if body is None:
                raise unknown(wanted, ())
            yield bytes(body)

    def _is_whole(self, wanted: File, seal: Seal | None) -> bool:
        if self._folder is not None and _place(self._folder, wanted.sha256, seal).exists():
            return True
        query = select(func.count()).select_from(file_chunks).where(file_chunks.c.sha256 == wanted.sha256)
        with self._database.read() as connection:
            return connection.scalar(query) == -(-wanted.size // CHUNK)

    def _write_chunks(self, pieces: Iterator[bytes], digest: str) -> None:
        # One transaction for each: a large file must not keep everyone else from writing.
        for position, body in enumerate(pieces):
            with self._database.write() as connection:
                insert_missing(connection, file_chunks, [{"sha256": digest, "position": position, "body": body}])


def unknown(wanted: File, known: Sequence[Any]) -> NotFound:
    """Return the error for a file that is not kept; `known` are the names that are."""
    hint = "`netpulse files list` shows what is kept; on the command line, `./NAME` is a local file"
    return NotFound("file", str(wanted), known=known if not wanted.sha256 else (), hint=hint)


def _write_into_folder(folder: Path, pieces: Iterator[bytes], path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as beside:
            try:
                for piece in pieces:
                    beside.write(piece)
                beside.flush()
                os.fsync(beside.fileno())
                Path(beside.name).replace(path)
            except BaseException:
                Path(beside.name).unlink()
                raise
    except OSError as error:
        raise ServiceError(
            f"a file cannot be kept: {error.strerror or error}", hint=f"see to `files_folder`, {folder}"
        ) from error


def _place(folder: Path, digest: str, seal: Seal | None) -> Path:
    """Return where a content is; sealed, by its data key too: an older ledger, restored, may know it under another."""
    return folder / digest[:2] / (digest if seal is None else f"{digest}.{seal.name}")
