"""What the service says that is no noun of the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedRunbook:
    """A runbook the service can run; `parameters` is the JSON schema of what it takes."""

    name: str
    sentence: str
    changes: bool
    timeout: float
    attempts: int
    queue: str
    source: str
    """The plugin it comes from."""
    parameters: Mapping[str, Any]
    drivers: Sequence[str] = ()
    """The connections it uses, where it says so."""
    platforms: Sequence[str] = ()
    """What it is for; empty is every platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPlugin:
    """A plugin of the service's process, and what it offers."""

    plugin: str
    """How messages name it."""
    name: str
    """What settings and lists call it."""
    door: str
    version: str
    sha256: str
    runbooks: Sequence[str]
    drivers: Sequence[str]
    hooks: Sequence[str]
    renderers: Sequence[str] = ()
    parsers: Sequence[str] = ()
    checks: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedCheck:
    """A compliance check the service knows."""

    name: str
    version: str
    sentence: str
    """What holds on a device that complies."""
    severity: str
    platforms: Sequence[str]
    """What it is for; empty is every platform."""
    evidence: Sequence[str]
    source: str
    """The plugin it comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedDriver:
    """A driver the service knows; every method it names neither here nor there crosses the gate."""

    name: str
    sentence: str
    source: str
    """The plugin it comes from."""
    reads: Sequence[str]
    """Methods that cannot change a device."""
    commands: Sequence[str]
    """Methods that send lines, which read or change depending on the lines."""
    abilities: Mapping[str, Sequence[str]]
    """What each platform can do; empty where all are alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether runs can be accepted; without its broker the service still does, and workers find them later."""

    ready: bool
    ledger: bool
    broker: bool
    workers: int
    history: bool = True
    """Whether the git history of configurations is written and pushed."""
    problem: str = ""
    """Which part is away; empty when the service is ready."""
