"""What was asked for is shown with its secrets only to who may ask for it again."""

from typing import Any

import httpx
import pytest

from netpulse_core.model.caller import Caller
from netpulse_core.model.run import RunRequest
from tests.api.service import Service
from tests.api.test_permissions import holder

SECRET = "hunter2hunter2"
LINES = [f"enable secret 0 {SECRET}", "hostname leaf1"]


def shown(http: httpx.Client, path: str) -> Any:
    answer = http.get(path)
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize(("role", "sees"), [("viewer", False), ("operator", False), ("engineer", True)])
def test_a_secret_in_a_line_is_shown_to_who_may_change_devices(fresh: Service, role: str, sees: bool) -> None:
    asked = RunRequest(runbook="send_config", target="leaf1", parameters={"lines": LINES})
    run = fresh.netpulse.submit(asked, Caller(name="ada", role="engineer")).run
    with holder(fresh, "vera", role) as http:
        for said in (shown(http, f"/v1/runs/{run}"), shown(http, "/v1/runs")["runs"][0]):
            assert said["parameters"]["lines"][1] == LINES[1]
            assert (said["parameters"]["lines"][0] == LINES[0]) is sees
            assert (SECRET in str(said)) is sees


@pytest.mark.parametrize(("role", "sees"), [("viewer", False), ("engineer", True)])
def test_so_it_is_with_schedules(fresh: Service, role: str, sees: bool) -> None:
    asked = {"runbook": "send_config", "target": "leaf1", "parameters": {"lines": LINES}}
    with fresh.http() as http:
        body = {"name": "banner", "cron": "0 3 * * *", "role": "engineer", **asked}
        made = http.post("/v1/schedules", json=body)
        assert made.status_code == 201, made.text
    with holder(fresh, "vera", role) as http:
        for said in (shown(http, "/v1/schedules/banner"), shown(http, "/v1/schedules")["schedules"]):
            assert (SECRET in str(said)) is sees
