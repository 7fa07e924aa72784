"""Webhooks over REST: endpoints, deliveries, and a person's word on them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from netpulse_core.client import nouns, wire
from netpulse_core.client.wire import Call
from netpulse_core.model.notifier import Delivery, DeliveryState

_PATH = "/v1/webhooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An endpoint: where it is, without its path, and which events it wants."""

    name: str
    notifier: str
    shown: str
    events: tuple[str, ...]


class Webhooks:
    """What is sent when something happens, as a client asks for it."""

    def __init__(self, ask: Callable[[Call[Any]], Any]) -> None:
        self._ask = ask

    def endpoints(self) -> list[Webhook]:
        """Return the endpoints."""
        found: list[Webhook] = self._ask(_endpoints())
        return found

    def deliveries(
        self, endpoint: str | None = None, state: str | None = None, *, before: str | None = None, limit: int = 50
    ) -> list[Delivery]:
        """Return deliveries, newest first; `before` is the last id of the page before."""
        found: list[Delivery] = self._ask(_deliveries(endpoint, state, before, limit))
        return found

    def delivery(self, delivery: str) -> Delivery:
        """Return one delivery."""
        found: Delivery = self._ask(_one(delivery))
        return found

    def replay(self, delivery: str) -> Delivery:
        """Send a delivery that has ended once more."""
        found: Delivery = self._ask(_replay(delivery))
        return found

    def test(self, endpoint: str) -> Delivery:
        """Send an endpoint a delivery that tells of nothing; ask for it again to see what became of it."""
        found: Delivery = self._ask(_test(endpoint))
        return found


class AsyncWebhooks:
    """The same for programs that run on an event loop."""

    def __init__(self, ask: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        self._ask = ask

    async def endpoints(self) -> list[Webhook]:
        """Return the endpoints."""
        found: list[Webhook] = await self._ask(_endpoints())
        return found

    async def deliveries(
        self, endpoint: str | None = None, state: str | None = None, *, before: str | None = None, limit: int = 50
    ) -> list[Delivery]:
        """Return deliveries, newest first; `before` is the last id of the page before."""
        found: list[Delivery] = await self._ask(_deliveries(endpoint, state, before, limit))
        return found

    async def delivery(self, delivery: str) -> Delivery:
        """Return one delivery."""
        found: Delivery = await self._ask(_one(delivery))
        return found

    async def replay(self, delivery: str) -> Delivery:
        """Send a delivery that has ended once more."""
        found: Delivery = await self._ask(_replay(delivery))
        return found

    async def test(self, endpoint: str) -> Delivery:
        """Send an endpoint a delivery that tells of nothing; ask for it again to see what became of it."""
        found: Delivery = await self._ask(_test(endpoint))
        return found


def _endpoints() -> Call[list[Webhook]]:
    return Call(path=_PATH, read=wire.each("webhooks", _webhook))


def _deliveries(endpoint: str | None, state: str | None, before: str | None, limit: int) -> Call[list[Delivery]]:
    params = {"endpoint": endpoint, "state": state, "before": before, "limit": limit}
    return Call(path=f"{_PATH}/deliveries", params=params, read=wire.each("deliveries", _delivery))


def _one(delivery: str) -> Call[Delivery]:
    return Call(path=f"{_PATH}/deliveries/{wire.quoted(delivery)}", read=_delivery)


def _replay(delivery: str) -> Call[Delivery]:
    path = f"{_PATH}/deliveries/{wire.quoted(delivery)}/replay"
    return Call(method="POST", path=path, read=_delivery, again=False)


def _test(endpoint: str) -> Call[Delivery]:
    return Call(method="POST", path=f"{_PATH}/{wire.quoted(endpoint)}/test", read=_delivery, again=False)


def _delivery(data: Any) -> Delivery:
    return nouns.noun(Delivery, data, state=DeliveryState(data["state"]))


def _webhook(data: Any) -> Webhook:
    return nouns.noun(Webhook, data, events=tuple(data["events"]))
