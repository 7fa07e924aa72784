"""A flood leaves the service answering, and the memory of its process bounded."""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import pytest

from tests.fuzz.record import FOLDER
from tests.fuzz.running import Program, Running, running

AT_ONCE, EACH = 10, 1000
A_MINUTE = 1000
GROWN = 64 * 1024 * 1024
"""Bytes by which the service may have grown at most."""

PATH = "/v1/devices"


@dataclass
class Flooded:
    """What a flood was answered with, and what it cost."""

    statuses: dict[int, int]
    seconds: float
    before: int
    after: int
    most: int


def flood(service: Running, *, made_up: bool) -> Flooded:
    """Ask ten times a thousand times at once; the memory before is that of a service that has answered already."""

    def ask(caller: int) -> Counter[int]:
        with httpx.Client(base_url=service.url, timeout=60) as http:
            keys = (f"np_{caller}{number:011x}_x" if made_up else service.keys[0] for number in range(EACH))
            return Counter(http.get(PATH, headers=_with(key)).status_code for key in keys)

    assert httpx.get(f"{service.url}{PATH}", headers=_with(service.keys[1]), timeout=60).status_code == 200
    before, began = service.memory(), time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        statuses = sum(threads.map(ask, range(AT_ONCE)), Counter[int]())
    return Flooded(dict(statuses), time.monotonic() - began, before, service.memory(), service.memory("VmHWM"))


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("how", ["bounded", "unbounded", "with a key made up each"])
def test_ten_thousand_requests_leave_the_service_answering_and_its_memory_bounded(
    how: str, program: Program, tmp_path: Path
) -> None:
    with running(program, tmp_path, requests_per_key=0 if how == "unbounded" else A_MINUTE) as service:
        came = flood(service, made_up="made up" in how)
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"flood {how}.txt").write_text(json.dumps(asdict(came)))
        assert sum(came.statuses.values()) == AT_ONCE * EACH
        match how:
            case "bounded":
                # However slow the machine is, no minute lets more through; the first and the last are not whole.
                assert set(came.statuses) == {200, 429}
                assert came.statuses[200] <= A_MINUTE * (came.seconds / 60 + 2)
            case "unbounded":
                assert set(came.statuses) == {200}
            case _:
                assert set(came.statuses) == {401}
        other = httpx.get(f"{service.url}{PATH}", headers=_with(service.keys[1]), timeout=60)
        assert other.status_code == 200
        assert len(other.json()["devices"]) == 3
        assert came.most - came.before < GROWN
        assert not service.tracebacks()


def _with(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
