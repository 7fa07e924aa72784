"""Contents that were fetched from devices: sealed piece by piece under a data key of their own."""

import hashlib
from dataclasses import dataclass
from typing import Any, Self

from netpulse_core.ledger import envelopes
from netpulse_core.ledger.envelopes import NotOpened
from netpulse_core.ledger.sealing import Place
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.tables import file_contents

PLACE = Place(file_contents, ("sha256",), "file:", "the file sha256:{}", "fetch the file again")


@dataclass(frozen=True, slots=True)
class Seal:
    """The data key of one content, at hand."""

    row: Any
    data_key: bytes

    @property
    def name(self) -> str:
        """What tells a content under this data key from the same under another, or under none."""
        return hashlib.sha256(b"netpulse content " + self.data_key).hexdigest()[:16]

    @classmethod
    def of(cls, row: Any, keys: StoreKeys) -> Self | None:
        """Return the seal of a row of contents, None where it has none; raise Refused where that does not open."""
        if row.wrapped is None:
            return None
        key = PLACE.key(row, keys)
        try:
            return cls(row, envelopes.unwrapped(PLACE.held(row), key))
        except NotOpened:
            raise PLACE.altered(row) from None

    def lock(self, position: int, piece: bytes) -> bytes:
        """Return a piece that opens at this place alone."""
        return envelopes.lock_piece(self.data_key, PLACE.row(self.row.sha256), position, piece)

    def open(self, position: int, piece: bytes) -> bytes:
        """Return what a piece was; raise Refused where it is not what was locked here."""
        try:
            return envelopes.open_piece(self.data_key, PLACE.row(self.row.sha256), position, piece)
        except NotOpened:
            raise PLACE.altered(self.row) from None


def fresh(digest: str, keys: StoreKeys) -> dict[str, Any]:
    """Return the columns of a new data key; raise Refused where there is no key that could wrap it."""
    made = envelopes.fresh_key(PLACE.row(digest), keys.newest())
    return {"key_id": made.key, "wrapped": made.wrapped}
