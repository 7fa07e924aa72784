"""API keys as people see them: never the secret, and nothing it could be guessed from."""

from dataclasses import dataclass, field
from enum import StrEnum

from netpulse_core.model.caller import NOT_NARROWED, Scope


class KeyStanding(StrEnum):
    """Whether a key opens the door."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key; instants are seconds since 1970 UTC, and `used_at` is at most a minute behind."""

    id: str
    name: str
    role: str
    standing: KeyStanding
    created_at: float
    created_by: str | None = None
    expires_at: float | None = None
    revoked_at: float | None = None
    used_at: float | None = None
    replaces: str | None = None
    scope: Scope = NOT_NARROWED


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that was just made, with its text `np_<id>_<secret>`: nobody can be shown it again."""

    key: str = field(repr=False)
    made: ApiKey
