"""Only a key in a header opens the door, and a revoked one for a second at most."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from netpulse_core.api.identity import BELIEVED, REMEMBERED, Identities
from netpulse_core.errors import NotFound, ServiceError, Unidentified
from netpulse_core.model.caller import Caller
from tests.api.service import Service


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer np_000000000000_nope"},
        {"Authorization": "Basic bnA6bnA="},
        {"X-API-Key": "nope"},
        {"X-API-Key": "np_é".encode()},
    ],
)
def test_without_a_known_key_nothing_is_told(shared: Service, headers: dict[str, Any]) -> None:
    with httpx.Client(base_url=shared.url, timeout=10) as http:
        for path in ("/v1/runs", "/v1/nodes", "/v1/runs/last/events", "/v1/devices/leaf1", "/v1/runs?limit=nope"):
            answer = http.get(path, headers=headers)
            assert answer.status_code == 401, path
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.json()["type"] == "urn:netpulse:error:Unidentified"
        assert http.post("/v1/runs", json={}, headers=headers).status_code == 401


def test_a_key_in_the_address_or_a_cookie_is_not_read(shared: Service) -> None:
    with httpx.Client(base_url=shared.url, timeout=10, cookies={"X-API-Key": shared.key}) as http:
        assert http.get("/v1/runs", params={"X-API-Key": shared.key}).status_code == 401
        assert http.get("/v1/runs", params={"key": shared.key}).status_code == 401


def test_both_headers_open_the_door(shared: Service) -> None:
    with httpx.Client(base_url=shared.url, timeout=10) as http:
        assert http.get("/v1/runs", headers={"Authorization": f"bearer {shared.key}"}).status_code == 200
        assert http.get("/v1/runs", headers={"X-API-Key": shared.key}).status_code == 200


def test_who_is_not_known_writes_nothing_into_the_audit(fresh: Service) -> None:
    before = fresh.netpulse.ledger.audit.anchor().number
    asked = {"runbook": "gone", "target": "leaf1", "parameters": {"commands": "x"}}
    with httpx.Client(base_url=fresh.url, timeout=10, headers={"X-API-Key": "np_000000000000_nope"}) as http:
        for path, body in (("/v1/runs", asked), ("/v1/runs/last/rerun", {}), ("/v1/schedules", {**asked, "name": "x"})):
            assert http.post(path, json=body).status_code == 401
    assert fresh.netpulse.ledger.audit.anchor().number == before
    with fresh.http() as http:
        assert http.post("/v1/runs", json=asked).status_code == 404
    assert fresh.netpulse.ledger.audit.anchor().number == before + 1


def test_health_needs_no_key(shared: Service) -> None:
    with httpx.Client(base_url=shared.url, timeout=10) as http:
        assert http.get("/healthz").json() == {"status": "ok"}
        assert http.get("/readyz").json()["ready"] is True


class Ledger:
    """Knows keys that begin with np, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.revoked: set[str] = set()

    def identify(self, key: str) -> Caller:
        self.asked += 1
        if not key.startswith("np") or key in self.revoked:
            raise Unidentified("unknown")
        return Caller(name=key)


def test_a_key_is_believed_for_a_second_and_no_longer() -> None:
    async def ask() -> None:
        ledger, now = Ledger(), [0.0]
        identities = Identities(ledger.identify, clock=lambda: now[0])
        assert (await identities.of("np_1")).name == "np_1"
        ledger.revoked.add("np_1")
        now[0] = BELIEVED - 0.001
        assert (await identities.of("np_1")).name == "np_1"
        assert ledger.asked == 1
        now[0] = BELIEVED
        with pytest.raises(Unidentified):
            await identities.of("np_1")

    asyncio.run(ask())


def test_who_is_not_identified_is_not_told_where_the_ledger_is() -> None:
    def identify(key: str) -> Caller:
        raise ServiceError("the ledger is not available: hushhush", retry_after=3, hint="check postgresql://hushhush")

    with pytest.raises(ServiceError) as away:
        asyncio.run(Identities(identify).of("np_1"))
    assert "hushhush" not in f"{away.value} {away.value.hint}"
    assert away.value.retry_after == 3


def test_what_is_remembered_is_bounded_and_unknown_keys_are_not() -> None:
    async def ask() -> None:
        identities = Identities(Ledger().identify)
        for number in range(REMEMBERED + 10):
            await identities.of(f"np_{number}")
        with pytest.raises(Unidentified):
            await identities.of("nope")
        assert len(identities._known) == REMEMBERED
        assert not any(b"np_" in digest for digest in identities._known)

    asyncio.run(ask())


def test_a_revoked_key_is_out_soon(fresh: Service) -> None:
    key = fresh.netpulse.ledger.keys.create("bob", "admin", by="test").key
    with fresh.http(Authorization=f"Bearer {key}") as http:
        assert http.get("/v1/nodes").status_code == 200
        fresh.netpulse.ledger.keys.revoke(key.split("_")[1], by="test")
        fresh.app.state.identities._known.clear()
        assert http.get("/v1/nodes").status_code == 401
    with pytest.raises(NotFound):
        fresh.netpulse.ledger.keys.revoke(key.split("_")[1], by="test")
