"""API keys over REST: make, list, rotate and revoke them."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from netpulse_core.client import nouns, wire
from netpulse_core.client.wire import Call
from netpulse_core.model.caller import NOT_NARROWED, Scope
from netpulse_core.model.keys import ApiKey, KeyStanding, NewKey

_PATH = "/v1/keys"


class Keys:
    """The keys of a service, as a client asks for them."""

    def __init__(self, ask: Callable[[Call[Any]], Any]) -> None:
        self._ask = ask

    def all(self) -> list[ApiKey]:
        """Return every key, the newest first."""
        found: list[ApiKey] = self._ask(_all())
        return found

    def create(self, name: str, role: str, *, scope: Scope = NOT_NARROWED, lifetime: float | None = None) -> NewKey:
        """Make a key; its text is in this answer and nowhere else."""
        made: NewKey = self._ask(_create(name, role, scope, lifetime))
        return made

    def rotate(self, key: str, *, overlap: float = 0.0) -> NewKey:
        """Make a successor of a key, named by its id; the old one ends after the overlap."""
        made: NewKey = self._ask(_rotate(key, overlap))
        return made

    def revoke(self, key: str) -> ApiKey:
        """End a key, named by its id."""
        ended: ApiKey = self._ask(_revoke(key))
        return ended


class AsyncKeys:
    """The same for programs that run on an event loop."""

    def __init__(self, ask: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        self._ask = ask

    async def all(self) -> list[ApiKey]:
        """Return every key, the newest first."""
        found: list[ApiKey] = await self._ask(_all())
        return found

    async def create(
        self, name: str, role: str, *, scope: Scope = NOT_NARROWED, lifetime: float | None = None
    ) -> NewKey:
        """Make a key; its text is in this answer and nowhere else."""
        made: NewKey = await self._ask(_create(name, role, scope, lifetime))
        return made

    async def rotate(self, key: str, *, overlap: float = 0.0) -> NewKey:
        """Make a successor of a key, named by its id; the old one ends after the overlap."""
        made: NewKey = await self._ask(_rotate(key, overlap))
        return made

    async def revoke(self, key: str) -> ApiKey:
        """End a key, named by its id."""
        ended: ApiKey = await self._ask(_revoke(key))
        return ended


def _all() -> Call[list[ApiKey]]:
    return Call(path=_PATH, read=wire.each("keys", _key))


def _create(name: str, role: str, scope: Scope, lifetime: float | None) -> Call[NewKey]:
    body = {"name": name, "role": role, "scope": asdict(scope), "lifetime": lifetime}
    return Call(method="POST", path=_PATH, json=body, read=_new, again=False)


def _rotate(key: str, overlap: float) -> Call[NewKey]:
    path = f"{_PATH}/{wire.quoted(key)}/rotate"
    return Call(method="POST", path=path, json={"overlap": overlap}, read=_new, again=False)


def _revoke(key: str) -> Call[ApiKey]:
    return Call(method="POST", path=f"{_PATH}/{wire.quoted(key)}/revoke", read=_key, again=False)


def _new(data: Any) -> NewKey:
    return NewKey(key=data["key"], made=_key(data["made"]))


def _key(data: Any) -> ApiKey:
    said = data["scope"]
    lists = {name: tuple(said.get(name, ())) for name in ("runbooks", "commands", "files")}
    scope = nouns.noun(Scope, said, **lists)
    return nouns.noun(ApiKey, data, standing=KeyStanding(data["standing"]), scope=scope)
