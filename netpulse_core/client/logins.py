"""Logins over REST: host keys, breakers and brakes, and a person's word on each."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from netpulse_core.client import nouns, wire
from netpulse_core.client.wire import Call
from netpulse_core.model.logins import Brake, Breaker, KeyState, LastTaken, SeenHostKey

_KEYS, _BREAKERS, _BRAKES = "/v1/hostkeys", "/v1/breakers", "/v1/brakes"


class Logins:
    """What stands before a login, as a client asks for it."""

    def __init__(self, ask: Callable[[Call[Any]], Any]) -> None:
        self._ask = ask

    def host_keys(self, device: str | None = None) -> list[SeenHostKey]:
        """Return the host keys that are believed, and those that were offered instead."""
        found: list[SeenHostKey] = self._ask(_host_keys(device))
        return found

    def approve(self, device: str, fingerprint: str) -> list[SeenHostKey]:
        """Believe the key a device offers, in place of the one believed until now; return what is known of it then."""
        found: list[SeenHostKey] = self._ask(_approve(device, fingerprint))
        return found

    def forget(self, device: str) -> int:
        """Believe no key of a device any more, and return how many that were."""
        return int(self._ask(_forget(device)))

    def breakers(self) -> list[Breaker]:
        """Return the devices that failed since they were last reached, the open ones first."""
        found: list[Breaker] = self._ask(_breakers())
        return found

    def close_breaker(self, device: str) -> int:
        """Let a device be tried at once; return how many devices have jobs that go on."""
        return int(self._ask(_close(device)))

    def brakes(self) -> list[Brake]:
        """Return the credentials that nobody may log in with."""
        found: list[Brake] = self._ask(_brakes())
        return found

    def release_brake(self, brake: str) -> int:
        """Let a credential be used again; return how many devices have jobs that go on."""
        return int(self._ask(_release(brake)))

    def credentials(self, target: str | None = None) -> list[LastTaken]:
        """Return which of their credentials devices took last, as far as they have several."""
        found: list[LastTaken] = self._ask(_credentials(target))
        return found


class AsyncLogins:
    """The same for programs that run on an event loop."""

    def __init__(self, ask: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        self._ask = ask

    async def host_keys(self, device: str | None = None) -> list[SeenHostKey]:
        """Return the host keys that are believed, and those that were offered instead."""
        found: list[SeenHostKey] = await self._ask(_host_keys(device))
        return found

    async def approve(self, device: str, fingerprint: str) -> list[SeenHostKey]:
        """Believe the key a device offers, in place of the one believed until now; return what is known of it then."""
        found: list[SeenHostKey] = await self._ask(_approve(device, fingerprint))
        return found

    async def forget(self, device: str) -> int:
        """Believe no key of a device any more, and return how many that were."""
        return int(await self._ask(_forget(device)))

    async def breakers(self) -> list[Breaker]:
        """Return the devices that failed since they were last reached, the open ones first."""
        found: list[Breaker] = await self._ask(_breakers())
        return found

    async def close_breaker(self, device: str) -> int:
        """Let a device be tried at once; return how many devices have jobs that go on."""
        return int(await self._ask(_close(device)))

    async def brakes(self) -> list[Brake]:
        """Return the credentials that nobody may log in with."""
        found: list[Brake] = await self._ask(_brakes())
        return found

    async def release_brake(self, brake: str) -> int:
        """Let a credential be used again; return how many devices have jobs that go on."""
        return int(await self._ask(_release(brake)))

    async def credentials(self, target: str | None = None) -> list[LastTaken]:
        """Return which of their credentials devices took last, as far as they have several."""
        found: list[LastTaken] = await self._ask(_credentials(target))
        return found


def _host_keys(device: str | None) -> Call[list[SeenHostKey]]:
    return Call(path=_KEYS, params={"device": device}, read=wire.each("hostkeys", _host_key))


def _approve(device: str, fingerprint: str) -> Call[list[SeenHostKey]]:
    path, body = f"{_KEYS}/{wire.quoted(device)}/approve", {"fingerprint": fingerprint}
    return Call(method="POST", path=path, json=body, read=wire.each("hostkeys", _host_key), again=False)


def _forget(device: str) -> Call[int]:
    return _told(f"{_KEYS}/{wire.quoted(device)}/forget", "forgotten")


def _breakers() -> Call[list[Breaker]]:
    return Call(path=_BREAKERS, read=wire.each("breakers", _breaker))


def _close(device: str) -> Call[int]:
    return _told(f"{_BREAKERS}/{wire.quoted(device)}/close", "devices")


def _brakes() -> Call[list[Brake]]:
    return Call(path=_BRAKES, read=wire.each("brakes", _brake))


def _release(brake: str) -> Call[int]:
    return _told(f"{_BRAKES}/{wire.quoted(brake)}/release", "devices")


def _credentials(target: str | None) -> Call[list[LastTaken]]:
    return Call(path="/v1/credentials", params={"target": target}, read=wire.each("credentials", _last_taken))


def _told(path: str, member: str) -> Call[int]:
    return Call(method="POST", path=path, read=lambda data: int(data[member]), again=False)


def _host_key(data: Any) -> SeenHostKey:
    return nouns.noun(SeenHostKey, data, state=KeyState(data["state"]))


def _brake(data: Any) -> Brake:
    return nouns.noun(Brake, data, devices=tuple(data["devices"]))


_breaker = partial(nouns.noun, Breaker)
_last_taken = partial(nouns.noun, LastTaken)
