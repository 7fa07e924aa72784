"""Configurations over REST: versions of them, what changed, and captures that are not believed."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from netpulse_core.client import nouns, wire
from netpulse_core.client.wire import Call
from netpulse_core.model.backup import (
    ConfigDiff,
    ConfigText,
    ConfigVersion,
    Copy,
    HistoryStatus,
    Origin,
    RestorePlan,
    Suspect,
    SuspectText,
)

_PATH = "/v1/configs"


class Configs:
    """Configurations that are kept, as a client asks for them."""

    def __init__(self, ask: Callable[[Call[Any]], Any]) -> None:
        self._ask = ask

    def current(self) -> list[ConfigVersion]:
        """Return the last good version of each device that has one."""
        found: list[ConfigVersion] = self._ask(_current())
        return found

    def log(self, device: str) -> list[ConfigVersion]:
        """Return the versions of a device's configuration, the newest first."""
        found: list[ConfigVersion] = self._ask(_log(device))
        return found

    def show(
        self, device: str, *, version: int | None = None, at: float | None = None, copy: Copy = Copy.REDACTED
    ) -> ConfigText:
        """Return a copy of a version: of a number, of an instant, or the last good one."""
        found: ConfigText = self._ask(_show(device, version, at, copy))
        return found

    def diff(self, device: str, before: int | None = None, after: int | None = None) -> ConfigDiff:
        """Return what changed between two versions; by itself, what the last change did."""
        found: ConfigDiff = self._ask(_diff(device, before, after))
        return found

    def plan(self, device: str, version: int, *, copy: Copy = Copy.REDACTED) -> RestorePlan:
        """Return the lines that lead from the last good configuration to a version; nothing applies them."""
        found: RestorePlan = self._ask(_plan(device, version, copy))
        return found

    def history(self) -> list[HistoryStatus]:
        """Return the git repositories that configurations are written to."""
        found: list[HistoryStatus] = self._ask(_history())
        return found

    def suspects(self, device: str | None = None, *, decided: bool = False) -> list[Suspect]:
        """Return captures in quarantine, the last seen first."""
        found: list[Suspect] = self._ask(_suspects(device, decided))
        return found

    def suspect(self, suspect: str, *, copy: Copy = Copy.REDACTED) -> SuspectText:
        """Return a capture in quarantine, and a copy of it."""
        found: SuspectText = self._ask(_suspect_text(suspect, copy))
        return found

    def accept(self, suspect: str, reason: str) -> Suspect:
        """Take a capture in quarantine for the configuration of its device."""
        found: Suspect = self._ask(_accept(suspect, reason))
        return found


class AsyncConfigs:
    """The same for programs that run on an event loop."""

    def __init__(self, ask: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        self._ask = ask

    async def current(self) -> list[ConfigVersion]:
        """Return the last good version of each device that has one."""
        found: list[ConfigVersion] = await self._ask(_current())
        return found

    async def log(self, device: str) -> list[ConfigVersion]:
        """Return the versions of a device's configuration, the newest first."""
        found: list[ConfigVersion] = await self._ask(_log(device))
        return found

    async def show(
        self, device: str, *, version: int | None = None, at: float | None = None, copy: Copy = Copy.REDACTED
    ) -> ConfigText:
        """Return a copy of a version: of a number, of an instant, or the last good one."""
        found: ConfigText = await self._ask(_show(device, version, at, copy))
        return found

    async def diff(self, device: str, before: int | None = None, after: int | None = None) -> ConfigDiff:
        """Return what changed between two versions; by itself, what the last change did."""
        found: ConfigDiff = await self._ask(_diff(device, before, after))
        return found

    async def plan(self, device: str, version: int, *, copy: Copy = Copy.REDACTED) -> RestorePlan:
        """Return the lines that lead from the last good configuration to a version; nothing applies them."""
        found: RestorePlan = await self._ask(_plan(device, version, copy))
        return found

    async def history(self) -> list[HistoryStatus]:
        """Return the git repositories that configurations are written to."""
        found: list[HistoryStatus] = await self._ask(_history())
        return found

    async def suspects(self, device: str | None = None, *, decided: bool = False) -> list[Suspect]:
        """Return captures in quarantine, the last seen first."""
        found: list[Suspect] = await self._ask(_suspects(device, decided))
        return found

    async def suspect(self, suspect: str, *, copy: Copy = Copy.REDACTED) -> SuspectText:
        """Return a capture in quarantine, and a copy of it."""
        found: SuspectText = await self._ask(_suspect_text(suspect, copy))
        return found

    async def accept(self, suspect: str, reason: str) -> Suspect:
        """Take a capture in quarantine for the configuration of its device."""
        found: Suspect = await self._ask(_accept(suspect, reason))
        return found


def _current() -> Call[list[ConfigVersion]]:
    return Call(path=_PATH, read=wire.each("versions", _version))


def _log(device: str) -> Call[list[ConfigVersion]]:
    return Call(path=f"{_of(device)}/versions", read=wire.each("versions", _version))


def _show(device: str, version: int | None, at: float | None, copy: Copy) -> Call[ConfigText]:
    instant = None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
    params = {"version": version, "at": instant, "copy": Copy(copy).value}
    return Call(path=f"{_of(device)}/text", params=params, read=_text)


def _diff(device: str, before: int | None, after: int | None) -> Call[ConfigDiff]:
    return Call(path=f"{_of(device)}/diff", params={"before": before, "after": after}, read=_difference)


def _plan(device: str, version: int, copy: Copy) -> Call[RestorePlan]:
    params = {"version": version, "copy": Copy(copy).value}
    return Call(path=f"{_of(device)}/plan", params=params, read=_restore_plan)


def _restore_plan(data: Any) -> RestorePlan:
    versions = {name: _version(data[name]) for name in ("running", "wanted")}
    return nouns.noun(RestorePlan, data, which=Copy(data["which"]), **versions)


def _history() -> Call[list[HistoryStatus]]:
    return Call(path=f"{_PATH}/history", read=wire.each("repositories", _repository))


def _repository(data: Any) -> HistoryStatus:
    return nouns.noun(HistoryStatus, data, now=0.0)


def _suspects(device: str | None, decided: bool) -> Call[list[Suspect]]:
    params = {"device": device, "decided": decided or None}
    return Call(path=f"{_PATH}/quarantine", params=params, read=wire.each("suspects", _suspect))


def _suspect_text(suspect: str, copy: Copy) -> Call[SuspectText]:
    path = f"{_PATH}/quarantine/{wire.quoted(suspect)}"
    return Call(path=path, params={"copy": Copy(copy).value}, read=_text_of_suspect)


def _accept(suspect: str, reason: str) -> Call[Suspect]:
    path = f"{_PATH}/quarantine/{wire.quoted(suspect)}/accept"
    return Call(method="POST", path=path, json={"reason": reason}, read=_suspect, again=False)


def _of(device: str) -> str:
    return f"{_PATH}/devices/{wire.quoted(device)}"


def _version(data: Any) -> ConfigVersion:
    origin = Origin(data["origin"]) if data["origin"] else None
    return nouns.noun(ConfigVersion, data, origin=origin, runs=tuple(data["runs"]))


def _text(data: Any) -> ConfigText:
    return ConfigText(version=_version(data["version"]), which=Copy(data["which"]), text=data["text"])


def _difference(data: Any) -> ConfigDiff:
    before = _version(data["before"]) if data["before"] else None
    return nouns.noun(ConfigDiff, data, before=before, after=_version(data["after"]))


def _suspect(data: Any) -> Suspect:
    return nouns.noun(Suspect, data, reasons=tuple(data["reasons"]))


def _text_of_suspect(data: Any) -> SuspectText:
    return SuspectText(suspect=_suspect(data["suspect"]), which=Copy(data["which"]), text=data["text"])
