"""What a Prometheus is told: of the service to whoever may know it, of devices to whom they are there for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from netpulse_core.model.caller import Scope
from tests.api.service import Service, service
from tests.api.test_permissions import holder

ASK = {"runbook": "send_commands", "parameters": {"commands": ["show version"]}, "target": "role=leaf"}


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Service]:
    with service(tmp_path / "site") as running:
        yield running


def gauges(text: str) -> dict[str, float]:
    found = re.findall(r"^(netpulse_\w+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_the_work_there_is_and_who_does_it_are_gauges(fresh: Service) -> None:
    with fresh.http() as http:
        before = gauges(http.get("/v1/metrics").text)
        assert before['netpulse_jobs{state="queued"}'] == before["netpulse_oldest_job_seconds"] == 0
        http.post("/v1/runs", json=ASK)
        fresh.hand.claim()
        http.post("/v1/runs", json=ASK)
        http.post("/v1/freezes", json={"target": "leaf1", "reason": "an incident"})
        now = gauges(http.get("/v1/metrics").text)
    assert (now['netpulse_jobs{state="queued"}'], now['netpulse_jobs{state="running"}']) == (2, 2)
    assert (now["netpulse_runs"], now["netpulse_freezes"], now["netpulse_brakes"]) == (2, 1, 0)
    assert now["netpulse_oldest_job_seconds"] > 0
    assert now['netpulse_worker_running{worker="hand",node="hand"}'] == 2


def test_a_narrowed_key_is_told_nothing_of_the_service(fresh: Service) -> None:
    with holder(fresh, "lab", "viewer", Scope(target="leaf1")) as http:
        answer = http.get("/v1/metrics")
    assert answer.status_code == 200
    assert "netpulse_compliance_findings" in answer.text
    assert not re.search(r"netpulse_(jobs|runs|worker|freezes|brakes|breakers|oldest)", answer.text)
