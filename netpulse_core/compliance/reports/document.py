"""A report as a JSON document, whose form is in docs/compliance-report.schema.json."""

import json
from datetime import UTC, datetime
from typing import Any

from netpulse_core.model.check import Finding
from netpulse_core.model.report import NO_COURSE, SCHEMA, Course, Report, ReportedRun
from netpulse_core.model.trend import Trend

_TIMES = ("since", "first_failed", "last_passed")
_OF_RUN = ("accepted_at", "finished_at")


def text(report: Report) -> str:
    """Return the document."""
    return json.dumps(data(report), indent=2, ensure_ascii=False) + "\n"


def data(report: Report) -> dict[str, Any]:
    """Return it as JSON data; `findings` are by device, as `policies judge --json` and --baseline have them."""
    found = {
        device: [_finding(one, report.courses.get((device, one.check), NO_COURSE)) for one in each]
        for device, each in report.findings.items()
    }
    return {
        "schema": SCHEMA,
        "made_at": stamp(report.made_at),
        "run": None if report.run is None else _run(report.run),
        "summary": {
            "devices": len({*report.findings, *report.not_judged}),
            "compliant": len(report.compliant),
            "violated": len(report.violated),
            "unknown": len(report.unknown),
            "verdicts": {verdict.value: number for verdict, number in report.verdicts.items()},
        },
        "trend": None if report.trend is None else {one.value: report.trend.get(one, 0) for one in Trend},
        "policies": {row.finding.policy: row.finding.version for row in report.rows if row.finding.policy},
        "devices": {name: {"platform": one.platform, "site": one.site, "role": one.role}
                    for name, one in report.devices.items()},
        "findings": found,
        "not_judged": dict(report.not_judged),
    }  # fmt: skip


def stamp(at: float | None) -> str | None:
    """Return an instant as ISO 8601 in UTC."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _run(run: ReportedRun) -> dict[str, Any]:
    said = {name: getattr(run, name) for name in ReportedRun.__slots__}
    return {**said, **{name: stamp(said[name]) for name in _OF_RUN}}


def _finding(one: Finding, course: Course) -> dict[str, Any]:
    times = {name: stamp(getattr(course, name)) for name in _TIMES}
    return {**one.as_data(), "trend": course.trend, **times, "flapping": course.flapping}
