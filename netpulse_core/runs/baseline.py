"""The running configuration before a change: what it is compared by where nobody saw how the change ended."""

from typing import Any, Protocol

from netpulse_core.configs.normalising import normalised
from netpulse_core.configs.platforms import fitting
from netpulse_core.model.driver import Driver
from netpulse_core.runs.plain import Redact, kept
from netpulse_core.sessions.lent import Baseline

PATIENCE = 60.0
"""Seconds to read a whole configuration in."""


class Crossed(Protocol):
    """What knows whether a job is past its point of no return."""

    crossed: bool


def reader(gate: Crossed, platform: str | None, redact: Redact) -> Baseline:
    """Return what reads a job's baseline, once."""

    def read(driver: Driver, connection: Any) -> str | None:
        return None if gate.crossed else configuration(driver, connection, platform, redact)

    return read


def configuration(driver: Driver, connection: Any, platform: str | None, redact: Redact) -> str | None:
    """Return the running configuration as it is compared and kept, or None where the driver cannot ask for it."""
    ask = getattr(driver, "configuration", None)  # a driver of one's own need not be a subclass
    said = None if ask is None else ask(connection, timeout=PATIENCE)
    return None if said is None else kept(normalised(said, fitting(platform)), redact)
