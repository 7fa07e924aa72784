"""Compliance over REST: reports of runs, what stands now, and how it came about."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from netpulse_core.client import nouns, reported, wire
from netpulse_core.client.wire import Call
from netpulse_core.model.check import Finding, FindingVerdict, Severity
from netpulse_core.model.report import Report
from netpulse_core.model.trend import Change, Standing, Trend

_PATH = "/v1/compliance"


class Compliance:
    """The compliance of a site, as a client asks for it."""

    def __init__(self, ask: Callable[[Call[Any]], Any]) -> None:
        self._ask = ask

    def report(self, run: str) -> Report:
        """Return what a run found, beside what stood before it."""
        found: Report = self._ask(_report(run))
        return found

    def standing(self, target: str | None = None, *, check: str = "*", everything: bool = False) -> list[Standing]:
        """Return what stands of devices and checks now; with `everything` also what passes or does not apply."""
        found: list[Standing] = self._ask(_standing(target, check, everything))
        return found

    def history(self, device: str, check: str) -> list[Change]:
        """Return the changes of a device and a check, the newest first."""
        found: list[Change] = self._ask(_history(device, check))
        return found


class AsyncCompliance:
    """The same for programs that run on an event loop."""

    def __init__(self, ask: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        self._ask = ask

    async def report(self, run: str) -> Report:
        """Return what a run found, beside what stood before it."""
        found: Report = await self._ask(_report(run))
        return found

    async def standing(
        self, target: str | None = None, *, check: str = "*", everything: bool = False
    ) -> list[Standing]:
        """Return what stands of devices and checks now; with `everything` also what passes or does not apply."""
        found: list[Standing] = await self._ask(_standing(target, check, everything))
        return found

    async def history(self, device: str, check: str) -> list[Change]:
        """Return the changes of a device and a check, the newest first."""
        found: list[Change] = await self._ask(_history(device, check))
        return found


def _report(run: str) -> Call[Report]:
    return Call(path=f"/v1/runs/{wire.quoted(run)}/compliance", read=reported.read)


def _standing(target: str | None, check: str, everything: bool) -> Call[list[Standing]]:
    params = {"target": target, "check": check, "everything": everything or None}
    return Call(path=_PATH, params=params, read=wire.each("findings", _stands))


def _history(device: str, check: str) -> Call[list[Change]]:
    return Call(path=f"{_PATH}/history", params={"device": device, "check": check}, read=wire.each("changes", _change))


def _stands(data: Any) -> Standing:
    return nouns.noun(
        Standing,
        data,
        severity=Severity(data["severity"]),
        verdict=FindingVerdict(data["verdict"]),
        **_times(data, "since", "first_failed", "last_passed"),
    )


def _change(data: Any) -> Change:
    return nouns.noun(
        Change,
        data,
        severity=Severity(data["severity"]),
        verdict=FindingVerdict(data["verdict"]),
        was=FindingVerdict(data["was"]) if data["was"] else None,
        trend=Trend(data["trend"]) if data["trend"] in list(Trend) else None,
        finding=Finding.of(data["finding"]) if data["finding"] else None,
        **_times(data, "was_since", "first_failed", "last_passed"),
    )


def _times(data: Any, *names: str) -> dict[str, float | None]:
    return {name: datetime.fromisoformat(data[name]).timestamp() if data[name] else None for name in names}
