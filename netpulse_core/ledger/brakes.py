"""Brakes: a credential that several devices refuse in a row is used no more until a person lets go of it."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, select, update

from netpulse_core.errors import NotFound
from netpulse_core.ledger import audit, waiting
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.logintables import credentials, refusals
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.logins import Brake, Stop
from netpulse_core.model.text import instant

ENOUGH = 3
"""Devices that must refuse a credential: one may be wrong, and two may share what is wrong."""

WITHIN = 60.0
"""Seconds in which they refuse it, with no success between."""

REST = 300.0
"""Seconds after which a credential that as many refused, and none took, is tried again where a device has another."""

LOOK_AGAIN = 300.0
"""Seconds until a waiting job asks again, because its secret may have been changed; a release wakes it at once."""


class Credential(NamedTuple):
    """A credential by its keyed fingerprint; the value is nowhere in the ledger."""

    id: str
    user: str

    @property
    def waits_on(self) -> str:
        """What a job that waits for this brake waits on."""
        return f"brake {self.id}"


class Brakes:
    """The credentials of the ledger that were refused, the same for every node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, credential: Credential) -> Stop | None:
        """Return why nobody may log in with this now, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(credentials).where(credentials.c.id == credential.id)).first()
        if row is None or row.braked_at is None:
            return None
        reason = (
            f"the credential of {row.user!r} ({row.id}) is held: {', '.join(row.devices)} refused it"
            f" at {instant(row.braked_at)}, and more refusals would lock the account"
        )
        hint = f"put the credential right, then: netpulse brakes release {row.id}"
        return Stop(on=credential.waits_on, reason=reason, hint=hint, retry_in=LOOK_AGAIN)

    @again_if_beaten
    def refused(self, credential: Credential, endpoint: str, device: str, spared: bool = False) -> None:
        """Count a device that refused the credential; the third within a minute brakes it.

        One that is `spared`, because the device may take another credential, lets it rest and counts for no brake.
        """
        fresh: dict[str, Any] = {"id": credential.id, "user": credential.user, "braked_at": None, "devices": []}
        mine = refusals.c.credential == credential.id
        with self._database.write() as connection:
            insert_missing(connection, credentials, [fresh])
            row = _locked(connection, credential.id)
            assert row is not None
            if row.braked_at is not None:
                return
            at = clock(connection)
            connection.execute(delete(refusals).where(mine, (refusals.c.at < at - REST) | _of(endpoint)))
            said = {"credential": credential.id, "endpoint": endpoint, "device": device, "at": at, "spared": spared}
            insert_missing(connection, refusals, [said])
            counted = mine, ~refusals.c.spared, refusals.c.at >= at - WITHIN
            names = connection.scalars(select(refusals.c.device).where(*counted).order_by(refusals.c.at)).all()
            if len(names) >= ENOUGH:
                _brake(connection, credential, list(names), at)

    @again_if_beaten
    def worked(self, credential: Credential) -> None:
        """Forget the refusals of a credential that a device has accepted; a brake stays until a person lets go."""
        with self._database.write() as connection:
            _locked(connection, credential.id)
            connection.execute(delete(refusals).where(refusals.c.credential == credential.id))

    @again_if_beaten
    def release(self, brake: str, *, by: str) -> list[str]:
        """Let a credential be used again; return the keys of the devices whose jobs may go on."""
        with self._database.write() as connection:
            row = _locked(connection, brake)
            if row is None or row.braked_at is None:
                held = select(credentials.c.id).where(credentials.c.braked_at.is_not(None))
                known = connection.scalars(held).all()
                raise NotFound("brake", brake, known=known, hint="`netpulse brakes` lists them")
            connection.execute(delete(refusals).where(refusals.c.credential == brake))
            connection.execute(update(credentials).where(credentials.c.id == brake).values(braked_at=None, devices=[]))
            audit.record(connection, by, "brake.released", brake, {"user": row.user, "devices": list(row.devices)})
            return waiting.release(connection, Credential(brake, row.user).waits_on)

    def all(self) -> list[Brake]:
        """Return the credentials held now, the newest first."""
        query = select(credentials).where(credentials.c.braked_at.is_not(None)).order_by(credentials.c.braked_at.desc())
        with self._database.read() as connection:
            waits = waiting.counts(connection)
            return [
                Brake(
                    id=row.id,
                    user=row.user,
                    braked_at=row.braked_at,
                    devices=tuple(row.devices),
                    waiting=waits.get(Credential(row.id, row.user).waits_on, 0),
                )
                for row in connection.execute(query)
            ]


def _brake(connection: Connection, credential: Credential, devices: list[str], at: float) -> None:
    connection.execute(
        update(credentials).where(credentials.c.id == credential.id).values(braked_at=at, devices=devices)
    )
    said = {"user": credential.user, "devices": devices}
    audit.record(connection, "netpulse", "brake.set", credential.id, said)


def _of(endpoint: str) -> Any:
    return refusals.c.endpoint == endpoint


def _locked(connection: Connection, credential: str) -> Row[Any] | None:
    query = select(credentials).where(credentials.c.id == credential).with_for_update()
    return connection.execute(query).first()
