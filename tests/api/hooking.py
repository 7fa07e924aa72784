"""A site with a hook, and a sender that signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx

from tests.api.service import Service

SECRET, OLDER = "the-hook's-own-secret-0123456789", "the-secret-before-0123456789abcd"
DOWN = """
runbook: send_commands
target: role=leaf
device: device
when: state == 'down'
parameters: {commands: [show version]}
secret: [env:HOOK_SECRET, env:HOOK_OLDER]
debounce: 300
"""


def write(service: Service, name: str, text: str) -> None:
    folder = service.netpulse.site.path / "schedules" / "hooks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(text)


def signed(body: bytes, secret: str = SECRET, delivery: str = "d1", at: float | None = None) -> dict[str, str]:
    """Sign as standardwebhooks.com says."""
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(secret.encode(), f"{delivery}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": delivery, "webhook-timestamp": stamp, "webhook-signature": signature}


def send(
    service: Service, said: Any, hook: str = "down", *, headers: dict[str, Any] | None = None, **how: Any
) -> httpx.Response:
    """Send an event as its sender would, without any API key."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    sent = {**signed(body, **how), **(headers or {})}
    return httpx.post(f"{service.url}/v1/hooks/{hook}", content=body, headers=sent, timeout=30)


def event(device: Any = "leaf1", **more: Any) -> dict[str, Any]:
    return {"device": device, "state": "down", **more}


def refusals(service: Service) -> list[str]:
    found = service.netpulse.ledger.audit.page(limit=100, action="hook.refused")
    return [str(one.body["reason"]) for one in found]
