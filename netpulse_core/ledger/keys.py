"""API keys: only a keyed hash is kept, so a stolen ledger opens no door."""

import hashlib
import hmac
import secrets

from sqlalchemy import func, insert, select, update

from netpulse_core.errors import NotFound, Unidentified
from netpulse_core.ledger import audit
from netpulse_core.ledger.database import Database, now
from netpulse_core.ledger.tables import api_keys
from netpulse_core.model.caller import Caller


class Keys:
    """The API keys of the ledger; `pepper` never enters it."""

    def __init__(self, database: Database, pepper: bytes) -> None:
        self._database = database
        self._pepper = pepper
        self._nobody = self._hash("")

    def create(self, name: str, role: str, *, by: str) -> str:
        """Make a key and return its text, `np_<id>_<secret>`; it cannot be shown again."""
        key, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with self._database.write() as connection:
            connection.execute(
                insert(api_keys).values(id=key, hash=self._hash(secret), name=name, role=role, created_at=now())
            )
            audit.record(connection, by, "key.created", key, {"name": name, "role": role})
        return f"np_{key}_{secret}"

    def revoke(self, key: str, *, by: str) -> None:
        """End a key."""
        with self._database.write() as connection:
            ended = connection.execute(
                update(api_keys).where(api_keys.c.id == key, api_keys.c.revoked_at.is_(None)).values(revoked_at=now())
            )
            if ended.rowcount != 1:
                raise NotFound("API key", key)
            audit.record(connection, by, "key.revoked", key, {})

    def identify(self, text: str) -> Caller:
        """Return who holds this key; raise Unidentified without saying which part of it is wrong."""
        prefix, _, rest = text.partition("_")
        key, _, secret = rest.partition("_")
        if not (key.isascii() and key.isalnum()):
            key = ""  # nobody's: what else it holds, a NUL say, is not a question for the ledger
        with self._database.read() as connection:
            row = connection.execute(
                select(api_keys).where(api_keys.c.id == key, api_keys.c.revoked_at.is_(None))
            ).first()
        # Compared even where no row is: the answer must not take a different time for a known id.
        known = row.hash if row else self._nobody
        if not hmac.compare_digest(known, self._hash(secret)) or row is None or prefix != "np":
            raise Unidentified("the API key is not known", hint="send `Authorization: Bearer np_...`")
        return Caller(name=row.name, role=row.role)

    def any(self) -> bool:
        """Whether a key exists that was not revoked."""
        query = select(func.count()).select_from(api_keys).where(api_keys.c.revoked_at.is_(None))
        with self._database.read() as connection:
            return bool(connection.scalar(query))

    def _hash(self, secret: str) -> str:
        # A fast keyed hash is right here: the secret holds 256 random bits, so there is nothing to slow down.
        return hmac.new(self._pepper, secret.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
