"""Maintenance windows over REST, and why a run did to a device what it did."""

from collections.abc import Awaitable, Callable
from typing import Any

from netpulse_core.client import nouns, wire
from netpulse_core.client.wire import Call
from netpulse_core.model.explanation import Explanation, Moment, Reason
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState
from netpulse_core.model.window import Kind, Opening, Readings, WindowState

_WINDOWS = "/v1/windows"


class Windows:
    """Windows and blackouts, as a client asks for them."""

    def __init__(self, ask: Callable[[Call[Any]], Any]) -> None:
        self._ask = ask

    def all(self) -> Readings:
        """Return the windows by name, and whether every living worker reads the same."""
        found: Readings = self._ask(_all())
        return found

    def one(self, name: str) -> WindowState:
        """Return one window with the devices it binds."""
        found: WindowState = self._ask(_one(name))
        return found

    def next(self, target: str | None = None) -> list[Opening]:
        """Return whether changes may begin on each device now, until when, and when they may next."""
        found: list[Opening] = self._ask(_next(target))
        return found


class AsyncWindows:
    """The same for programs that run on an event loop."""

    def __init__(self, ask: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        self._ask = ask

    async def all(self) -> Readings:
        """Return the windows by name, and whether every living worker reads the same."""
        found: Readings = await self._ask(_all())
        return found

    async def one(self, name: str) -> WindowState:
        """Return one window with the devices it binds."""
        found: WindowState = await self._ask(_one(name))
        return found

    async def next(self, target: str | None = None) -> list[Opening]:
        """Return whether changes may begin on each device now, until when, and when they may next."""
        found: list[Opening] = await self._ask(_next(target))
        return found


def explain(run: str, device: str) -> Call[Explanation]:
    """Ask why a run did to a device what it did."""
    return Call(path=f"{wire.of_run(run)}/devices/{wire.quoted(device)}/explain", read=_explanation)


def _all() -> Call[Readings]:
    return Call(path=_WINDOWS, read=_readings)


def _one(name: str) -> Call[WindowState]:
    return Call(path=f"{_WINDOWS}/{wire.quoted(name)}", read=_window)


def _next(target: str | None) -> Call[list[Opening]]:
    return Call(path=f"{_WINDOWS}/next", params={"target": target}, read=wire.each("devices", _opening))


def _readings(data: Any) -> Readings:
    return Readings(windows=tuple(_window(one) for one in data["windows"]), agreed=data["agreed"])


def _window(data: Any) -> WindowState:
    openings = tuple(_opening(one) for one in data.get("openings", ()))
    return nouns.noun(WindowState, data, kind=Kind(data["kind"]), when=tuple(data["when"]), openings=openings)


def _opening(data: Any) -> Opening:
    return nouns.noun(Opening, data, windows=tuple(data["windows"]))


def _explanation(data: Any) -> Explanation:
    return nouns.noun(
        Explanation,
        data,
        state=JobState(data["state"]) if data["state"] else None,
        outcome=Outcome(data["outcome"]) if data["outcome"] else None,
        reasons=tuple(nouns.noun(Reason, one) for one in data["reasons"]),
        moments=tuple(nouns.noun(Moment, one) for one in data["moments"]),
        notes=tuple(data["notes"]),
    )
