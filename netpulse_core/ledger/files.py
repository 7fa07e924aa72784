"""Files that runs name: contents by their hash, in pieces or in a shared folder, and the names they were given."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from netpulse_core.errors import NotFound, ServiceError
from netpulse_core.files import CHUNK, File, chunks
from netpulse_core.ledger import audit
from netpulse_core.ledger.database import Database, clock, now
from netpulse_core.ledger.tables import file_chunks, file_contents, file_senders, files, run_files
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.file import StoredFile

KEPT = 3600.0
"""Seconds that a content nobody names stays: a client sends it first, and asks for the run that names it then."""


class Files:
    """The files of a site. With a `folder`, the same for each process, contents are kept there by their hash."""

    def __init__(self, database: Database, folder: Path | None = None) -> None:
        self._database = database
        self._folder = folder

    def put(self, content: IO[bytes], wanted: File, by: str) -> StoredFile:
        """Keep a content, and its name where it has one; `wanted` says its hash and size, both already compared.

        A name that is known means this content from now on; runs accepted before keep what they were accepted with.
        """
        known = self._begin(wanted)
        if not known:
            content.seek(0)
            if self._folder is not None:
                self._write_into_folder(self._folder, content, wanted.sha256)
            else:
                self._write_chunks(content, wanted.sha256)
        with self._database.write() as connection:
            at = clock(connection)
            connection.execute(
                update(file_contents).where(file_contents.c.sha256 == wanted.sha256).values(complete=True, asked_at=at)
            )
            insert_missing(connection, file_senders, [{"sha256": wanted.sha256, "caller": by}])
            if wanted.name:
                connection.execute(delete(files).where(files.c.name == wanted.name))
                connection.execute(
                    insert(files).values(name=wanted.name, sha256=wanted.sha256, created_at=at, created_by=by)
                )
            audit.record(connection, by, "file.stored", str(wanted), {"size": wanted.size})
            self.forget_unwanted(connection, at)
        return StoredFile(name=wanted.name, sha256=wanted.sha256, size=wanted.size, created_at=at, created_by=by)

    def keep_for(self, run: str, content: IO[bytes], wanted: File, by: str) -> StoredFile:
        """Keep what a job brought back, for as long as its run is known."""
        stored = self.put(content, wanted, by)
        with self._database.write() as connection:
            insert_missing(connection, run_files, [{"run_id": run, "sha256": wanted.sha256}])
        return stored

    def page(self, *, after: str = "", limit: int = 1000, name: str | None = None) -> Sequence[StoredFile]:
        """Return named files by name; `after` is the last name of the page before."""
        query = select(files, file_contents.c.size).join(file_contents, files.c.sha256 == file_contents.c.sha256)
        query = query.where(files.c.name > after) if name is None else query.where(files.c.name == name)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(files.c.name).limit(limit)).mappings().all()
        return [StoredFile(**row) for row in rows]

    def resolved(self, wanted: File) -> File:
        """Return a file with its hash and size; raise NotFound where this name or hash is not kept."""
        with self._database.read() as connection:
            digest = wanted.sha256 or connection.scalar(select(files.c.sha256).where(files.c.name == wanted.name))
            size = connection.scalar(
                select(file_contents.c.size).where(file_contents.c.sha256 == digest, file_contents.c.complete)
            )
            if digest is None or size is None:
                raise _unknown(
                    wanted, connection.scalars(select(files.c.name).order_by(files.c.name).limit(1000)).all()
                )
        return File(name=wanted.name, sha256=str(digest), size=int(size))

    def named(self, digest: str) -> Sequence[StoredFile]:
        """Return the names that mean a content now."""
        query = select(files, file_contents.c.size).join(file_contents, files.c.sha256 == file_contents.c.sha256)
        with self._database.read() as connection:
            return [StoredFile(**row) for row in connection.execute(query.where(files.c.sha256 == digest)).mappings()]

    def was_sent_by(self, digest: str, caller: str) -> bool:
        """Whether a caller has sent this content itself."""
        mine = exists().where(file_senders.c.sha256 == digest, file_senders.c.caller == caller)
        with self._database.read() as connection:
            return bool(connection.scalar(select(mine)))

    def pieces(self, wanted: File) -> Iterator[bytes]:
        """Yield the content of a resolved file; whoever reads it compares the hash."""
        path = None if self._folder is None else _place(self._folder, wanted.sha256)
        if path is not None and path.exists():
            with path.open("rb") as content:
                yield from chunks(content)
            return
        for position in range(-(-wanted.size // CHUNK)):
            query = select(file_chunks.c.body).where(
                file_chunks.c.sha256 == wanted.sha256, file_chunks.c.position == position
            )
            with self._database.read() as connection:
                body = connection.scalar(query)
            if body is None:
                raise _unknown(wanted, ())
            yield bytes(body)

    def remove(self, name: str, by: str) -> None:
        """Forget a name; the content stays while a run or another name needs it."""
        with self._database.write() as connection:
            digest = connection.scalar(delete(files).where(files.c.name == name).returning(files.c.sha256))
            if digest is None:
                raise _unknown(File(name=name), connection.scalars(select(files.c.name).limit(1000)).all())
            audit.record(connection, by, "file.removed", name, {"sha256": digest})
            self.forget_unwanted(connection, clock(connection))

    def forget_unwanted(self, connection: Connection, at: float, most: int = 100) -> int:
        """Delete at most so many contents that no name and no run has needed for a while, and return how many."""
        unwanted = select(file_contents.c.sha256).where(
            file_contents.c.asked_at < at - KEPT,
            ~exists().where(files.c.sha256 == file_contents.c.sha256),
            ~exists().where(run_files.c.sha256 == file_contents.c.sha256),
        )
        digests = connection.scalars(unwanted.limit(most).with_for_update(skip_locked=True)).all()
        for digest in digests:
            connection.execute(delete(file_chunks).where(file_chunks.c.sha256 == digest))
            if self._folder is not None:
                with suppress(OSError):
                    _place(self._folder, digest).unlink()
            connection.execute(delete(file_senders).where(file_senders.c.sha256 == digest))
            connection.execute(delete(file_contents).where(file_contents.c.sha256 == digest))
        return len(digests)

    def _begin(self, wanted: File) -> bool:
        """Note that a content is wanted and return whether it is there already."""
        row = {"sha256": wanted.sha256, "size": wanted.size, "complete": False, "asked_at": 0.0}
        with self._database.write() as connection:
            insert_missing(connection, file_contents, [row])
            known = connection.scalar(
                update(file_contents)
                .where(file_contents.c.sha256 == wanted.sha256)
                .values(asked_at=now())
                .returning(file_contents.c.complete)
            )
        return bool(known) and self._is_whole(wanted)

    def _is_whole(self, wanted: File) -> bool:
        if self._folder is not None and _place(self._folder, wanted.sha256).exists():
            return True
        query = select(func.count()).select_from(file_chunks).where(file_chunks.c.sha256 == wanted.sha256)
        with self._database.read() as connection:
            return connection.scalar(query) == -(-wanted.size // CHUNK)

    def _write_chunks(self, content: IO[bytes], digest: str) -> None:
        # One transaction for each: a large file must not keep everyone else from writing.
        for position, body in enumerate(chunks(content)):
            with self._database.write() as connection:
                insert_missing(connection, file_chunks, [{"sha256": digest, "position": position, "body": body}])

    def _write_into_folder(self, folder: Path, content: IO[bytes], digest: str) -> None:
        path = _place(folder, digest)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as beside:
                try:
                    for piece in chunks(content):
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


def needed(connection: Connection, run: str, digests: Sequence[str]) -> None:
    """Write down which contents a run needs; raise NotFound where one is no longer kept."""
    if not digests:
        return
    wanted = sorted(set(digests))
    query = select(file_contents.c.sha256).where(file_contents.c.sha256.in_(wanted), file_contents.c.complete)
    kept = set(connection.scalars(query.with_for_update(key_share=True, read=True)))
    for digest in wanted:
        if digest not in kept:
            raise _unknown(File(sha256=digest), ())
    connection.execute(insert(run_files), [{"run_id": run, "sha256": digest} for digest in wanted])


def _unknown(wanted: File, known: Sequence[Any]) -> NotFound:
    hint = "`netpulse files list` shows what is kept; on the command line, `./NAME` is a local file"
    return NotFound("file", str(wanted), known=known if not wanted.sha256 else (), hint=hint)


def _place(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest
