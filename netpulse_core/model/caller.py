"""Who asks, in which role, and what that caller is narrowed to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a caller is narrowed to, within what its role may do; what is empty narrows nothing."""

    target: str = ""
    """A target expression: no other device exists for this caller."""
    runbooks: tuple[str, ...] = ()
    """Names of runbooks, as shell patterns."""
    most_devices: int | None = None
    """The most devices of one run."""
    commands: tuple[str, ...] = ()
    """Lines that may be sent to devices, as patterns of whole lines."""
    files: tuple[str, ...] = ()
    """Names of files, as shell patterns: beside its own, it reads only these."""

    @property
    def narrow(self) -> bool:
        """Whether it narrows anything."""
        return self != NOT_NARROWED


NOT_NARROWED = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An identified person or service; `name` is what audit records and idempotency keys are kept under.

    Whoever says no role may only look.
    """

    name: str
    role: str = "viewer"
    scope: Scope = NOT_NARROWED
    key: str = ""
    """The id of the API key; empty where there was none."""


LOCAL = Caller(name="local", role="admin")
"""The person who holds the site folder itself."""
