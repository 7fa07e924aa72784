"""What settings tell of together: tables of their own in `netpulse.toml`."""

import ipaddress
import logging
import re
from contextlib import suppress
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator


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
    newer_after: float = Field(default=21600.0, ge=0)
    """Seconds for which a device that refused a newer credential, and took an older one, is spared the newer one."""


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
    keep_days: float = Field(default=0.0, ge=0)
    """Days a version is kept after it was last seen, but the last good one of a device always; 0 is for ever."""
    history: str = ""
    """Folder of the git history, beneath the site's; empty is `.netpulse/configs.git` of an embedded site and none of
    a distributed one, `off` is none."""
    history_copy: Literal["redacted", "normalised", "raw"] = "redacted"
    """Which copy is written there; all but the first hold secrets, in clear, for whoever reads the repository."""
    history_path: str = "{device}.cfg"
    """File of a device in it; `{platform}` may stand there too."""
    history_author: str = "NetPulse <netpulse@localhost>"
    history_branch: str = Field(default="main", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    remote: str = Field(default="", repr=False)
    """Where it is pushed to: https, ssh, or a path; empty is nowhere. No password belongs in it."""
    remote_user: str = ""
    remote_password: str = Field(default="", repr=False)
    """A reference, such as `secret:git` or `env:GIT_TOKEN`."""

    @field_validator("history_path")
    @classmethod
    def _a_path(cls, told: str) -> str:
        parts = re.sub(r"\{(?:device|platform)\}", "x", told).split("/")
        if "{device}" not in told or any(not re.fullmatch(r"[\w.-]+", part) or part.startswith(".") for part in parts):
            raise ValueError("write a path such as `{platform}/{device}.cfg`, of letters, digits, dots and dashes")
        return told

    @field_validator("history_author")
    @classmethod
    def _an_identity(cls, told: str) -> str:
        if not re.fullmatch(r"[^<>\n]+ <[^<>\s]+>", told):
            raise ValueError("write `NAME <MAIL>`")
        return told

    @field_validator("remote")
    @classmethod
    def _no_password_in_it(cls, told: str) -> str:
        if re.match(r"\w+://[^/@]*:[^/@]*@", told):
            raise ValueError(
                "a password stands in the address: give `remote_user`, and a reference in `remote_password`"
            )
        return told

    @field_validator("remote_password")
    @classmethod
    def _a_reference(cls, told: str) -> str:
        if told and not re.match(r"(?:env|file|secret):\S|\w+://\S", told):
            raise ValueError("write a reference, such as `secret:git` or `env:GIT_TOKEN`, and no password")
        return told


class CommandTable(BaseModel):
    """Which lines a role may send to devices: none of `deny` and, where `allow` lists any, only those."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


def _addresses(told: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what uvicorn would take for the name of a socket, which no proxy ever has."""
    for one in told:
        with suppress(ValueError):
            if "/" not in one:
                ipaddress.ip_address(one)
            else:
                ipaddress.ip_network(one)
            continue
        raise ValueError(f"{one!r} is no address and no network; {_instead(one)}")
    return told


def _instead(one: str) -> str:
    if one == "*":
        return "write 0.0.0.0/0 and ::/0 to believe whoever connects"
    try:
        network = ipaddress.ip_network(one, strict=False)
    except ValueError:
        return "write 10.0.0.1 or 10.0.0.0/8: names are not looked up"
    return f"write {network} for the network, or {one.partition('/')[0]} for the address"


Proxies = Annotated[tuple[str, ...], AfterValidator(_addresses)]
"""Addresses and networks."""


def _a_level(told: str) -> str:
    if told.upper() not in logging.getLevelNamesMapping():
        raise ValueError(f"there is no such level; known are {', '.join(logging.getLevelNamesMapping())}")
    return told


LogLevel = Annotated[str, AfterValidator(_a_level)]
"""A level of Python's logging, in letters of any case."""
