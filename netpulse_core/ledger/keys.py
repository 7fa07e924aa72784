"""API keys: only a keyed hash is kept, so a stolen ledger opens no door."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, or_, select, update

from netpulse_core.errors import Conflict, NotFound, ServiceError, Unidentified
from netpulse_core.ledger import audit
from netpulse_core.ledger.database import Database, clock, now
from netpulse_core.ledger.tables import api_keys
from netpulse_core.model.caller import NOT_NARROWED, Caller, Scope
from netpulse_core.model.keys import ApiKey, KeyStanding, NewKey

USE_KEPT = 60.0
"""Seconds between two notes of a key's use: a write for each request would cost more than the request."""


class Keys:
    """The API keys of the ledger; `pepper` never enters it."""

    def __init__(self, database: Database, pepper: bytes) -> None:
        self._database = database
        self._pepper = pepper
        self._nobody = self._hash("")

    def create(
        self, name: str, role: str, *, by: str, scope: Scope = NOT_NARROWED, lifetime: float | None = None
    ) -> NewKey:
        """Make a key that ends after `lifetime` seconds, or never; its text cannot be shown again."""
        with self._database.write() as connection:
            at = clock(connection)
            ends = None if lifetime is None else at + lifetime
            return self._made(connection, at, name, role, scope, by=by, expires_at=ends)

    def rotate(self, key: str, *, by: str, overlap: float = 0.0) -> NewKey:
        """Make a key that may what this one may, for as long as it was made for; the old one ends after the overlap."""
        with self._database.write() as connection:
            at = clock(connection)
            row = _valid(connection, key, at)
            ends = at + overlap if row["expires_at"] is None else min(row["expires_at"], at + overlap)
            connection.execute(update(api_keys).where(api_keys.c.id == key).values(expires_at=ends))
            lifetime = None if row["expires_at"] is None else row["expires_at"] - row["created_at"]
            renewed = None if lifetime is None else at + lifetime
            return self._made(
                connection, at, row["name"], row["role"], _scope(row), by=by, expires_at=renewed, replaces=key
            )

    def revoke(self, key: str, *, by: str) -> ApiKey:
        """End a key."""
        with self._database.write() as connection:
            ended = connection.execute(
                update(api_keys).where(api_keys.c.id == key, api_keys.c.revoked_at.is_(None)).values(revoked_at=now())
            )
            if ended.rowcount != 1:
                raise NotFound("API key", key)
            audit.record(connection, by, "key.revoked", key, {})
            return _noun(_row(connection, key), clock(connection))

    def all(self) -> Sequence[ApiKey]:
        """Return every key, the newest first."""
        query = select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.id)
        with self._database.read() as connection:
            at = clock(connection)
            return [_noun(row, at) for row in connection.execute(query).mappings()]

    def one(self, key: str) -> ApiKey:
        """Return one key, or raise NotFound."""
        with self._database.read() as connection:
            return _noun(_row(connection, key), clock(connection))

    def identify(self, text: str) -> Caller:
        """Return who holds this key; raise Unidentified without saying which part of it is wrong."""
        prefix, _, rest = text.partition("_")
        key, _, secret = rest.partition("_")
        if not (key.isascii() and key.isalnum()):
            key = ""  # nobody's: what else it holds, a NUL say, is not a question for the ledger
        with self._database.read() as connection:
            query = select(api_keys, _unseen()).where(api_keys.c.id == key, _opens())
            row = connection.execute(query).mappings().first()
        # Compared even where no row is: the answer must not take a different time for a known id.
        known = row["hash"] if row else self._nobody
        if not hmac.compare_digest(known, self._hash(secret)) or row is None or prefix != "np":
            raise Unidentified("the API key is not known", hint="send `Authorization: Bearer np_...`")
        if row["unseen"]:
            self._note_use(key)
        return Caller(name=row["name"], role=row["role"], scope=_scope(row), key=key)

    def any(self) -> bool:
        """Whether a key exists that was not revoked."""
        query = select(func.count()).select_from(api_keys).where(api_keys.c.revoked_at.is_(None))
        with self._database.read() as connection:
            return bool(connection.scalar(query))

    def _made(
        self, connection: Connection, at: float, name: str, role: str, scope: Scope, *, by: str, **more: Any
    ) -> NewKey:
        key, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        said = {"name": name, "role": role, "scope": asdict(scope) if scope.narrow else None, **more}
        row = {"id": key, "hash": self._hash(secret), "created_at": at, "created_by": by, **said}
        connection.execute(insert(api_keys).values(**row))
        audit.record(connection, by, "key.created", key, said)
        return NewKey(key=f"np_{key}_{secret}", made=_noun(_row(connection, key), at))

    def _note_use(self, key: str) -> None:
        with suppress(ServiceError), self._database.write() as connection:  # a busy ledger must not close the door
            connection.execute(update(api_keys).where(api_keys.c.id == key, _unseen()).values(used_at=now()))

    def _hash(self, secret: str) -> str:
        # A fast keyed hash is right here: the secret holds 256 random bits, so there is nothing to slow down.
        return hmac.new(self._pepper, secret.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _opens() -> ColumnElement[bool]:
    return api_keys.c.revoked_at.is_(None) & or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now())


def _unseen() -> ColumnElement[bool]:
    return or_(api_keys.c.used_at.is_(None), api_keys.c.used_at < now() - USE_KEPT).label("unseen")


def _row(connection: Connection, key: str) -> RowMapping:
    row = connection.execute(select(api_keys).where(api_keys.c.id == key)).mappings().first()
    if row is None:
        raise NotFound("API key", key)
    return row


def _valid(connection: Connection, key: str, at: float) -> RowMapping:
    """Return the row of a key that opens the door, locked; two rotations at once would leave two successors."""
    connection.execute(select(api_keys.c.id).where(api_keys.c.id == key).with_for_update())
    row = _row(connection, key)
    if (standing := _standing(row, at)) is not KeyStanding.VALID:
        raise Conflict(f"key {key} is {standing}", hint="make a new one: netpulse keys create NAME --role ROLE")
    successor = connection.scalar(select(api_keys.c.id).where(api_keys.c.replaces == key))
    if successor is not None:
        raise Conflict(f"key {key} was rotated before: {successor} replaces it", hint="rotate that one")
    return row


def _standing(row: Mapping[Any, Any], at: float) -> KeyStanding:
    if row["revoked_at"] is not None:
        return KeyStanding.REVOKED
    over = row["expires_at"] is not None and row["expires_at"] <= at
    return KeyStanding.EXPIRED if over else KeyStanding.VALID


def _scope(row: Mapping[Any, Any]) -> Scope:
    said = row["scope"]
    if not said:
        return NOT_NARROWED
    lists = {name: tuple(said.get(name, ())) for name in ("runbooks", "commands", "files")}
    return Scope(**{**said, **lists})


def _noun(row: Mapping[Any, Any], at: float) -> ApiKey:
    same = (
        "id", "name", "role", "created_at", "created_by", "expires_at", "revoked_at", "used_at", "replaces"
    )  # fmt: skip
    return ApiKey(**{name: row[name] for name in same}, standing=_standing(row, at), scope=_scope(row))
