"""The drivers http and eapi in runs: the gate before a change, references to secrets, and what is recorded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.model.outcome import Outcome
from tests.builtins.site import Run, serving
from tests.servers.certificates import Authority
from tests.servers.device_https import PASSWORD, TOKEN, USERNAME, HttpsDevice

PLUGIN = """
from netpulse_core import Result, Task, runbook

@runbook
def put_though_it_reads(task: Task, method: str = "PUT", path: str = "/hostname") -> Result:
    return Result(host=task.host, result=task.host.get_connection("http", None).request(method, path, "leaf9"))

@runbook(changes=True)
def get_that_changes(task: Task, path: str) -> Result:
    return Result(host=task.host, result=task.host.get_connection("http", None).get(path))

@runbook
def ask_eapi(task: Task, commands: list[str]) -> Result:
    return Result(host=task.host, result=task.host.get_connection("eapi", None).run_commands(commands))
"""


@pytest.fixture
def run(device: HttpsDevice, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("API_TOKEN", TOKEN)
    monkeypatch.setenv("API_PASSWORD", PASSWORD)
    usual = {"ca_file": str(authority.ca_file)}
    http = {**usual, "base_path": "/api", "probe_path": "/hostname", "token": "env:API_TOKEN"}
    hosts: dict[str, Any] = {
        "leaf1": {
            "hostname": device.host,
            "username": USERNAME,
            "password": "env:API_PASSWORD",
            "platform": "eos",
            "data": {"netpulse_driver": "eapi"},
            "connection_options": {
                "http": {"port": device.port, "extras": http},
                "eapi": {"port": device.port, "extras": usual},
            },
        },
        "r1": {
            "hostname": device.host,
            "connection_options": {
                "http": {
                    "port": device.port,
                    "extras": {**usual, "base_path": "/level/15/exec", "token": "env:API_TOKEN"},
                }
            },
        },
    }
    site = tmp_path / "site"
    (site / "plugins").mkdir(parents=True)
    (site / "plugins" / "reading.py").write_text(PLUGIN)
    with serving(site, hosts) as run:
        yield run


@pytest.mark.thorough
def test_a_path_is_read_and_a_request_sent(run: Run, device: HttpsDevice) -> None:
    read = run("http_get", "leaf1", path="/interfaces", params={"depth": 2})
    assert read.outcome is Outcome.OK
    assert read.steps[0].body == [{"name": "Ethernet1", "mtu": 9214}]
    assert device.asked[-1].path == "/api/interfaces?depth=2"
    sent = run("http_send", "leaf1", method="PUT", path="/hostname", body="leaf9")
    assert sent.outcome is Outcome.CHANGED
    assert device.store["/api/hostname"] == "leaf9"
    assert TOKEN not in read.everything + sent.everything
    assert PASSWORD not in read.everything + sent.everything


@pytest.mark.parametrize(("method", "path"), [("PUT", "/hostname"), ("GET", "/level/15/exec/-/reload")])
def test_a_run_that_reads_sends_no_request_that_changes(run: Run, device: HttpsDevice, method: str, path: str) -> None:
    done = run("put_though_it_reads", "leaf1", method=method, path=path)
    assert done.outcome is not Outcome.OK
    assert "leaf9" not in device.store.values()
    assert {asked.path for asked in device.asked} <= {"/api/hostname"}
    assert {asked.method for asked in device.asked} <= {"GET"}


def test_a_run_that_reads_sends_no_get_that_restarts_a_device(run: Run, device: HttpsDevice) -> None:
    """By a key that PAN-OS does not read, and by a command whose beginning the inventory holds."""
    restart = {"type": "op", "cmd": "<request><restart><system/></restart></request>", "TYPE": "show"}
    for name, asked in (("leaf1", {"path": "/", "params": restart}), ("r1", {"path": "/-/reload/CR"})):
        done = run("http_get", name, **asked)
        assert done.outcome is Outcome.REJECTED, name
        assert "not sent: " in done.message
    assert not [asked.path for asked in device.asked if "restart" in asked.path or "reload" in asked.path]


def test_a_get_that_changes_is_sent_once_and_follows_no_redirect(run: Run, device: HttpsDevice) -> None:
    device.answers["/api/"] = lambda handler: handler.say(302, Location="/api/hostname")
    done = run("get_that_changes", "leaf1", path="/?type=commit&cmd=<commit/>")
    assert done.outcome is Outcome.IN_DOUBT
    assert [asked.path for asked in device.asked if "hostname" not in asked.path] == [
        "/api/?type=commit&cmd=%3Ccommit/%3E"
    ]


def test_a_change_that_is_answered_with_a_redirect_is_in_doubt(run: Run, device: HttpsDevice) -> None:
    device.answers["/api/x"] = lambda handler: handler.say(302, Location="/api/hostname")
    done = run("http_send", "leaf1", method="POST", path="/x", body={})
    assert done.outcome is Outcome.IN_DOUBT
    assert "302" in done.message


def test_a_refused_request_is_rejected_and_a_broken_one_in_doubt(run: Run, device: HttpsDevice) -> None:
    device.answers["/api/x"] = lambda handler: handler.say(409, {"error": f"taken, {TOKEN}"})
    done = run("http_send", "leaf1", method="POST", path="/x", body={})
    assert done.outcome is Outcome.REJECTED
    assert "taken" in done.message
    assert TOKEN not in done.everything
    device.answers["/api/x"] = lambda handler: handler.raw(b"")
    assert run("http_send", "leaf1", method="POST", path="/x", body={}).outcome is Outcome.IN_DOUBT


def test_a_forbidden_request_is_told_as_such(run: Run, device: HttpsDevice) -> None:
    device.answers["/api/x"] = lambda handler: handler.say(403, {"error": "not yours"})
    assert run("http_send", "leaf1", method="PUT", path="/x", body=1).outcome is Outcome.AUTH_FAILED


def test_a_request_that_cannot_be_made_leaves_no_doubt(run: Run, device: HttpsDevice) -> None:
    done = run("http_send", "leaf1", method="POST", path="//192.0.2.1/x", body={})
    assert done.outcome is Outcome.FAILED
    assert "slash" in done.message
    assert "POST" not in {asked.method for asked in device.asked}


def test_the_usual_runbooks_speak_through_eapi(run: Run, device: HttpsDevice) -> None:
    read = run("send_commands", "leaf1", commands=["show clock", "show nonsense"])
    assert read.outcome is Outcome.REJECTED
    assert read.steps[0].body == "Sun Nov 29 19:00:00 2026"
    pushed = run("send_config", "leaf1", lines=["hostname leaf9"], save=True)
    assert pushed.outcome is Outcome.CHANGED
    assert device.eos.startup[0] == "hostname leaf9"
    refused = run("send_config", "leaf1", lines=["hostname leaf8", "nonsense"])
    assert refused.outcome is Outcome.REJECTED
    assert device.eos.running[0] == "hostname leaf9"
    dialogue = run("send_dialog", "leaf1", turns=[{"send": "reload"}])
    assert dialogue.outcome is Outcome.REJECTED


def test_a_run_that_reads_changes_nothing_through_eapi(run: Run, device: HttpsDevice) -> None:
    assert run("ask_eapi", "leaf1", commands=["show hostname"]).outcome is Outcome.OK
    done = run("ask_eapi", "leaf1", commands=["show hostname", "copy running-config startup-config"])
    assert done.outcome is Outcome.REJECTED
    assert "not sent: " in done.message
    assert "copy running-config startup-config" not in device.eos.commands
