"""Reports read back from the JSON of one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from netpulse_core.model.check import Finding
from netpulse_core.model.report import Course, Report, ReportedDevice, ReportedRun
from netpulse_core.model.trend import Trend

_TIMES = ("since", "first_failed", "last_passed")
_OF_RUN = ("accepted_at", "finished_at")


def read(told: Mapping[str, Any]) -> Report:
    """Return the report of a document; what this program does not know of it is left out."""
    run = told["run"]
    return Report(
        made_at=_instant(told["made_at"]) or 0.0,
        run=None if run is None else _run(run),
        devices={
            name: ReportedDevice(**{key: one[key] for key in ("platform", "site", "role")})
            for name, one in told["devices"].items()
        },
        findings={device: [Finding.of(one) for one in each] for device, each in told["findings"].items()},
        courses={(device, one["check"]): _course(one) for device, each in told["findings"].items() for one in each},
        not_judged=told["not_judged"],
        trend=None if told["trend"] is None else {
            Trend(name): number for name, number in told["trend"].items() if name in list(Trend)
        },
    )  # fmt: skip


def _instant(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()


def _run(told: Mapping[str, Any]) -> ReportedRun:
    said: dict[str, Any] = {name: told[name] for name in ReportedRun.__slots__}
    return ReportedRun(**said | {name: _instant(told[name]) for name in _OF_RUN})


def _course(told: Mapping[str, Any]) -> Course:
    trend = told.get("trend")
    return Course(
        trend=Trend(trend) if trend in list(Trend) else None,
        flapping=bool(told.get("flapping")),
        **{name: _instant(told.get(name)) for name in _TIMES},
    )
