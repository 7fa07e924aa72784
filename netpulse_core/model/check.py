"""A check, the evidence it asks for, and the finding it comes to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, NamedTuple, Self

from netpulse_core.errors import PluginError
from netpulse_core.model.device import Device


class Severity(StrEnum):
    """How much a failed check matters, the least first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class FindingVerdict(StrEnum):
    """What a check says of a device, what a person must look at first.

    `error` is not `fail`, and neither is `stale`: whether the device complies is not known.
    """

    FAIL = "fail"
    ERROR = "error"
    STALE = "stale"
    """What it would be judged by is older than it may be."""
    WARN = "warn"
    WAIVED = "waived"
    """It does not comply, and need not until the waiver ends."""
    NOT_APPLICABLE = "not_applicable"
    PASS = "pass"  # noqa: S105  nobody's password


SOURCES = {
    "running_config": "running_config",
    "command": "command:show ip ssh",
    "getter": "getter:facts",
    "backup": "backup",
    "rendered": "rendered:ntp.j2",
}
"""Each kind of source, and one of it."""


class Source(NamedTuple):
    """Where evidence comes from: the running configuration, the answer to a command that reads, the data of a NAPALM
    getter, the last good backup, or what a template of the site renders for the device.
    """

    kind: str
    of: str = ""

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what a text such as `command:show version` names; raise ValueError where it names nothing."""
        kind, colon, of = text.partition(":")
        if kind not in SOURCES or bool(colon) != (SOURCES[kind] != kind) or bool(of.strip()) != bool(colon):
            raise ValueError(f"no source of evidence: {text!r}; there are such as {', '.join(SOURCES.values())}")
        return cls(kind, of.strip())


_TEXTS = ("why", "remediation", "check", "version", "policy", "owner")
_LINES = ("wanted", "found", "missing", "extra")
_MAPPINGS = ("sources", "taken_at", "waiver")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of one device, and the lines it says it by.

    The identity of the check and the hashes of its evidence are written in by NetPulse, whatever a check says of them.
    """

    verdict: FindingVerdict
    why: str = ""
    """One sentence; only a pass may do without it."""
    wanted: Sequence[str] = field(default=(), kw_only=True)
    found: Sequence[str] = field(default=(), kw_only=True)
    missing: Sequence[str] = field(default=(), kw_only=True)
    """What is wanted and not there."""
    extra: Sequence[str] = field(default=(), kw_only=True)
    """What is there and not wanted."""
    remediation: str = field(default="", kw_only=True)
    """What to configure, or to do; nothing applies it."""
    check: str = field(default="", kw_only=True)
    version: str = field(default="", kw_only=True)
    severity: Severity = field(default=Severity.MEDIUM, kw_only=True)
    sources: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """SHA-256 of each piece of evidence it was judged by."""
    taken_at: Mapping[str, float] = field(default_factory=dict, kw_only=True)
    """When each was taken, where that was before the device was judged: seconds since the epoch."""
    policy: str = field(default="", kw_only=True)
    """The policy it is a rule of."""
    owner: str = field(default="", kw_only=True)
    """Whom to ask about that policy."""
    waiver: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    """The waiver of this rule on this device: its reason, until when it holds, and whether it has expired."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdict", FindingVerdict(self.verdict))
        object.__setattr__(self, "severity", Severity(self.severity))
        for name, kind in (*((one, str) for one in _TEXTS), *((one, Mapping) for one in _MAPPINGS)):
            if not isinstance(getattr(self, name), kind):
                raise ValueError(f"`{name}` is {getattr(self, name)!r}, and not a {kind.__name__.lower()}")
        for name in _LINES:
            lines = getattr(self, name)
            if isinstance(lines, str) or not all(isinstance(line, str) for line in lines):
                raise ValueError(f"`{name}` is {lines!r}, and not a list of lines")  # a text would be its letters
            object.__setattr__(self, name, tuple(lines))
        if self.verdict is FindingVerdict.PASS and self.missing:
            raise ValueError("a pass from which something is missing")
        if self.verdict is not FindingVerdict.PASS and not self.why.strip():
            raise ValueError(f"`{self.verdict}` without a reason")

    @classmethod
    def passed(cls, why: str = "", **told: Any) -> Self:
        """Return that the device complies; `told` are lines of evidence, as everywhere below."""
        return cls(FindingVerdict.PASS, why, **told)

    @classmethod
    def failed(cls, why: str, **told: Any) -> Self:
        """Return that the device does not comply."""
        return cls(FindingVerdict.FAIL, why, **told)

    @classmethod
    def warned(cls, why: str, **told: Any) -> Self:
        """Return that the device complies, and that somebody should look at it all the same."""
        return cls(FindingVerdict.WARN, why, **told)

    @classmethod
    def not_applicable(cls, why: str, **told: Any) -> Self:
        """Return that the check has nothing to say of this device."""
        return cls(FindingVerdict.NOT_APPLICABLE, why, **told)

    @classmethod
    def error(cls, why: str, **told: Any) -> Self:
        """Return that it could not be judged."""
        return cls(FindingVerdict.ERROR, why, **told)

    @classmethod
    def stale(cls, why: str, **told: Any) -> Self:
        """Return that it was not judged, because what it would be judged by is too old."""
        return cls(FindingVerdict.STALE, why, **told)

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        first = {"check": self.check, "version": self.version, "severity": self.severity.value}
        values = {**first, **{one.name: getattr(self, one.name) for one in fields(self)}}
        lines = {name: list(values[name]) for name in _LINES}
        mappings = {name: dict(values[name]) for name in _MAPPINGS}
        return {**values, **first, **lines, **mappings, "verdict": self.verdict.value}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the finding of JSON data; what this program does not know of it is left out."""
        return cls(**{one.name: data[one.name] for one in fields(cls) if one.name in data})


def findings_in(body: Any) -> list[Finding] | None:
    """Return the findings of a result, in whichever runbook `judge` was called; None where it holds none."""
    if not isinstance(body, list) or not body:
        return None
    if not all(isinstance(one, Mapping) and {"check", "verdict", "sources"} <= one.keys() for one in body):
        return None
    try:
        return [Finding.of(one) for one in body]
    except (TypeError, ValueError):  # it looks like findings and is none: whatever a device said
        return None


class Check:
    """What every device it fits should hold: subclass it, set these, and write `judge`.

    `platforms` are those it fits, as the inventory writes them; empty is every one. `evidence` names its sources:
    `running_config`, `command:show ip ssh`, `getter:facts`, `backup`, `rendered:ntp.j2`. Each is collected once for all
    checks of a run.
    """

    name: str = ""
    version: str = "1"
    """To be raised when what it wants changes, so that an old finding is not taken for one of today's."""
    sentence: str = ""
    """What holds on a device that complies."""
    severity: str = Severity.MEDIUM
    platforms: Sequence[str] = ()
    evidence: Sequence[str] = ("running_config",)

    def judge(self, device: Device, evidence: Mapping[str, Any]) -> Finding:
        """Return what the evidence, by the names of its sources, says of a device.

        A text or the data of a getter, and never an empty one: that is an error before it comes here. A raise is an
        error too.
        """
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<check {self.name} {self.version}>"


_NAME = re.compile(r"[a-z][a-z0-9_]*")


def require_whole(check: Any) -> None:
    """Raise PluginError for what offers itself as a check and could never judge."""
    if isinstance(check, type) or not isinstance(check, Check):
        hint = "subclass netpulse_core.Check, and offer an object of it: MyCheck()"
        raise PluginError(f"{check!r} is no check", plugin=type(check).__module__, hint=hint)
    if problems := list(_problems(check)):
        said = f"check {check.name!r}: {'; '.join(problems)}"
        raise PluginError(said, plugin=type(check).__module__, hint="netpulse_core.testing.CheckContract looks at it")


def _problems(check: Check) -> list[str]:
    found = []
    if not isinstance(check.name, str) or not _NAME.fullmatch(check.name):
        found.append("its name is not of small letters, digits and underscores, a letter first")
    found += [
        f"it has no {name}"
        for name in ("version", "sentence")
        if not isinstance(told := getattr(check, name), str) or not told.strip()
    ]
    if check.severity not in list(Severity):
        found.append(f"its severity is {check.severity!r}, and not one of {', '.join(Severity)}")
    for name in ("platforms", "evidence"):
        names = getattr(check, name)
        if not isinstance(names, list | tuple) or not all(isinstance(one, str) and one.strip() for one in names):
            found.append(f"`{name}` is {names!r}, which is no tuple of names")
        elif name == "evidence":
            found += _unreadable(names)
    if type(check).judge is Check.judge:
        found.append("it has no `judge`")
    return found


def _unreadable(sources: Sequence[str]) -> list[str]:
    if not sources:
        return ["it asks for no evidence, and could only guess"]
    found = []
    for source in sources:
        try:
            Source.read(source)
        except ValueError as error:
            found.append(str(error))
    return found
