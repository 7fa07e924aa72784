"""What the service says that is no noun of the model."""

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether runs can be accepted; without its broker the service still does, and workers find them later."""

    ready: bool
    ledger: bool
    broker: bool
    workers: int
    problem: str = ""
    """Which part is away; empty when the service is ready."""
