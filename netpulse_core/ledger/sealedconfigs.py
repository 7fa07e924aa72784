"""Copies of configurations that only a key of the secret store opens: what the device said, and what is compared."""

import base64
import json
import logging
import zlib
from dataclasses import dataclass
from secrets import token_hex

from sqlalchemy import Connection, delete, insert, select

from netpulse_core.errors import Refused, SiteError
from netpulse_core.ledger import envelopes, sealing
from netpulse_core.ledger.backuptables import config_sealed
from netpulse_core.ledger.envelopes import Envelope
from netpulse_core.ledger.sealing import Place
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.model.backup import Captured, Copy

log = logging.getLogger(__name__)

HINT = "give every process a key, `openssl rand -hex 32` (docs/secrets.md); what is captured from then on is kept whole"

PLACE = Place(config_sealed, ("id",), "config:", "configuration {}", "the redacted copy is apart from it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What one envelope holds."""

    raw: str
    normalised: str

    def of(self, copy: Copy) -> str:
        """Return one of them."""
        return self.raw if copy is Copy.RAW else self.normalised


def sealed(captured: Captured, keys: StoreKeys) -> Envelope | None:
    """Return the copies that are not to be read, in an envelope; None where there is no key to seal it with."""
    try:
        key = keys.newest()
    except Refused:
        return None
    except (SiteError, OSError) as error:  # somebody is at work on the file: what the job did is to be written down
        log.warning("a configuration is kept without its sealed copy: %s", error)
        return None
    said = json.dumps({"raw": captured.raw, "normalised": captured.normalised}, ensure_ascii=False)
    packed = base64.b64encode(zlib.compress(said.encode(), 6)).decode()
    return envelopes.seal(packed, PLACE.row(token_hex(16)), key)


def keep(connection: Connection, envelope: Envelope) -> str:
    """Write an envelope, and return its id."""
    connection.execute(insert(config_sealed).values(id=envelope.row[1], **sealing.columns(envelope)))
    return envelope.row[1]


def opened(connection: Connection, id: str, keys: StoreKeys) -> Texts:
    """Return what an envelope holds; raise Refused where it does not open."""
    packed = PLACE.opened(connection.execute(select(config_sealed).where(config_sealed.c.id == id)).one(), keys)
    return Texts(**json.loads(zlib.decompress(base64.b64decode(packed))))


def forget(connection: Connection, ids: list[str]) -> None:
    """Remove envelopes."""
    if ids:
        connection.execute(delete(config_sealed).where(config_sealed.c.id.in_(ids)))
