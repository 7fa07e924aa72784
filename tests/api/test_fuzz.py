"""What schemathesis makes up is answered, whatever it is, and never with an error the service did not mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.core.result import Ok

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from tests.api.service import Service, serving, write_site
from tests.api.test_openapi import prepare


def fuzzed(service: Service, examples: int) -> dict[str, int]:
    """Ask each operation so often; return how many answers of each kind of status came, and fail at a 5xx."""
    schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    came: dict[str, int] = {}
    bounds = hypothesis.settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck), phases=[hypothesis.Phase.generate],
    )  # fmt: skip
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @bounds
        @hypothesis.given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            if case.path.endswith("/events"):
                case.query = {**(case.query or {}), "seconds": 0.01}
            answer = case.call(base_url=service.url, headers={"Authorization": f"Bearer {service.key}"}, timeout=60)
            kind = f"{answer.status_code // 100}xx"
            came[kind] = came.get(kind, 0) + 1
            assert answer.status_code < 500, f"{case.method} {case.formatted_path}: {answer.status_code} {answer.text}"

        ask()
    return came


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
def test_a_thousand_examples_of_each_operation_find_no_error_of_the_service(tmp_path: Path) -> None:
    told = settings.load(write_site(tmp_path / "site"), requests_per_key=0, requests_per_address=0)
    with NetPulse.open(told) as netpulse, serving(netpulse) as (app, port):
        service = Service(netpulse, app, port)
        prepare(service)
        came = fuzzed(service, 1000)
    assert {"2xx", "4xx"} <= set(came)
