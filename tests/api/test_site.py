"""What the service tells of the site, and what it keeps to itself."""

from __future__ import annotations

import subprocess
import sys

import httpx
import pytest

from netpulse_core.errors import ServiceError
from netpulse_core.model.secrecy import is_secret
from tests.api.service import Service, write_site

FORBIDDEN = (
    "netmiko",
    "asyncssh",
    "napalm",
    "paramiko",
    "netpulse_core.sessions",
    "netpulse_core.runs",
    "netpulse_core.worker",
)

LOADED = """
import sys
from pathlib import Path
from netpulse_core.api.app import create_app
from netpulse_core.controller import NetPulse
with NetPulse.open(Path(sys.argv[1])) as netpulse:
    create_app(netpulse).openapi()
    netpulse.plugins.runbook("send_commands").parameters
print("\\n".join(sys.modules))
"""


@pytest.mark.thorough
def test_the_process_that_serves_cannot_touch_a_router(tmp_path: object) -> None:
    site = write_site(tmp_path / "site")  # type: ignore[operator]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(site)], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = done.stdout.split()
    assert "netpulse_core.api.runs" in loaded
    assert not [name for name in loaded if name in FORBIDDEN or name.startswith(tuple(f"{one}." for one in FORBIDDEN))]


def test_devices_are_told_without_anything_secret(http: httpx.Client) -> None:
    every = http.get("/v1/devices")
    assert [device["name"] for device in every.json()["devices"]] == ["leaf1", "leaf2", "spine1"]
    assert "hushhush" not in every.text
    assert "NETPULSE_PASSWORD" not in every.text
    assert http.get("/v1/devices/leaf1").json() == {
        "name": "leaf1",
        "key": "192.0.2.11:830",
        "address": "192.0.2.11",
        "port": 830,
        "platform": "cisco_ios",
        "groups": ["leaf"],
        "data": {"role": "leaf", "rack": 1, "bgp": {"asn": 65011}},
    }


def test_a_target_selects(http: httpx.Client) -> None:
    found = http.get("/v1/devices", params={"target": "role=leaf & rack=2"}).json()["devices"]
    assert [device["name"] for device in found] == ["leaf2"]
    assert http.get("/v1/devices", params={"target": "role=super"}).status_code == 403
    assert http.get("/v1/devices", params={"target": "role="}).status_code == 422


@pytest.mark.parametrize(
    "key", ["snmp_community", "enable_secret", "bgp.md5_key", "tags.api-token", "'enable_secret'", "tacacs_key"]
)
def test_what_is_secret_is_no_key_of_a_target(http: httpx.Client, key: str) -> None:
    for target in (f"{key}=hush*", f"{key}=zzz", f"{key}!=zzz", f"{key}=*", f"role=* & !{key}=h*", f"* | {key}=z*"):
        for address in ("/v1/devices", "/v1/windows/next", "/v1/credentials"):
            told = http.get(address, params={"target": target})
            assert told.status_code == 422, (address, target, told.text)
            assert "is hidden from targets, being secret by its name" in told.text
            assert "no device has" not in told.text
            assert "hushhush" not in told.text


def test_a_secret_is_no_key_that_was_meant(http: httpx.Client) -> None:
    told = http.get("/v1/devices", params={"target": "snmp_comunity=hush*"})
    assert told.status_code == 422
    assert "snmp_community" not in told.text


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "enable_secret",
        "API-Token",
        "md5_key",
        "apikey",
        "snmp_community",
        "bgpPassword",
        "psk",
        "auth",
        "keys",
    ],
)
def test_a_name_of_a_secret_is_known(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["role", "rack", "communities", "monkey", "author", "keyboard", "passive", 7])
def test_an_ordinary_name_is_not_taken_for_one(name: object) -> None:
    assert not is_secret(name)


def test_runbooks_say_what_they_take_and_where_they_come_from(http: httpx.Client) -> None:
    offered = {runbook["name"]: runbook for runbook in http.get("/v1/runbooks").json()["runbooks"]}
    assert offered["send_commands"]["changes"] is False
    assert offered["set_banner"] == http.get("/v1/runbooks/set_banner").json()
    assert offered["set_banner"]["source"] == "plugins/banner.py"
    assert offered["set_banner"]["sentence"] == "Set the banner."
    assert offered["set_banner"]["parameters"]["required"] == ["text"]


def test_drivers_say_what_reads_and_where_they_come_from(http: httpx.Client) -> None:
    offered = {driver["name"]: driver for driver in http.get("/v1/drivers").json()["drivers"]}
    assert offered["netmiko"] == http.get("/v1/drivers/netmiko").json()
    assert offered["netmiko"]["source"] == "builtin:netmiko"
    assert offered["netmiko"]["sentence"]
    assert "find_prompt" in offered["netmiko"]["reads"]
    assert "send_command" in offered["netmiko"]["commands"]
    assert http.get("/v1/drivers/netmico").status_code == 404


def test_schedules_and_nodes(http: httpx.Client) -> None:
    known = http.get("/v1/schedules").json()["schedules"]
    assert [(one["name"], one["cron"], one["request"]["target"]) for one in known] == [
        ("nightly-version", "0 2 * * *", "role=leaf")
    ]
    assert http.get("/v1/schedules/nightly-version").json() == known[0]
    assert [(node["name"], node["alive"]) for node in http.get("/v1/nodes").json()["nodes"]] == [("hand", True)]


def test_ready_without_its_broker_and_not_without_its_ledger(shared: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with httpx.Client(base_url=shared.url, timeout=10) as http:
        assert http.get("/readyz").json() == {
            "ready": True,
            "ledger": True,
            "broker": True,
            "workers": 1,
            "history": True,
        }
        monkeypatch.setattr(shared.netpulse.broker, "answers", lambda: False)
        assert http.get("/readyz").json() == {
            "ready": True,
            "ledger": True,
            "broker": False,
            "workers": 1,
            "history": True,
        }

        def away() -> None:
            raise ServiceError("postgresql://hushhush is away", retry_after=3)

        monkeypatch.setattr(shared.netpulse, "nodes", away)
        answer = http.get("/readyz")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "3"
        assert answer.json()["detail"] == "the ledger is away"
        assert "hushhush" not in answer.text
        assert http.get("/healthz").status_code == 200
