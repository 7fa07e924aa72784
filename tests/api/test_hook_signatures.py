"""Who may send to a hook: by senders that sign, and such that do not."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.hooking import DOWN, OLDER, SECRET, event, refusals, send, write
from tests.api.service import Service


@pytest.mark.thorough
def test_who_does_not_sign_is_told_nothing_but_that(site: Service) -> None:
    write(site, "broken", "runbook: send_commands\n")
    write(site, "off", DOWN + "enabled: false\n")
    write(site, "unread", DOWN.replace("[env:HOOK_SECRET, env:HOOK_OLDER]", "env:HOOK_NOBODY_SET"))
    wrong = [
        send(site, event(), secret="another-secret-0123456789"),
        send(site, event(), headers={"webhook-signature": "v1,"}),
        send(site, event(), headers={"webhook-signature": "v1,\u00fc".encode("latin-1")}),
        send(site, event(), at=time.time() - 301),
        send(site, event(), at=time.time() + 301),
        send(site, event(), headers={"webhook-id": "d2"}),
        send(site, event(), headers={"webhook-timestamp": "soon"}),
        httpx.post(f"{site.url}/v1/hooks/down", json=event()),
        httpx.post(f"{site.url}/v1/hooks/down", json=event(), headers={"Authorization": f"Bearer {site.key}"}),
        *(send(site, event(), hook) for hook in ("nothing", "broken", "off", "unread", "a b", "DOWN", "down.yaml")),
    ]
    told = {(answer.status_code, answer.text) for answer in wrong}
    assert len(told) == 1, told
    assert told.pop()[0] == 401
    beyond = send(site, event(), "..%2F..%2Fnightly-version")
    assert beyond.status_code == 404, "no address at all"
    assert site.netpulse.runs() == []
    assert refusals(site) == [], "what nobody signed writes nothing into the audit"


def test_a_secret_is_rotated_with_both_in_force(site: Service) -> None:
    assert send(site, event(), secret=OLDER).json()["status"] == "accepted"
    assert send(site, event("leaf2"), delivery="d2").json()["status"] == "accepted"
    write(site, "down", DOWN.replace(", env:HOOK_OLDER", ""))
    assert send(site, event(), secret=OLDER, delivery="d3").status_code == 401


def test_a_huge_body_is_refused_before_it_is_read(site: Service) -> None:
    answer = send(site, b" " * (1024 * 1024 + 1))
    assert answer.status_code == 413


def test_github_signs_as_it_published(site: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    # The example of docs.github.com, "Validating webhook deliveries": secret, payload and signature.
    monkeypatch.setenv("HOOK_GITHUB", "It's a Secret to Everybody")
    write(site, "github", DOWN.replace("[env:HOOK_SECRET, env:HOOK_OLDER]", "env:HOOK_GITHUB\nsignature: github"))
    published = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = {"X-Hub-Signature-256": published, "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958"}

    def deliver(body: bytes, **more: str) -> httpx.Response:
        return httpx.post(f"{site.url}/v1/hooks/github", content=body, headers=headers | more)

    verified = deliver(b"Hello, World!")
    assert (verified.status_code, "not JSON" in verified.text) == (422, True), "signed rightly, and no JSON"
    assert deliver(b"Hello, World?").status_code == 401
    ping = deliver(b"Hello, World!", **{"X-GitHub-Event": "ping"}).json()
    assert (ping["status"], ping["delivery"]) == ("ignored", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
    del headers["X-GitHub-Delivery"]
    assert deliver(b"Hello, World!").status_code == 401


def test_the_page_signs_as_the_service_reads(site: Service) -> None:
    page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    _, snippet = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)
    body = json.dumps(event()).encode()
    sent = names["signed"](body, SECRET, "d1")
    assert httpx.post(f"{site.url}/v1/hooks/down", content=body, headers=sent).status_code == 202
