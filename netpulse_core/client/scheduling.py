"""Handling schedules over REST; `client.schedules()` lists them."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from netpulse_core.client import nouns, wire
from netpulse_core.client.wire import Call
from netpulse_core.model.run import Accepted
from netpulse_core.model.schedule import Fire, ScheduleStatus
from netpulse_core.model.scheduleplan import Ahead, Change, ChangeKind, Plan, Remark, Upcoming

_PATH = "/v1/schedules"


class Scheduling:
    """What is done with schedules, as a client asks for it."""

    def __init__(self, ask: Callable[[Call[Any]], Any]) -> None:
        self._ask = ask

    def plan(self) -> Plan:
        """Return what applying the service's files would change."""
        found: Plan = self._ask(_plan())
        return found

    def apply(self, plan: str = "") -> Plan:
        """Make the service's files what the ledger knows; `plan` is the id of the one that was read."""
        found: Plan = self._ask(_apply(plan))
        return found

    def next(self, name: str, count: int = 20) -> Ahead:
        """Return what a schedule will do next, and why a time is skipped."""
        found: Ahead = self._ask(_next(name, count))
        return found

    def fires(self, name: str, limit: int = 20) -> list[Fire]:
        """Return what became of a schedule's due times, the latest first."""
        found: list[Fire] = self._ask(_fires(name, limit))
        return found

    def make(self, name: str, definition: Mapping[str, Any]) -> ScheduleStatus:
        """Make a schedule, with the keys a file has."""
        found: ScheduleStatus = self._ask(_make(name, definition))
        return found

    def replace(self, name: str, definition: Mapping[str, Any]) -> ScheduleStatus:
        """Change a schedule that was made by API, all of it."""
        found: ScheduleStatus = self._ask(_replace(name, definition))
        return found

    def remove(self, name: str) -> ScheduleStatus:
        """Remove a schedule that was made by API, and return what it was."""
        found: ScheduleStatus = self._ask(_remove(name))
        return found

    def pause(self, name: str, reason: str) -> ScheduleStatus:
        """Let a schedule not fire until it is resumed."""
        found: ScheduleStatus = self._ask(_pause(name, reason))
        return found

    def resume(self, name: str) -> ScheduleStatus:
        """Let a schedule fire again, from now on."""
        found: ScheduleStatus = self._ask(_resume(name))
        return found

    def run_now(self, name: str, key: str | None = None) -> Accepted:
        """Ask for what a schedule asks for, as oneself."""
        found: Accepted = self._ask(_run_now(name, key))
        return found


class AsyncScheduling:
    """The same for programs that run on an event loop."""

    def __init__(self, ask: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        self._ask = ask

    async def plan(self) -> Plan:
        """Return what applying the service's files would change."""
        found: Plan = await self._ask(_plan())
        return found

    async def apply(self, plan: str = "") -> Plan:
        """Make the service's files what the ledger knows; `plan` is the id of the one that was read."""
        found: Plan = await self._ask(_apply(plan))
        return found

    async def next(self, name: str, count: int = 20) -> Ahead:
        """Return what a schedule will do next, and why a time is skipped."""
        found: Ahead = await self._ask(_next(name, count))
        return found

    async def fires(self, name: str, limit: int = 20) -> list[Fire]:
        """Return what became of a schedule's due times, the latest first."""
        found: list[Fire] = await self._ask(_fires(name, limit))
        return found

    async def make(self, name: str, definition: Mapping[str, Any]) -> ScheduleStatus:
        """Make a schedule, with the keys a file has."""
        found: ScheduleStatus = await self._ask(_make(name, definition))
        return found

    async def replace(self, name: str, definition: Mapping[str, Any]) -> ScheduleStatus:
        """Change a schedule that was made by API, all of it."""
        found: ScheduleStatus = await self._ask(_replace(name, definition))
        return found

    async def remove(self, name: str) -> ScheduleStatus:
        """Remove a schedule that was made by API, and return what it was."""
        found: ScheduleStatus = await self._ask(_remove(name))
        return found

    async def pause(self, name: str, reason: str) -> ScheduleStatus:
        """Let a schedule not fire until it is resumed."""
        found: ScheduleStatus = await self._ask(_pause(name, reason))
        return found

    async def resume(self, name: str) -> ScheduleStatus:
        """Let a schedule fire again, from now on."""
        found: ScheduleStatus = await self._ask(_resume(name))
        return found

    async def run_now(self, name: str, key: str | None = None) -> Accepted:
        """Ask for what a schedule asks for, as oneself."""
        found: Accepted = await self._ask(_run_now(name, key))
        return found


def _plan() -> Call[Plan]:
    return Call(method="POST", path=f"{_PATH}/plan", read=_read_plan)


def _apply(plan: str) -> Call[Plan]:
    return Call(method="POST", path=f"{_PATH}/apply", json={"plan": plan}, read=_read_plan, again=False)


def _next(name: str, count: int) -> Call[Ahead]:
    return Call(path=f"{_of(name)}/next", params={"limit": count}, read=_read_ahead)


def _fires(name: str, limit: int) -> Call[list[Fire]]:
    return Call(path=f"{_of(name)}/fires", params={"limit": limit}, read=wire.each("fires", nouns.fire))


def _make(name: str, definition: Mapping[str, Any]) -> Call[ScheduleStatus]:
    body = {"name": name, **definition}
    return Call(method="POST", path=_PATH, json=body, read=nouns.schedule, again=False)


def _replace(name: str, definition: Mapping[str, Any]) -> Call[ScheduleStatus]:
    return Call(method="PUT", path=_of(name), json=dict(definition), read=nouns.schedule)


def _remove(name: str) -> Call[ScheduleStatus]:
    return Call(method="DELETE", path=_of(name), read=nouns.schedule, again=False)


def _pause(name: str, reason: str) -> Call[ScheduleStatus]:
    return Call(method="POST", path=f"{_of(name)}/pause", json={"reason": reason}, read=nouns.schedule)


def _resume(name: str) -> Call[ScheduleStatus]:
    return Call(method="POST", path=f"{_of(name)}/resume", read=nouns.schedule)


def _run_now(name: str, key: str | None) -> Call[Accepted]:
    headers = {wire.KEY: key or uuid.uuid4().hex}
    return Call(method="POST", path=f"{_of(name)}/run", headers=headers, read=nouns.accepted)


def _of(name: str) -> str:
    return f"{_PATH}/{wire.quoted(name)}"


def _read_plan(data: Any) -> Plan:
    changes = (
        nouns.noun(
            Change,
            one,
            kind=ChangeKind(one["kind"]),
            keys={name: (before, after) for name, (before, after) in one["keys"].items()},
        )
        for one in data["changes"]
    )
    remarks = map(partial(nouns.noun, Remark), data["remarks"])
    return nouns.noun(Plan, data, changes=tuple(changes), remarks=tuple(remarks))


def _read_ahead(data: Any) -> Ahead:
    upcoming = map(partial(nouns.noun, Upcoming), data["upcoming"])
    return nouns.noun(Ahead, data, upcoming=tuple(upcoming), notes=tuple(data["notes"]))
