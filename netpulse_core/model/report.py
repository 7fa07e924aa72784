"""A compliance report as plain data: what was judged, of which devices, and how it compares with what stood before."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from netpulse_core.model.check import Finding, FindingVerdict, Severity
from netpulse_core.model.device import Device
from netpulse_core.model.trend import UNKNOWN, Trend

SCHEMA = 1
"""Of the JSON of a report: raised when a reader of the one before would read it wrongly."""

WORST_FIRST = (*reversed(Severity),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedDevice:
    """What the inventory says of a device, as reports group by it."""

    platform: str = ""
    site: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRun:
    """The run that judged."""

    id: str
    runbook: str
    target: str
    caller: str
    schedule: str | None
    accepted_at: float
    finished_at: float | None
    verdict: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a finding came about; nothing is known of it where no ledger was asked."""

    trend: Trend | None = None
    since: float | None = None
    first_failed: float | None = None
    last_passed: float | None = None
    flapping: bool = False


NO_COURSE = Course()


class Row(NamedTuple):
    """One finding with its device."""

    device: str
    finding: Finding
    course: Course


@dataclass(frozen=True, kw_only=True)
class Report:
    """Findings of devices, with what is known of those that were not judged; instants are seconds since 1970."""

    made_at: float
    run: ReportedRun | None = None
    devices: Mapping[str, ReportedDevice] = field(default_factory=dict)
    findings: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    courses: Mapping[tuple[str, str], Course] = field(default_factory=dict)
    not_judged: Mapping[str, str] = field(default_factory=dict)
    """Why, by device."""
    trend: Mapping[Trend, int] | None = None
    """How many findings of each trend; None where the run was not compared with what stood before, or not yet."""

    @cached_property
    def rows(self) -> Sequence[Row]:
        """Every finding, what needs a person first."""
        order = {verdict: number for number, verdict in enumerate(FindingVerdict)}
        found = [
            Row(device, one, self.courses.get((device, one.check), NO_COURSE))
            for device, each in self.findings.items()
            for one in each
        ]
        found.sort(key=lambda row: (order[row.finding.verdict], WORST_FIRST.index(row.finding.severity),
                                    row.finding.check, row.device))  # fmt: skip
        return found

    @property
    def verdicts(self) -> Mapping[FindingVerdict, int]:
        """How many findings have each verdict."""
        counted = Counter(row.finding.verdict for row in self.rows)
        return {verdict: counted[verdict] for verdict in FindingVerdict if counted[verdict]}

    @cached_property
    def violated(self) -> frozenset[str]:
        """The devices on which at least one check fails."""
        return frozenset(row.device for row in self.rows if row.finding.verdict is FindingVerdict.FAIL)

    @cached_property
    def compliant(self) -> frozenset[str]:
        """The devices that were judged by every check that is for them, and comply."""
        return frozenset(
            device for device, each in self.findings.items() if device not in self.not_judged and _complies(each)
        )

    @cached_property
    def unknown(self) -> frozenset[str]:
        """The devices of which it is not known: they were not judged, or not by every check."""
        return frozenset({*self.findings, *self.not_judged} - self.violated - self.compliant)

    def facts(self, device: str) -> ReportedDevice:
        """Return what is known of a device."""
        return self.devices.get(device, _NOTHING_KNOWN)

    def by_policy(self) -> Iterator[tuple[str, Mapping[str, Sequence[Row]]]]:
        """Yield each policy with its rows by check; checks of plugins are under the empty name, the last."""
        found: dict[str, dict[str, list[Row]]] = {}
        for row in self.rows:
            found.setdefault(row.finding.policy, {}).setdefault(row.finding.check, []).append(row)
        for policy in sorted(found, key=lambda name: (not name, name)):
            yield policy, dict(sorted(found[policy].items()))


_NOTHING_KNOWN = ReportedDevice()


def reported(device: Device) -> ReportedDevice:
    """Return what reports say of a device."""
    site, role = (device.data.get(name) for name in ("site", "role"))
    return ReportedDevice(platform=device.platform or "", site=_word(site), role=_word(role))


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _complies(found: Sequence[Finding]) -> bool:
    verdicts = {one.verdict for one in found}
    judged = verdicts & {FindingVerdict.PASS, FindingVerdict.WARN, FindingVerdict.WAIVED}
    return bool(judged) and not verdicts & {FindingVerdict.FAIL, *UNKNOWN}
