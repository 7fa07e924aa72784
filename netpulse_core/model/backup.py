"""A device's configuration as it is kept: versions of it, captures that are not believed, and what a change came of."""

from dataclasses import dataclass, field
from enum import StrEnum


class Copy(StrEnum):
    """Which copy of a configuration: what may be shown, what versions are compared by, what the device said."""

    REDACTED = "redacted"
    NORMALISED = "normalised"
    RAW = "raw"


class Origin(StrEnum):
    """Who made a change, as far as there is evidence."""

    FIRST = "first"
    OURS = "ours"
    MIXED = "mixed"
    OUT_OF_BAND = "out_of_band"


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """What one job read of its device's configuration; `suspect` are the reasons not to believe it."""

    driver: str
    platform: str
    form: str
    raw: str = field(repr=False)
    normalised: str = field(repr=False)
    redacted: str = field(repr=False)
    suspect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LastGood:
    """The last configuration of a device that was believed; `taken_at` is when it was last seen so.

    `copy` says which one `text` is: the normalised one, or the redacted one where that is all there is. `size` is bytes
    of the normalised one, `digest` names its content.
    """

    text: str = field(repr=False)
    taken_at: float
    digest: str
    copy: Copy
    version: int
    size: int
    platform: str
    form: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigVersion:
    """One version of a device's configuration; sizes are bytes, of the raw and of the normalised copy.

    `added` and `removed` are lines against the version before it. `runs` are the runs that made the change, as far as
    there is evidence; `unexplained` are lines that none of them pushed.
    """

    device: str
    number: int
    digest: str
    first_seen_at: float
    last_seen_at: float
    captures: int
    run: str
    last_run: str
    caller: str
    driver: str
    platform: str
    form: str
    lines: int
    size: int
    raw_size: int
    sealed: bool
    """Whether the raw and the normalised copy are kept: without a key of the store they are not."""
    origin: Origin | None = None
    runs: tuple[str, ...] = ()
    added: int | None = None
    removed: int | None = None
    unexplained: int | None = None
    accepted_by: str | None = None
    accepted_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A capture that is not believed, kept apart until a person says otherwise."""

    id: str
    device: str
    reasons: tuple[str, ...]
    first_seen_at: float
    last_seen_at: float
    captures: int
    run: str
    last_run: str
    caller: str
    lines: int
    size: int
    raw_size: int
    sealed: bool
    accepted_at: float | None = None
    accepted_by: str | None = None
    accepted_reason: str | None = None
    version: int | None = None
    """The version it became when it was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigText:
    """A copy of a version."""

    version: ConfigVersion
    which: Copy
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigDiff:
    """What changed between two versions, secrets masked; `before` is None for the first one.

    `secrets_only` says that the two differ in nothing that may be shown.
    """

    device: str
    before: ConfigVersion | None
    after: ConfigVersion
    diff: str = field(repr=False)
    added: int
    removed: int
    secrets_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlan:
    """The lines that lead from a device's last good configuration to a version of it; nothing applies them.

    `incomplete` says that they do not lead all the way: secrets are masked in them, or there is what `unreached` names.
    """

    device: str
    running: ConfigVersion
    wanted: ConfigVersion
    which: Copy
    lines: str = field(repr=False)
    incomplete: bool = False
    unreached: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectText:
    """A capture in quarantine, and a copy of it."""

    suspect: Suspect
    which: Copy
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryStatus:
    """A git repository that configurations are written to; an empty `problem` is none."""

    repository: str
    node: str
    path: str
    which: str
    remote: str
    head: str
    commits: int
    waiting: int
    """Versions that are not in it yet."""
    exported_at: float | None
    pushed: str
    """The last commit that the remote has taken."""
    pushed_at: float | None
    failures: int
    problem: str
    retry_at: float | None
    now: float = field(repr=False, compare=False)
