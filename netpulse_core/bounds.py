"""What settings tell of together: tables of their own in `netpulse.toml`."""

from pydantic import BaseModel, ConfigDict, Field


class LoginLimits(BaseModel):
    """How many logins one worker has under way and begins in a second; None bounds nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_once: int | None = Field(default=None, ge=1)
    per_second: float | None = Field(default=None, gt=0)


class Logins(BaseModel):
    """What bounds the logins of one worker: all together, those of one credential, those of one group."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_once: int | None = Field(default=100, ge=1)
    per_second: float | None = Field(default=None, gt=0)
    credential: LoginLimits = LoginLimits()
    groups: dict[str, LoginLimits] = Field(default_factory=dict)
    """By a group's name; `*` is every group that is not named."""


class RoleTable(BaseModel):
    """A role of the site's own: what it may do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    permissions: tuple[str, ...]
    description: str = ""


class BackupTable(BaseModel):
    """How configurations of devices are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    smallest: float = Field(default=0.5, ge=0, le=1)
    """Part of the last good configuration's size that a new one must have to be believed; 0 is any."""


class CommandTable(BaseModel):
    """Which lines a role may send to devices: none of `deny` and, where `allow` lists any, only those."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
