"""A policy: what devices of a scope should hold, as its file says it; rules, waivers, and where evidence comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from netpulse_core.model.check import FindingVerdict, Severity


class Origin(StrEnum):
    """Which configuration a policy judges."""

    LIVE = "live"
    """The running configuration, asked for now."""
    BACKUP = "backup"
    """The last good backup; the device is not touched."""
    RENDERED = "rendered"
    """What a template renders for the device; the device is not touched."""


class Extra(StrEnum):
    """What lines are that stand in a section and were not intended."""

    FAIL = "fail"
    WARN = "warn"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Line:
    """A line, a line with those beneath it, or the lines that a regular expression means; and how many of them."""

    text: str = ""
    pattern: str = ""
    least: int = 1
    most: int | None = None

    def __str__(self) -> str:
        return self.text or f"/{self.pattern}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains:
    """Lines that must and must not stand in a configuration, or within each section that a pattern means."""

    must: Sequence[Line] = ()
    must_not: Sequence[Line] = ()
    within: Sequence[str] = ()
    """Patterns of the lines above, the outermost first."""
    having: Sequence[str] = ()
    """Only sections with a line like each of these."""
    not_having: Sequence[str] = ()
    """Only sections without a line like any of these."""
    where: Sequence[str] = ()
    """Only configurations with a line of the top like each of these."""
    each: str = ""
    """It must hold of each thing that lines like this name by a group: `(?P<peer>...)` is `{peer}` in others."""
    unless: Sequence[str] = ()
    """Not for things with a line like any of these."""
    inherits: Sequence[str] = ()
    """Lines that name what a thing has its own from: `^neighbor {peer} peer-group (?P<peer>...)`."""
    anywhere: bool = False
    """Whether what must be there may stand however deep."""
    ignore: Sequence[str] = ()
    """Patterns of lines that `must_not` does not mean."""
    absent: FindingVerdict = FindingVerdict.NOT_APPLICABLE
    """The verdict where no section is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """A section of the configuration as a template renders it."""

    template: str
    section: Sequence[str] = ()
    """Patterns of the lines that open it; none is the whole configuration."""
    ordered: bool = False
    extra: Extra = Extra.FAIL
    ignore: Sequence[str] = ()
    """Patterns of lines that are compared on neither side."""
    absent: FindingVerdict = FindingVerdict.NOT_APPLICABLE
    """The verdict where neither side has anything."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a JMESPath expression should lead to."""

    path: str
    test: str = "is_true"
    value: Any = None
    missing: FindingVerdict = FindingVerdict.ERROR
    """The verdict where it leads nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asserts:
    """What holds of the data of a getter, or of the records of a command's answer."""

    source: str
    """`getter:facts`, or `command:show version`."""
    template: str = ""
    """The template that parses the answer; empty is the one known for the command."""
    parser: str = ""
    assertions: Sequence[Assertion] = ()
    schema: Mapping[str, Any] | None = None
    """A JSON Schema."""


@dataclass(frozen=True, slots=True)
class Validates:
    """What NAPALM's `validate` wants of getters: the name of each, and what it should return."""

    wanted: Sequence[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """Which versions of the software may run, and which may not."""

    allowed: Sequence[str] = ()
    forbidden: Sequence[str] = ()
    source: str = "getter:facts"
    path: str = "os_version"
    """JMESPath to the version in a getter's data."""
    pattern: str = ""
    """A regular expression whose first group is the version, or which is it as a whole."""


type Demand = Contains | Intended | Asserts | Validates | Software


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing a policy wants, with what its policy says for all of its rules filled in."""

    id: str
    sentence: str
    severity: Severity
    demand: Demand
    platforms: Sequence[str] = ()
    scope: str = ""
    """A target expression that narrows the policy's."""
    remediation: str = "auto"
    """`auto`, `none`, or what a person should do."""
    verdict: FindingVerdict = FindingVerdict.FAIL
    """What a violation of it is: `fail` or `warn`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A rule that some devices need not hold, until an instant."""

    rules: Sequence[str]
    devices: str
    """A target expression."""
    reason: str
    until: float
    """Seconds since the epoch at which it ends."""
    said: str
    """The end as the file says it."""

    def as_data(self, now: float) -> dict[str, Any]:
        """Return it as a finding shows it."""
        return {"reason": self.reason, "until": self.said, "expired": self.until <= now}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Rules under one name."""

    name: str
    version: str
    severity: Severity
    owner: str
    description: str = ""
    scope: str = "*"
    origin: Origin = Origin.LIVE
    max_age: float = 0.0
    """Seconds a backup may be old; 0 is any age."""
    templates: Mapping[str, str] = field(default_factory=dict)
    """Of `rendered`: the template of the whole configuration by platform; an empty platform is every other."""
    rules: Sequence[Rule] = ()
    waivers: Sequence[Waiver] = ()
    file: str = ""
    """Its path within the site."""
