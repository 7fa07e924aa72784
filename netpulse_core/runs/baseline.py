"""The running configuration before a change: what it is compared by where nobody saw how the change ended."""

import re
from typing import Any, Protocol

from netpulse_core.model.driver import Driver
from netpulse_core.runs.plain import Redact, kept
from netpulse_core.sessions.lent import Baseline

PATIENCE = 60.0
"""Seconds to read a whole configuration in."""

_VOLATILE = re.compile(
    r"\s*(?:[!#].*|Building configuration.*|Current configuration\b.*|Using \d+ out of .*|ntp clock-period .*|end)?"
)
"""Lines that say nothing of the configuration: comments with the time of day in them, sizes, a drifting clock."""


class Crossed(Protocol):
    """What knows whether a job is past its point of no return."""

    crossed: bool


def reader(gate: Crossed, redact: Redact) -> Baseline:
    """Return what reads a job's baseline, once."""

    def read(driver: Driver, connection: Any) -> str | None:
        return None if gate.crossed else configuration(driver, connection, redact)

    return read


def configuration(driver: Driver, connection: Any, redact: Redact) -> str | None:
    """Return the running configuration as it is compared and kept, or None where the driver cannot ask for it."""
    ask = getattr(driver, "configuration", None)  # a driver of one's own need not be a subclass
    said = None if ask is None else ask(connection, timeout=PATIENCE)
    return None if said is None else kept(comparable(said), redact)


def comparable(text: str) -> str:
    """Return the lines of a configuration that are equal where two configurations are."""
    lines = (line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return "".join(f"{line}\n" for line in lines if not _VOLATILE.fullmatch(line))
