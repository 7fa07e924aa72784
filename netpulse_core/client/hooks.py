"""Hooks over REST: which there are, and what an event would ask for."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from netpulse_core.client import nouns, wire
from netpulse_core.client.wire import Call
from netpulse_core.model.incoming import Signature, Wanted

_PATH = "/v1/hooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A hook: what it takes and what that may ask for; `secrets` is how many, durations are seconds."""

    name: str
    sentence: str
    runbook: str
    target: str
    signature: Signature
    secrets: int
    device: str
    when: str
    parameters: Mapping[str, Any]
    role: str
    debounce: float
    at_most: int
    confirm: int | None
    priority: int
    deadline: float
    enabled: bool
    last_at: float | None


class Hooks:
    """Webhooks in, as a client asks for them."""

    def __init__(self, ask: Callable[[Call[Any]], Any]) -> None:
        self._ask = ask

    def all(self) -> list[Hook]:
        """Return the hooks by name."""
        found: list[Hook] = self._ask(_all())
        return found

    def one(self, name: str) -> Hook:
        """Return one hook."""
        found: Hook = self._ask(_one(name))
        return found

    def test(self, name: str, body: Any) -> Wanted:
        """Return what an event with this body would ask for; nothing is run."""
        found: Wanted = self._ask(_test(name, body))
        return found


class AsyncHooks:
    """The same for programs that run on an event loop."""

    def __init__(self, ask: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        self._ask = ask

    async def all(self) -> list[Hook]:
        """Return the hooks by name."""
        found: list[Hook] = await self._ask(_all())
        return found

    async def one(self, name: str) -> Hook:
        """Return one hook."""
        found: Hook = await self._ask(_one(name))
        return found

    async def test(self, name: str, body: Any) -> Wanted:
        """Return what an event with this body would ask for; nothing is run."""
        found: Wanted = await self._ask(_test(name, body))
        return found


def _all() -> Call[list[Hook]]:
    return Call(path=_PATH, read=wire.each("hooks", _hook))


def _one(name: str) -> Call[Hook]:
    return Call(path=f"{_PATH}/{wire.quoted(name)}", read=_hook)


def _test(name: str, body: Any) -> Call[Wanted]:
    return Call(method="POST", path=f"{_PATH}/{wire.quoted(name)}/test", json={"body": body}, read=_wanted)


def _hook(data: Any) -> Hook:
    return nouns.noun(Hook, data, signature=Signature(data["signature"]))


def _wanted(data: Any) -> Wanted:
    return nouns.noun(Wanted, data, devices=tuple(data["devices"]))
