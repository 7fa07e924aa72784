"""What one caller may ask of the service, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from netpulse_core import settings
from netpulse_core.client import Client
from netpulse_core.controller import NetPulse
from netpulse_core.errors import InvalidParameters, Refused, TooManyRequests
from netpulse_core.inventory.targets import naming
from netpulse_core.model.run import RunRequest
from tests.api.service import ADA, Service, serving, write_site


@contextmanager
def limited(folder: Path, **told: Any) -> Iterator[Service]:
    """Run a service with bounds of its own."""
    with NetPulse.open(settings.load(write_site(folder), **told)) as netpulse, serving(netpulse) as (app, port):
        yield Service(netpulse, app, port)


def test_who_asks_too_often_is_told_when_to_ask_again_and_others_are_answered(tmp_path: Path) -> None:
    with limited(tmp_path, requests_per_key=3) as service, service.http() as http:
        first = http.get("/v1/devices")
        assert (first.status_code, first.headers["RateLimit-Limit"], first.headers["RateLimit-Remaining"]) == (
            200, "3", "2",
        )  # fmt: skip
        answers = [http.get("/v1/devices") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        refused = answers[-1]
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"] == "urn:netpulse:error:TooManyRequests"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert refused.headers["RateLimit-Remaining"] == "0"
        assert http.get("/v1/devices", headers={"Authorization": "", "X-API-Key": service.key}).status_code == 429
        other = service.netpulse.ledger.keys.create("bob", "admin", by="test").key
        assert http.get("/v1/devices", headers={"Authorization": f"Bearer {other}"}).status_code == 200
        with Client(service.url, key=service.key) as client, pytest.raises(TooManyRequests, match="with this key"):
            client.run("last")


@pytest.mark.thorough
def test_one_key_is_counted_as_one_however_it_is_sent(tmp_path: Path) -> None:
    with limited(tmp_path, requests_per_key=6) as service:
        key = service.key
        ways = [
            {"Authorization": f"Bearer {key}"},
            {"Authorization": f"bEarer {key}"},
            {"Authorization": f"Bearer  {key}"},
            {"X-API-Key": key},
            {"Authorization": "junk", "X-API-Key": key},
            {"Authorization": "Bearer", "X-API-Key": key},
        ]
        with httpx.Client(base_url=service.url, timeout=60) as http:
            left = [http.get("/v1/devices", headers=headers).headers["RateLimit-Remaining"] for headers in ways]
            assert left == ["5", "4", "3", "2", "1", "0"]
            assert [http.get("/v1/devices", headers=headers).status_code for headers in ways] == [429] * 6


@pytest.mark.thorough
def test_keys_made_up_do_not_get_around_the_bound_of_an_address(tmp_path: Path) -> None:
    with limited(tmp_path, requests_per_address=3) as service, service.http() as http:
        made_up = [http.get("/v1/devices", headers={"Authorization": f"Bearer np_{n}_x"}) for n in range(5)]
        assert [answer.status_code for answer in made_up] == [401, 401, 401, 429, 429]
        spoofed = http.get("/v1/devices", headers={"X-Forwarded-For": "192.0.2.1"})
        assert spoofed.status_code == 429
        assert http.get("/healthz").status_code == 200


@pytest.mark.thorough
def test_an_address_is_believed_of_a_trusted_proxy_alone(tmp_path: Path) -> None:
    with limited(tmp_path, requests_per_address=1, trusted_proxies=("127.0.0.0/8",)) as service, service.http() as http:
        asked = [http.get("/v1/devices", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in (1, 1, 2)]
        assert asked == [200, 429, 200]


@pytest.mark.thorough
def test_a_caller_has_so_many_streams_and_no_more(tmp_path: Path) -> None:
    with limited(tmp_path, max_streams=2) as service, ExitStack() as held:
        request = RunRequest(runbook="send_commands", target="leaf1", parameters={"commands": "x"})
        run = service.netpulse.submit(request, ADA)
        heard = []  # a stream ends where nobody holds what reads it
        for _ in range(2):
            answer = held.enter_context(service.http().stream("GET", f"/v1/runs/{run.run}/events?seconds=30"))
            assert answer.status_code == 200
            heard.append(answer.iter_bytes())
            next(heard[-1])
        with service.http() as http:
            assert http.get(f"/v1/runs/{run.run}/events?seconds=30").status_code == 429


@pytest.mark.thorough
def test_a_run_has_so_many_parameters_and_no_more(tmp_path: Path) -> None:
    with limited(tmp_path, max_parameters=10) as service:
        request = RunRequest(runbook="send_commands", target="leaf1", parameters={"commands": ["x"] * 9})
        with pytest.raises(InvalidParameters, match="parameters: more than 10 values"):
            service.netpulse.submit(request, ADA)


@pytest.mark.thorough
def test_a_run_may_name_ten_thousand_devices(tmp_path: Path) -> None:
    names = [f"leaf-{number:015d}" for number in range(10_000)]
    (write_site(tmp_path) / "inventory" / "hosts.yaml").write_text("".join(f"{name}: {{}}\n" for name in names))
    with NetPulse.open(settings.load(tmp_path, confirm_above=9_000)) as netpulse, serving(netpulse) as (app, port):
        service = Service(netpulse, app, port)
        with Client(service.url, key=service.key) as client:
            parameters = {"commands": ["show version"]}
            read = RunRequest(runbook="send_commands", target=naming(names), parameters=parameters)
            assert client.submit(read).devices == 10_000
            change = RunRequest(runbook="set_banner", target=naming(names), parameters={"text": "x"})
            with pytest.raises(Refused, match="means 10000 devices") as refused:
                client.submit(change)
            assert len(str(refused.value)) < 1_000
