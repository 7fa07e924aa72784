"""A flood leaves the service answering, and the memory of its process bounded."""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.fuzz.record import FOLDER
from tests.fuzz.running import Program, Running, running

AT_ONCE, EACH = 10, 1000
A_MINUTE = 1000
GROWN = 64 * 1024 * 1024
"""Bytes by which the service may have grown at most."""


@dataclass
class Flooded:
    """What a flood was answered with, and what it cost."""

    statuses: dict[int, int]
    seconds: float
    before: int
    after: int
    most: int


def flood(service: Running, path: str = "/v1/devices") -> Flooded:
    """Ask ten times a thousand times at once; the memory before is that of a service that has answered already."""

    def ask(_: int) -> Counter[int]:
        with httpx.Client(base_url=service.url, headers=_with(service.keys[0]), timeout=60) as http:
            return Counter(http.get(path).status_code for _ in range(EACH))

    assert httpx.get(f"{service.url}{path}", headers=_with(service.keys[1])).status_code == 200
    before, began = service.memory(), time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        statuses = sum(threads.map(ask, range(AT_ONCE)), Counter[int]())
    return Flooded(dict(statuses), time.monotonic() - began, before, service.memory(), service.memory("VmHWM"))


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("bounded", [True, False])
def test_ten_thousand_requests_leave_the_service_answering_and_its_memory_bounded(
    bounded: bool, program: Program, tmp_path: Path
) -> None:
    with running(program, tmp_path, requests_per_key=A_MINUTE if bounded else 0) as service:
        came = flood(service)
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"flood-{'bounded' if bounded else 'answered'}.txt").write_text(json.dumps(came.__dict__))
        assert sum(came.statuses.values()) == AT_ONCE * EACH
        if bounded:
            # However slow the machine is, no minute lets more through; the first and the last are not whole.
            assert set(came.statuses) == {200, 429}
            assert came.statuses[200] <= A_MINUTE * (came.seconds / 60 + 2)
        else:
            assert set(came.statuses) == {200}
        other = httpx.get(f"{service.url}/v1/devices", headers=_with(service.keys[1]))
        assert other.status_code == 200
        assert len(other.json()["devices"]) == 3
        assert came.most - came.before < GROWN
        assert not service.tracebacks()


def _with(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
