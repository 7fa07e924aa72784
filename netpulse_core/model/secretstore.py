"""The encrypted store of a site, as whoever reads it sees it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from netpulse_core.errors import InvalidParameters, NotFound

SCHEME = "secret"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
LONGEST_NAME = 128


class SecretStore(Protocol):
    """What answers for `secret:NAME`."""

    def read(self, name: str) -> str:
        """Return a secret; raise NotFound where there is none, Refused where it cannot be opened."""


class EmptyStore:
    """The store where there is no ledger."""

    def read(self, name: str) -> str:
        """Raise NotFound."""
        raise NotFound("secret", f"secret:{name}", hint="there is no ledger here that could hold it")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSecret:
    """A secret of the store without its value; `key` names the key that wraps it."""

    name: str
    key: str
    changed_at: float
    changed_by: str


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key of the store: whether it is at hand here, and how much of each kind it wraps."""

    at_hand: bool
    wraps: Mapping[str, int]

    @property
    def needed(self) -> bool:
        """Whether anything is under it."""
        return any(self.wraps.values())


def require_name(name: str) -> str:
    """Return a name that a secret may have; raise InvalidParameters for any other."""
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise InvalidParameters(
            "secret",
            [f"{name!r} is no name of a secret"],
            hint=f"letters, digits, dots, dashes and underscores, parted by slashes; {LONGEST_NAME} at most",
        )
    return name
