"""A report as one HTML page that needs nothing else: no script, no font, no picture from anywhere."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

from netpulse_core.compliance.reports import grouping, words
from netpulse_core.compliance.reports.document import stamp
from netpulse_core.compliance.reports.grouping import Group
from netpulse_core.model.check import FindingVerdict
from netpulse_core.model.report import Report, Row
from netpulse_core.model.trend import LOUD, TOLD, Trend

DEVICES = 200
"""Devices listed beneath one finding; the others are counted, so that the page of a large fleet still opens."""

CHANGES = 200
"""Changes listed on top."""

_STYLES = {
    Trend.NEW: "fail", Trend.ALTERED: "fail", Trend.STILL_FAILING: "fail", Trend.NEWLY_ERROR: "error",
    Trend.NEWLY_WAIVED: "waived", Trend.FIXED: "pass", Trend.OTHER: "not_applicable",
}  # fmt: skip


def text(report: Report) -> str:
    """Return the page."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415  heavy, and only this form needs it

    source = resources.files(__package__).joinpath("page.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined)  # all of it came from elsewhere: escaped
    return environment.from_string(source).render(_told(report)) + "\n"


def _told(report: Report) -> dict[str, Any]:
    return {
        "title": words.title(report),
        "origin": words.origin(report),
        "made_at": _at(report.made_at),
        "tiles": list(_tiles(report)),
        "trend": None if report.trend is None else list(_trend(report.trend)),
        "changes": list(_changes(report.rows)),
        "policies": [_policy(report, name, checks) for name, checks in report.by_policy()],
        "away": [
            {"device": device, "site": report.facts(device).site, "why": why}
            for device, why in sorted(report.not_judged.items())
        ],
        "words": words.VERDICTS,
    }


def _tiles(report: Report) -> Iterator[dict[str, Any]]:
    devices = len({*report.findings, *report.not_judged})
    for style, number, said in (
        ("", devices, "devices"),
        ("pass", len(report.compliant), "compliant"),
        ("fail", len(report.violated), "with violations"),
        ("error", len(report.unknown), "not known"),
    ):
        share = round(100 * number / devices, 2) if devices else 0
        yield {"style": style if number else "dim", "number": f"{number:,}", "words": said, "share": share}


def _trend(trend: Mapping[Trend, int]) -> Iterator[dict[str, Any]]:
    for one in Trend:
        if trend.get(one):
            yield {"style": _STYLES[one], "number": f"{trend[one]:,}", "words": words.TRENDS[one]}


def _changes(rows: Iterable[Row]) -> Iterator[dict[str, str]]:
    changed = sorted((row for row in rows if row.course.trend in TOLD), key=_by_trend)
    for row in changed[:CHANGES]:
        assert row.course.trend is not None
        yield {
            "trend": words.TRENDS[row.course.trend],
            "style": _STYLES[row.course.trend],
            "device": row.device,
            "check": row.finding.check,
            "severity": row.finding.severity.value,
            "why": words.why(row.finding),
        }


def _by_trend(row: Row) -> int:
    assert row.course.trend is not None
    return TOLD.index(row.course.trend)  # sorted is stable: within a trend, what needs a person stays first


def _policy(report: Report, name: str, checks: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    rows = [row for each in checks.values() for row in each]
    counts = _counts(rows)
    first = rows[0].finding
    return {
        "name": name or "Checks of plugins",
        "version": first.version if name else "",
        "owner": first.owner,
        "counts": counts,
        "bad": any(verdict is FindingVerdict.FAIL for verdict, _ in counts),
        "rules": [_rule(report, name, check, each) for check, each in sorted(checks.items(), key=_worst)],
    }


def _worst(item: tuple[str, Sequence[Row]]) -> tuple[int, str]:
    verdicts = list(FindingVerdict)
    return min(verdicts.index(row.finding.verdict) for row in item[1]), item[0]


def _rule(report: Report, policy: str, check: str, rows: Sequence[Row]) -> dict[str, Any]:
    loud = [row for row in rows if row.finding.verdict in LOUD]
    quiet = _counts([row for row in rows if row.finding.verdict not in LOUD])
    return {
        "name": check.removeprefix(f"{policy}/") if policy else check,
        "severity": rows[0].finding.severity.value,
        "counts": _counts(rows),
        "groups": [_group(report, one) for one in grouping.grouped(loud)],
        "rest": ", ".join(f"{words.VERDICTS[verdict]}: {number}" for verdict, number in quiet),
    }


def _group(report: Report, group: Group) -> dict[str, Any]:
    one, names = group.finding, [row.device for row in group.rows]
    more = len(names) - 4
    trends = {row.course.trend for row in group.rows}
    return {
        "verdict": one.verdict.value,
        "devices": f"{', '.join(names[:4])} and {more:,} more" if more > 1 else ", ".join(names),
        "trends": [words.TRENDS[each] for each in Trend if each in trends],
        "why": words.why(one),
        "diff": [({"-": "minus", "+": "plus"}.get(line[0], "same"), line) for line in words.diff(one)],
        "remediation": one.remediation,
        "rows": [_row(report, row) for row in group.rows[:DEVICES]],
        "more": f"{len(names) - DEVICES:,}" if len(names) > DEVICES else "",
    }


def _row(report: Report, row: Row) -> dict[str, Any]:
    facts = report.facts(row.device)
    return {
        "device": row.device,
        "site": facts.site,
        "platform": facts.platform,
        "first_failed": _at(row.course.first_failed),
        "last_passed": _at(row.course.last_passed),
        "flapping": row.course.flapping,
    }


def _counts(rows: Sequence[Row]) -> list[tuple[FindingVerdict, str]]:
    counted = Counter(row.finding.verdict for row in rows)
    return [(verdict, f"{counted[verdict]:,}") for verdict in FindingVerdict if counted[verdict]]


def _at(at: float | None) -> str:
    return "" if at is None else (stamp(at) or "").replace("T", " ").replace("Z", " UTC")
