"""Files that runs name: contents by their hash, in pieces or in a shared folder, and the names they were given."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, delete, exists, insert, select, update

from netpulse_core.files import File
from netpulse_core.ledger import audit
from netpulse_core.ledger.contents import Contents, unknown
from netpulse_core.ledger.database import Database, clock
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.tables import file_contents, file_senders, files, run_files
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.file import StoredFile

KEPT = 3600.0
"""Seconds that a content nobody names stays: a client sends it first, and asks for the run that names it then."""

_NAMED = select(files, file_contents.c.size, file_contents.c.wrapped.is_not(None).label("sealed")).join(
    file_contents, files.c.sha256 == file_contents.c.sha256
)


class Files:
    """The files of a site. With a `folder`, the same for each process, contents are kept there by their hash."""

    def __init__(self, database: Database, folder: Path | None, keys: StoreKeys) -> None:
        self._database = database
        self._contents = Contents(database, folder, keys)

    def put(self, content: IO[bytes], wanted: File, by: str) -> StoredFile:
        """Keep a content, and its name where it has one; `wanted` says its hash and size, both already compared.

        A name that is known means this content from now on; runs accepted before keep what they were accepted with.
        """
        self._contents.write(content, wanted, sealed=False)
        return self._named(wanted, by)

    def keep_for(self, run: str, content: IO[bytes], wanted: File, by: str) -> StoredFile:
        """Keep what a job brought back, sealed, for as long as its run is known; raise Refused where no key can."""
        self._contents.write(content, wanted, sealed=True)
        stored = self._named(wanted, by)
        with self._database.write() as connection:
            insert_missing(connection, run_files, [{"run_id": run, "sha256": wanted.sha256}])
        return stored

    def page(self, *, after: str = "", limit: int = 1000, name: str | None = None) -> Sequence[StoredFile]:
        """Return named files by name; `after` is the last name of the page before."""
        query = _NAMED.where(files.c.name > after if name is None else files.c.name == name)
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
                raise unknown(wanted, connection.scalars(select(files.c.name).order_by(files.c.name).limit(1000)).all())
        return File(name=wanted.name, sha256=str(digest), size=int(size))

    def named(self, digest: str) -> Sequence[StoredFile]:
        """Return the names that mean a content now."""
        with self._database.read() as connection:
            return [StoredFile(**row) for row in connection.execute(_NAMED.where(files.c.sha256 == digest)).mappings()]

    def was_sent_by(self, digest: str, caller: str) -> bool:
        """Whether a caller has sent this content itself."""
        mine = exists().where(file_senders.c.sha256 == digest, file_senders.c.caller == caller)
        with self._database.read() as connection:
            return bool(connection.scalar(select(mine)))

    def pieces(self, wanted: File) -> Iterator[bytes]:
        """Return the content of a resolved file, piece by piece; whoever reads it compares the hash.

        Raises Refused at once where it is sealed and its key is not at hand.
        """
        return self._contents.pieces(wanted)

    def is_sealed(self, digest: str) -> bool:
        """Whether a content is sealed: it came from a device."""
        return self._contents.is_sealed(digest)

    def revealed(self, file: File, *, by: str) -> None:
        """Note in the audit that somebody was given what a device holds."""
        with self._database.write() as connection:
            audit.record(connection, by, "file.revealed", str(file), {"size": file.size})

    def remove(self, name: str, by: str) -> None:
        """Forget a name; the content stays while a run or another name needs it."""
        with self._database.write() as connection:
            digest = connection.scalar(delete(files).where(files.c.name == name).returning(files.c.sha256))
            if digest is None:
                raise unknown(File(name=name), connection.scalars(select(files.c.name).limit(1000)).all())
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
            self._contents.forget(connection, digest)
            connection.execute(delete(file_senders).where(file_senders.c.sha256 == digest))
            connection.execute(delete(file_contents).where(file_contents.c.sha256 == digest))
        return len(digests)

    def _named(self, wanted: File, by: str) -> StoredFile:
        """Say that a content is whole, who sent it, and what it is called."""
        with self._database.write() as connection:
            at = clock(connection)
            whole = update(file_contents).where(file_contents.c.sha256 == wanted.sha256)
            row = connection.execute(whole.values(complete=True, asked_at=at).returning(file_contents.c.wrapped)).one()
            insert_missing(connection, file_senders, [{"sha256": wanted.sha256, "caller": by}])
            if wanted.name:
                connection.execute(delete(files).where(files.c.name == wanted.name))
                connection.execute(
                    insert(files).values(name=wanted.name, sha256=wanted.sha256, created_at=at, created_by=by)
                )
            audit.record(connection, by, "file.stored", str(wanted), {"size": wanted.size})
            self.forget_unwanted(connection, at)
        sealed = bool(row.wrapped)
        return StoredFile(
            name=wanted.name, sha256=wanted.sha256, size=wanted.size, created_at=at, created_by=by, sealed=sealed
        )


def needed(connection: Connection, run: str, digests: Sequence[str]) -> None:
    """Write down which contents a run needs; raise NotFound where one is no longer kept."""
    if not digests:
        return
    wanted = sorted(set(digests))
    query = select(file_contents.c.sha256).where(file_contents.c.sha256.in_(wanted), file_contents.c.complete)
    kept = set(connection.scalars(query.with_for_update(key_share=True, read=True)))
    for digest in wanted:
        if digest not in kept:
            raise unknown(File(sha256=digest), ())
    connection.execute(insert(run_files), [{"run_id": run, "sha256": digest} for digest in wanted])
