"""How long the ledger keeps what is over."""

from dataclasses import dataclass
from typing import Self

from netpulse_core.settings import Settings

DAY = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Seconds after which a finished run, what it said and the audit go; None keeps for ever."""

    runs: float | None
    outputs: float | None
    events: float | None
    audit: float | None
    configs: float | None = None
    at_least: int
    """The newest runs, which stay whole however old they are."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the settings say, in which no days are for ever."""
        return cls(
            runs=_seconds(settings.keep_runs_days),
            outputs=_seconds(settings.keep_outputs_days),
            events=_seconds(settings.keep_events_days),
            audit=_seconds(settings.keep_audit_days),
            configs=_seconds(settings.backups.keep_days),
            at_least=settings.keep_runs_at_least,
        )

    @property
    def emptied(self) -> tuple[float | None, float | None]:
        """After how long a run's outputs and its events go, with the run itself at the latest."""
        return _sooner(self.outputs, self.runs), _sooner(self.events, self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Records of one kind that are older than the policy keeps them."""

    what: str
    older_than: float | None
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One kind of record and the room it takes; `size` is None where the database does not say."""

    name: str
    rows: int
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The last time that what was too old was removed."""

    by: str
    finished_at: float | None
    removed: dict[str, int]
    under_way: bool


def _seconds(days: float) -> float | None:
    return days * DAY if days else None


def _sooner(one: float | None, other: float | None) -> float | None:
    known = [age for age in (one, other) if age is not None]
    return min(known) if known else None
