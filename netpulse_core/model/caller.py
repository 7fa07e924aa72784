"""Who asks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An identified person or service; `name` is what audit records and idempotency keys are kept under."""

    name: str
    role: str = "admin"


LOCAL = Caller(name="local")
"""The person who holds the site folder itself."""
