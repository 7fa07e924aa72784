"""Findings of which the same is true together: equal lines of many devices are one thing to look at."""

from collections.abc import Iterable
from dataclasses import dataclass

from netpulse_core.model.check import Finding, FindingVerdict
from netpulse_core.model.report import WORST_FIRST, Row
from netpulse_core.model.trend import Trend

STANDS = (Trend.STILL_FAILING,)

_ORDER = {verdict: number for number, verdict in enumerate(FindingVerdict)}


@dataclass(frozen=True, slots=True)
class Group:
    """One finding, and every device of which it is true."""

    finding: Finding
    rows: list[Row]


def grouped(rows: Iterable[Row]) -> list[Group]:
    """Return the groups, what needs a person first, the largest of several alike."""
    groups: dict[tuple[object, ...], Group] = {}
    for row in rows:
        groups.setdefault(same(row.finding), Group(row.finding, [])).rows.append(row)
    return sorted(groups.values(), key=_first)


def same(one: Finding) -> tuple[object, ...]:
    """Return what two findings share of which the same is true."""
    if one.verdict is FindingVerdict.PASS:
        return (one.check, one.version, one.verdict)
    waiver = tuple(sorted(map(str, one.waiver.items())))
    lines = (one.wanted, one.found, one.missing, one.extra, one.remediation)
    return (one.check, one.version, one.verdict, one.why, waiver, *lines)


def _first(group: Group) -> tuple[int, int, str, int, str]:
    one = group.finding
    severity = WORST_FIRST.index(one.severity)
    return (_ORDER[one.verdict], severity, one.check, -len(group.rows), group.rows[0].device)
