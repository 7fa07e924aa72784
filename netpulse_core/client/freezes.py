"""Freezes over REST: freeze devices, thaw them, list what is frozen."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from netpulse_core.client import nouns, wire
from netpulse_core.client.wire import Call
from netpulse_core.model.stopping import Freeze

_FREEZES = "/v1/freezes"


class Freezes:
    """What is frozen, as a client asks for it."""

    def __init__(self, ask: Callable[[Call[Any]], Any]) -> None:
        self._ask = ask

    def begin(
        self,
        target: str | None,
        reason: str,
        *,
        reads_too: bool = False,
        until: float | None = None,
        seconds: float | None = None,
    ) -> Freeze:
        """Let nothing that changes begin on the devices of a target; None is every device."""
        found: Freeze = self._ask(_begin(target, reason, reads_too, until, seconds))
        return found

    def thaw(self, freeze: str) -> Freeze:
        """End a freeze: what waited for it goes on."""
        found: Freeze = self._ask(_thaw(freeze))
        return found

    def all(self, *, ended: bool = False) -> list[Freeze]:
        """Return the freezes in force, the newest first; or those and the ones that ended."""
        found: list[Freeze] = self._ask(_all(ended))
        return found


class AsyncFreezes:
    """The same for programs that run on an event loop."""

    def __init__(self, ask: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        self._ask = ask

    async def begin(
        self,
        target: str | None,
        reason: str,
        *,
        reads_too: bool = False,
        until: float | None = None,
        seconds: float | None = None,
    ) -> Freeze:
        """Let nothing that changes begin on the devices of a target; None is every device."""
        found: Freeze = await self._ask(_begin(target, reason, reads_too, until, seconds))
        return found

    async def thaw(self, freeze: str) -> Freeze:
        """End a freeze: what waited for it goes on."""
        found: Freeze = await self._ask(_thaw(freeze))
        return found

    async def all(self, *, ended: bool = False) -> list[Freeze]:
        """Return the freezes in force, the newest first; or those and the ones that ended."""
        found: list[Freeze] = await self._ask(_all(ended))
        return found


def _begin(
    target: str | None, reason: str, reads_too: bool, until: float | None, seconds: float | None
) -> Call[Freeze]:
    ends = None if until is None else datetime.fromtimestamp(until, UTC).isoformat()
    body = {"target": target, "reason": reason, "reads_too": reads_too, "until": ends, "seconds": seconds}
    return Call(method="POST", path=_FREEZES, json=body, read=_freeze, again=False)


def _thaw(freeze: str) -> Call[Freeze]:
    return Call(method="POST", path=f"{_FREEZES}/{wire.quoted(freeze)}/thaw", read=_freeze, again=False)


def _all(ended: bool) -> Call[list[Freeze]]:
    return Call(path=_FREEZES, params={"ended": ended or None}, read=wire.each("freezes", _freeze))


def _freeze(data: Any) -> Freeze:
    return nouns.noun(Freeze, data, pushing=tuple(data["pushing"]))
