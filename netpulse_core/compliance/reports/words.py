"""What reports say in words."""

from netpulse_core.model.check import Finding, FindingVerdict
from netpulse_core.model.report import Report
from netpulse_core.model.trend import Trend

TRENDS = {
    Trend.NEW: "new",
    Trend.ALTERED: "altered",
    Trend.STILL_FAILING: "still failing",
    Trend.NEWLY_ERROR: "newly not judged",
    Trend.NEWLY_WAIVED: "newly waived",
    Trend.FIXED: "fixed",
    Trend.OTHER: "otherwise changed",
}

VERDICTS = {verdict: verdict.value.replace("_", " ") for verdict in FindingVerdict}


def title(report: Report) -> str:
    """Return what became of it, in one line."""
    devices = len({*report.findings, *report.not_judged})
    if report.violated:
        return f"Compliance: {len(report.violated):,} of {devices:,} devices with violations"
    if not devices or report.unknown:
        return f"Compliance: {len(report.unknown):,} of {devices:,} devices could not be judged"
    return f"Compliance: all {devices:,} devices comply"


def origin(report: Report) -> str:
    """Return what was judged, and on whose behalf."""
    run = report.run
    if run is None:
        return "Judged from files"
    return f"Run {run.id}: {run.runbook} on {run.target}, by {run.caller}"


def why(one: Finding) -> str:
    """Return the reason, with the waiver that a person decides by."""
    if not one.waiver:
        return one.why
    held = "its waiver ended" if one.waiver.get("expired") else "waived until"
    return f"{one.why}; {held} {one.waiver.get('until', '')}: {one.waiver.get('reason', '')}"


def diff(one: Finding) -> list[str]:
    """Return the lines that are missing and those that are too many; what was found where there are neither."""
    told = [("-", block) for block in one.missing] + [("+", block) for block in one.extra]
    told = told or [(" ", block) for block in one.found]
    return [f"{mark} {'  ' * depth}{line}" for mark, block in told for depth, line in enumerate(block.splitlines())]
