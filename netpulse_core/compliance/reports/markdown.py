"""A report as Markdown, for a ticket or a pull request: the numbers, what changed, and the violations by policy."""

from collections.abc import Iterator, Mapping, Sequence

from netpulse_core.compliance.reports import grouping, words
from netpulse_core.compliance.reports.document import stamp
from netpulse_core.compliance.reports.grouping import Group
from netpulse_core.model.check import FindingVerdict
from netpulse_core.model.report import Report
from netpulse_core.model.trend import LOUD, TOLD

DEVICES = 20
"""Devices that one line names; the others it counts."""

_SPECIAL = str.maketrans({one: f"\\{one}" for one in "\\`*_{}[]<>#|!~"} | {"\n": " "})


def text(report: Report) -> str:
    """Return the document."""
    return "\n".join(_lines(report)).rstrip("\n") + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"# {_plain(words.title(report))}"
    yield ""
    yield f"{_plain(words.origin(report))}, {stamp(report.made_at)}"
    yield ""
    yield "| devices | compliant | with violations | not known |"
    yield "|--:|--:|--:|--:|"
    devices = len({*report.findings, *report.not_judged})
    yield f"| {devices:,} | {len(report.compliant):,} | {len(report.violated):,} | {len(report.unknown):,} |"
    yield ""
    yield from _changes(report)
    for policy, checks in report.by_policy():
        rows = [row for each in checks.values() for row in each if row.finding.verdict in LOUD]
        if rows:
            yield f"## {_plain(policy or 'Checks of plugins')}"
            yield ""
            for group in grouping.grouped(rows):
                yield from _group(group)
            yield ""
    yield from _not_judged(report.not_judged)


def _changes(report: Report) -> Iterator[str]:
    if report.trend is None:
        return
    told = {one: report.trend.get(one, 0) for one in (*TOLD, *grouping.STANDS)}
    yield "## Since the last time"
    yield ""
    said = [f"**{number:,}** {words.TRENDS[one]}" for one, number in told.items() if number]
    yield ", ".join(said) or "Nothing changed."
    yield ""


def _group(group: Group) -> Iterator[str]:
    one = group.finding
    yield f"### {_plain(one.check)}: {one.verdict.value} ({one.severity.value})"
    yield ""
    more = len(group.rows) - DEVICES
    yield f"{_plain(', '.join(row.device for row in group.rows[:DEVICES]))}{f' and {more:,} more' if more > 0 else ''}"
    yield ""
    yield f"{_plain(words.why(one))}{_course(group)}"
    yield ""
    yield from _evidence(group)


def _course(group: Group) -> str:
    trends = {words.TRENDS[row.course.trend] for row in group.rows if row.course.trend is not None}
    first = [row.course.first_failed for row in group.rows if row.course.first_failed is not None]
    said = [*sorted(trends), *([f"since {stamp(min(first))}"] if first else [])]
    return f" ({', '.join(said)})" if said else ""


def _evidence(group: Group) -> Iterator[str]:
    lines = words.diff(group.finding)
    if lines:
        yield from _fenced(lines, "diff")
    if group.finding.remediation and group.finding.verdict is FindingVerdict.FAIL:
        yield "Remediation:"
        yield ""
        yield from _fenced(group.finding.remediation.splitlines(), "")


def _fenced(lines: Sequence[str], kind: str) -> Iterator[str]:
    fence = "```"
    while any(fence in line for line in lines):  # what a device says may hold a fence of its own
        fence += "`"
    yield f"{fence}{kind}"
    yield from lines
    yield fence
    yield ""


def _not_judged(away: Mapping[str, str]) -> Iterator[str]:
    if away:
        yield "## Not judged"
        yield ""
        yield "| device | why |"
        yield "|---|---|"
        yield from (f"| {_plain(device)} | {_plain(why)} |" for device, why in sorted(away.items()))


def _plain(text: str) -> str:
    return text.translate(_SPECIAL)
