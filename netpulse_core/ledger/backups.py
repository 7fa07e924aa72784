"""Configurations of devices as the ledger keeps them: to look at, and to take a suspect one for good."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from netpulse_core.errors import Conflict, NotFound, Refused
from netpulse_core.ledger import audit, captures, sealedconfigs
from netpulse_core.ledger.backuptables import config_suspects, config_versions
from netpulse_core.ledger.blobs import unpacked
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.tables import blobs
from netpulse_core.model.backup import ConfigVersion, Copy, LastGood, Origin, Suspect
from netpulse_core.model.text import moment

_NAMED = 500
"""Captures in quarantine, the last seen, among which one that was misspelt is looked for."""

_KEEP_ONE = "`netpulse run backup_config -t {device}` keeps one"


class Backups:
    """The configurations of the ledger."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database = database
        self._keys = keys

    @property
    def have_a_key(self) -> bool:
        """Whether copies that hold secrets can be kept; raises SiteError where the keys cannot be read."""
        return bool(self._keys.all())

    def last_good(self, device: str) -> LastGood | None:
        """Return the last configuration of a device that was believed, or None.

        It is the normalised copy where that is kept and opens here, and the redacted one otherwise.
        """
        with self._database.read() as connection:
            row = connection.execute(_versions(device).limit(1)).first()
            if row is None:
                return None
            text, copy = self._best(connection, row)
        return LastGood(
            text=text,
            taken_at=row.last_seen_at,
            digest=row.digest,
            copy=copy,
            version=row.number,
            size=row.size,
            platform=row.platform,
            form=row.form,
            run=row.last_run,
        )

    def versions(self, device: str, *, limit: int = 500) -> list[ConfigVersion]:
        """Return the versions of a device's configuration, the newest first."""
        with self._database.read() as connection:
            return [_version(row) for row in connection.execute(_versions(device).limit(limit))]

    def current(self) -> list[ConfigVersion]:
        """Return the last good version of each device that has one, by device."""
        newest = select(config_versions.c.device, func.max(config_versions.c.number).label("number"))
        of_each = newest.group_by(config_versions.c.device).subquery()
        query = select(config_versions).join(
            of_each,
            (of_each.c.device == config_versions.c.device) & (of_each.c.number == config_versions.c.number),
        )
        with self._database.read() as connection:
            return [_version(row) for row in connection.execute(query.order_by(config_versions.c.device))]

    def version(self, device: str, number: int | None = None, *, at: float | None = None) -> ConfigVersion:
        """Return a version by its number, the one that stood at an instant, or the last; raise NotFound."""
        query = _versions(device)
        if number is not None:
            query = query.where(config_versions.c.number == number)
        elif at is not None:
            query = query.where(config_versions.c.first_seen_at <= at)
        with self._database.read() as connection:
            row = connection.execute(query.limit(1)).first()
            if row is not None:
                return _version(row)
            known = [str(one) for one in connection.scalars(_numbers(device))]
        if not known:
            raise NotFound("configuration of", device, hint=_KEEP_ONE.format(device=device))
        if number is not None:
            raise NotFound("version", str(number), where=f"of {device}'s configuration", known=known)
        raise NotFound(f"configuration of {device} at", _instant(at), hint="the first one was kept later")

    def text(self, device: str, number: int, copy: Copy) -> str:
        """Return a copy of a version; raise Refused where that one is not kept, or does not open."""
        query = _versions(device).where(config_versions.c.number == number)
        with self._database.read() as connection:
            return self._copy(connection, connection.execute(query).one(), copy)

    def suspects(self, device: str | None = None, *, decided: bool = False) -> list[Suspect]:
        """Return captures that are not believed, the last seen first; with `decided` those too that were accepted."""
        query = select(config_suspects).order_by(config_suspects.c.last_seen_at.desc(), config_suspects.c.id)
        if device is not None:
            query = query.where(config_suspects.c.device == device)
        if not decided:
            query = query.where(config_suspects.c.accepted_at.is_(None))
        with self._database.read() as connection:
            return [_suspect(row) for row in connection.execute(query)]

    def suspect(self, id: str, sees: Callable[[str], bool] = lambda device: True) -> Suspect:
        """Return one of them; raise NotFound, which knows those alone whose device the caller `sees`."""
        with self._database.read() as connection:
            row = connection.execute(select(config_suspects).where(config_suspects.c.id == id)).first()
            if row is None or not sees(row.device):
                raise _no_suspect(connection, id, sees)
            return _suspect(row)

    def suspect_text(self, id: str, copy: Copy) -> str:
        """Return a copy of a capture that is not believed."""
        with self._database.read() as connection:
            return self._copy(connection, _suspect_row(connection, id), copy)

    @again_if_beaten
    def accept(self, id: str, *, by: str, reason: str) -> Suspect:
        """Take a suspect capture for the device's configuration, as its newest version."""
        with self._database.write() as connection:
            row = _suspect_row(connection, id, lock=True)
            if row.accepted_at is not None:
                raise Conflict(f"capture {id} was accepted already, as version {row.version}")
            now = captures.last(connection, row.device)
            if now is not None and now.last_seen_at > row.last_seen_at:
                raise Conflict(
                    f"{row.device} was captured since then, and that was believed: version {now.number}",
                    hint="what this capture says is older; capture the device anew",
                )
            values = {name: getattr(row, name) for name in _SHARED}
            if now is not None and row.first_seen_at <= now.last_seen_at:
                # The last good one stood in between. Of the sights since then the last is known for certain.
                values |= {"first_seen_at": row.last_seen_at, "run": row.last_run, "captures": 1}
            known = {"accepted_by": by, "accepted_reason": reason}
            number = captures.add(connection, row.device, now, values | known)
            decided = {"accepted_at": clock(connection), "version": number, **known}
            connection.execute(update(config_suspects).where(config_suspects.c.id == id).values(decided))
            said = {"device": row.device, "version": number, "reason": reason, "doubts": list(row.reasons)}
            audit.record(connection, by, "config.accepted", id, said)
        return self.suspect(id)

    def revealed(self, device: str, number: int | str, copy: Copy, *, by: str) -> None:
        """Note in the audit that somebody was shown a copy with its secrets."""
        with self._database.write() as connection:
            audit.record(connection, by, "config.revealed", device, {"version": number, "copy": copy.value})

    def alike(self, connection: Connection, rows: Sequence[Row[Any]]) -> list[str]:
        """Return the same copy of each of these versions: the normalised one where each has it and opens."""
        found = [self._best(connection, row) for row in rows]
        if len({copy for _, copy in found}) == 1:
            return [text for text, _ in found]
        return [self._copy(connection, row, Copy.REDACTED) for row in rows]

    def _best(self, connection: Connection, row: Row[Any]) -> tuple[str, Copy]:
        if row.sealed is not None:
            try:
                return self._copy(connection, row, Copy.NORMALISED), Copy.NORMALISED
            except Refused:
                pass  # the key is not here: what may be shown is
        return self._copy(connection, row, Copy.REDACTED), Copy.REDACTED

    def _copy(self, connection: Connection, row: Row[Any], copy: Copy) -> str:
        if copy is Copy.REDACTED:
            found = connection.execute(select(blobs.c.coding, blobs.c.body).where(blobs.c.hash == row.redacted)).one()
            return str(unpacked("text", found.coding, found.body))
        if row.sealed is None:
            raise Refused(
                f"{row.device}: the {copy} copy was not kept: there was no key to seal it with",
                hint=sealedconfigs.HINT,
            )
        return sealedconfigs.opened(connection, row.sealed, self._keys).of(copy)


_SHARED = tuple(
    column.name
    for column in config_suspects.c
    if column.name in config_versions.c and column.name not in {"id", "device", "accepted_by", "accepted_reason"}
)


def _versions(device: str) -> Select[Any]:
    return select(config_versions).where(config_versions.c.device == device).order_by(config_versions.c.number.desc())


def _numbers(device: str) -> Select[Any]:
    return select(config_versions.c.number).where(config_versions.c.device == device).order_by(config_versions.c.number)


def _suspect_row(connection: Connection, id: str, *, lock: bool = False) -> Row[Any]:
    query = select(config_suspects).where(config_suspects.c.id == id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise _no_suspect(connection, id, lambda device: True)
    return row


def _no_suspect(connection: Connection, id: str, sees: Callable[[str], bool]) -> NotFound:
    query = select(config_suspects.c.id, config_suspects.c.device).where(config_suspects.c.accepted_at.is_(None))
    lately = connection.execute(query.order_by(config_suspects.c.last_seen_at.desc()).limit(_NAMED))
    known = [row.id for row in lately if sees(row.device)]
    return NotFound("quarantined capture", id, known=known, hint="`netpulse config quarantine list` shows them")


def _version(row: Row[Any]) -> ConfigVersion:
    said = {name: getattr(row, name) for name in _VERSION}
    return ConfigVersion(
        **said,
        sealed=row.sealed is not None,
        origin=None if row.origin is None else Origin(row.origin),
        runs=tuple(row.runs or ()),
    )


_PLAIN = (
    "device", "digest", "first_seen_at", "last_seen_at", "captures", "run", "last_run", "caller", "driver", "platform",
    "form", "lines", "size", "raw_size", "accepted_by", "accepted_reason",
)  # fmt: skip
_VERSION = (*_PLAIN, "number", "added", "removed", "unexplained")
_SUSPECT = tuple(name for name in _PLAIN if name not in {"digest", "driver", "platform", "form"})


def _suspect(row: Row[Any]) -> Suspect:
    said = {name: getattr(row, name) for name in (*_SUSPECT, "id", "accepted_at", "version")}
    return Suspect(**said, sealed=row.sealed is not None, reasons=tuple(row.reasons))


def _instant(at: float | None) -> str:
    """Return an instant as people read it; one that no calendar has, as it was asked for."""
    try:
        return moment(at or 0.0)
    except (OverflowError, ValueError, OSError):
        return f"{at}"
