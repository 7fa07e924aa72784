"""The audit over REST: who did what."""

from collections.abc import Awaitable, Callable
from typing import Any

from netpulse_core.client import nouns, wire
from netpulse_core.client.wire import Call
from netpulse_core.model.audit import Anchor, AuditRecord

_PATH = "/v1/audit"


class AuditTrail:
    """What was decided, as a client asks for it."""

    def __init__(self, ask: Callable[[Call[Any]], Any]) -> None:
        self._ask = ask

    def records(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        object: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[AuditRecord]:
        """Return records, newest first; `before` is the place of the last one of the page before."""
        found: list[AuditRecord] = self._ask(_records(actor, action, object, before, limit))
        return found

    def anchor(self) -> Anchor:
        """Return the end of the chain as it is now."""
        found: Anchor = self._ask(_anchor())
        return found


class AsyncAuditTrail:
    """The same for programs that run on an event loop."""

    def __init__(self, ask: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        self._ask = ask

    async def records(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        object: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[AuditRecord]:
        """Return records, newest first; `before` is the place of the last one of the page before."""
        found: list[AuditRecord] = await self._ask(_records(actor, action, object, before, limit))
        return found

    async def anchor(self) -> Anchor:
        """Return the end of the chain as it is now."""
        found: Anchor = await self._ask(_anchor())
        return found


def _records(
    actor: str | None, action: str | None, thing: str | None, before: int | None, limit: int
) -> Call[list[AuditRecord]]:
    params = {"actor": actor, "action": action, "object": thing, "before": before, "limit": limit}
    return Call(path=_PATH, params=params, read=wire.each("records", lambda data: nouns.noun(AuditRecord, data)))


def _anchor() -> Call[Anchor]:
    return Call(path=f"{_PATH}/anchor", read=lambda data: nouns.noun(Anchor, data))
