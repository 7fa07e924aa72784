"""A report as CSV: one finding a row, devices that were not judged among them."""

import csv
import io
from collections.abc import Iterator

from netpulse_core.compliance.reports.document import stamp
from netpulse_core.model.report import Report, Row

COLUMNS = (
    "run", "time", "device", "site", "role", "platform", "policy", "check", "version", "severity", "verdict", "trend",
    "since", "age_days", "first_failed", "last_passed", "flapping", "owner", "waiver", "waiver_until", "why", "missing",
    "extra", "remediation",
)  # fmt: skip

_DAY = 86_400.0
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def text(report: Report) -> str:
    """Return the rows, what needs a person first; lines of one field stand under each other in it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow(COLUMNS)
    for row in _rows(report):
        writer.writerow([_tame(field) for field in row])
    return out.getvalue()


def _rows(report: Report) -> Iterator[list[str]]:
    for device, why in sorted(report.not_judged.items()):
        if device not in report.findings:
            yield [*_of_device(report, device), *[""] * 4, "not_judged", *[""] * 9, why, *[""] * 3]
    for row in report.rows:
        yield [*_of_device(report, row.device), *_of_finding(report, row)]


def _of_device(report: Report, device: str) -> list[str]:
    facts = report.facts(device)
    run, at = ("", report.made_at) if report.run is None else (report.run.id, report.run.accepted_at)
    return [run, stamp(at) or "", device, facts.site, facts.role, facts.platform]


def _of_finding(report: Report, row: Row) -> list[str]:
    one, course = row.finding, row.course
    age = "" if course.since is None else f"{max(0.0, report.made_at - course.since) / _DAY:.1f}"
    return [
        one.policy, one.check, one.version, one.severity.value, one.verdict.value, course.trend or "",
        stamp(course.since) or "", age, stamp(course.first_failed) or "", stamp(course.last_passed) or "",
        "yes" if course.flapping else "", one.owner, str(one.waiver.get("reason", "")),
        str(one.waiver.get("until", "")), one.why, "\n".join(one.missing), "\n".join(one.extra), one.remediation,
    ]  # fmt: skip


def _tame(field: str) -> str:
    """Return a field that no spreadsheet takes for a formula: what devices say may begin with `=`."""
    return f"'{field}" if field.startswith(_FORMULA) else field
