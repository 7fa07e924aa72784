"""The runbooks for Linux servers in a whole NetPulse: what a person reads of a run, and what a reads job may not do."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.errors import InvalidParameters
from netpulse_core.files import File
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import RunRequest
from netpulse_core.worker.node import Node
from tests.runs.service import Done
from tests.servers.linux import HOST, LinuxServer

pytestmark = pytest.mark.servers("sudo")

SECRET = "netpulse"
HOSTS = """
web1: {{hostname: {host}, port: {port}, platform: linux, data: {{netpulse_driver: linux}}}}
web2: {{hostname: {host}, port: {port}, platform: linux, username: other}}
leaf1: {{hostname: 192.0.2.1, platform: cisco_ios}}
"""
DEFAULTS = """
username: netpulse
password: env:NETPULSE_LINUX_PASSWORD
connection_options: {{linux: {{extras: {{sudo_password: "{sudo}"}}}}}}
"""


class Site:
    """A site with one server, and its service."""

    def __init__(self, netpulse: NetPulse) -> None:
        self.netpulse = netpulse

    def run(self, runbook: str, target: str = "web1", **parameters: Any) -> Done:
        asked = RunRequest(runbook=runbook, target=target, parameters=parameters, deadline=60.0)
        run = self.netpulse.submit(asked, LOCAL).run
        for _ in self.netpulse.watch(run):
            pass
        return Done(self.netpulse, run)

    def put(self, name: str, content: bytes) -> None:
        file = File(name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        self.netpulse.ledger.files.put(io.BytesIO(content), file, "ada")


@pytest.fixture(params=["env:NETPULSE_LINUX_PASSWORD"])
def site(
    server: LinuxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Site]:
    monkeypatch.setenv("NETPULSE_LINUX_PASSWORD", SECRET)
    inventory = tmp_path / "site" / "inventory"
    inventory.mkdir(parents=True)
    (inventory / "hosts.yaml").write_text(HOSTS.format(host=HOST, port=server.port))
    (inventory / "defaults.yaml").write_text(DEFAULTS.format(sudo=request.param))
    with NetPulse.open(settings.load(tmp_path / "site", grace=5.0)) as netpulse:
        node = Node(netpulse)
        node.start()
        try:
            yield Site(netpulse)
        finally:
            node.stop()


def test_a_command_that_ends_well_may_have_changed_the_server(site: Site) -> None:
    done = site.run("run_command", command="echo out; echo err >&2; touch file")
    assert done.outcome is Outcome.CHANGED
    assert done.steps[0].body == {"exit_status": 0, "stdout": "out\n", "stderr": "err\n"}
    assert site.run("run_command", command="uname -s").outcome is Outcome.OK


def test_a_command_that_ends_badly_has_failed_and_says_why(site: Site) -> None:
    done = site.run("run_command", command="echo out; ls /nowhere; exit 3")
    assert done.outcome is Outcome.FAILED
    assert "exit status 3: ls: cannot access '/nowhere'" in done.message
    assert done.steps[0].failed
    assert done.steps[0].body["exit_status"] == 3
    assert done.steps[0].body["stdout"] == "out\n"


@pytest.mark.thorough
def test_a_command_that_takes_too_long_is_in_doubt_and_ended(site: Site, server: LinuxServer) -> None:
    done = site.run("run_command", command="sleep 4244; true", timeout=3.0)
    assert done.outcome is Outcome.IN_DOUBT
    assert "was ended" in done.message
    assert "sleep 4244" not in server.arguments()
    site.netpulse.resolve(done.id, "web1", Outcome.OK, "it slept", LOCAL)


def test_reading_is_for_commands_that_read(site: Site, server: LinuxServer) -> None:
    assert site.run("send_commands", commands=["uname -s", "cat /etc/hostname"]).outcome is Outcome.OK
    done = site.run("send_commands", commands=["touch /home/netpulse/file"])
    assert done.outcome is Outcome.REJECTED
    assert "not sent: " in done.message
    assert server.inside("ls -A /home/netpulse") == ""
    failed = site.run("send_commands", commands=["ls /nowhere", "uname -s"])
    assert failed.outcome is Outcome.REJECTED
    assert "exit status 2" in failed.message
    assert failed.steps[1].body == "Linux"


def test_sudo_s_password_is_shown_nowhere(site: Site) -> None:
    done = site.run("run_command", command="id -un; echo pass $NP", sudo=True, env={"NP": "word"})
    assert done.outcome is Outcome.CHANGED
    assert done.steps[0].body["stdout"] == "root\npass word\n"


@pytest.mark.thorough
@pytest.mark.parametrize("site", ["not-the-password"], indirect=True)
def test_a_wrong_sudo_password_is_a_rejection(site: Site) -> None:
    done = site.run("run_command", command="id", sudo=True)
    assert done.outcome is Outcome.REJECTED
    assert "nothing was run: sudo refused the password" in done.message
    assert "not-the-password" not in done.everything


def test_a_refused_login_is_told(site: Site) -> None:
    assert site.run("run_command", "web2", command="id").outcome is Outcome.AUTH_FAILED


def test_what_nothing_was_sent_of_is_a_rejection_and_no_doubt(site: Site) -> None:
    site.put("f", b"x")
    for runbook, given in (
        ("run_command", {"command": "id", "sudo": "no such; user"}),
        ("put_file", {"source": "f", "path": "relative"}),
    ):
        done = site.run(runbook, **given)
        assert done.outcome is Outcome.REJECTED
        assert "nothing was" in done.message


def test_a_router_is_no_server(site: Site) -> None:
    for runbook, given in (("run_command", {"command": "id"}), ("get_file", {"path": "/x"})):
        done = site.run(runbook, "leaf1", **given)
        assert done.outcome is Outcome.BLOCKED
        assert "'netmiko'" in done.message


def test_a_script_is_a_file_of_the_run(site: Site) -> None:
    site.put("check.sh", b'#!/bin/bash\necho "$1 on $(uname)"; exit "$2"')
    done = site.run("run_script", script="check.sh", arguments=["hello", "0"])
    assert done.outcome is Outcome.CHANGED
    assert done.steps[0].body["stdout"] == "hello on Linux\n"
    assert site.run("run_script", script="check.sh", arguments=["hello", "9"]).outcome is Outcome.FAILED


def test_a_file_goes_there_once_and_comes_back(site: Site, server: LinuxServer) -> None:
    content = b"\0image\xff" * 200_000
    site.put("image.bin", content)
    asked = {"source": "image.bin", "path": "/home/netpulse/image.bin", "mode": "0600"}
    assert site.run("put_file", **asked).outcome is Outcome.CHANGED
    again = site.run("put_file", **asked)
    assert again.outcome is Outcome.OK
    assert again.steps[0].body["sha256"] == hashlib.sha256(content).hexdigest()
    back = site.run("get_file", path="/home/netpulse/image.bin")
    assert back.outcome is Outcome.OK
    reference = back.steps[0].body["file"]
    assert reference == f"{back.id}/web1/image.bin@sha256:{hashlib.sha256(content).hexdigest()}"
    kept = site.netpulse.ledger.files.resolved(File.named(reference))
    assert b"".join(site.netpulse.ledger.files.pieces(kept)) == content
    assert server.inside("cat /home/netpulse/image.bin | wc -c").strip() == str(len(content))


def test_a_file_that_may_not_be_replaced_is_a_rejection(site: Site) -> None:
    site.put("f", b"x")
    done = site.run("put_file", source="f", path="/etc/netpulse-file")
    assert done.outcome is Outcome.REJECTED
    assert "nothing was replaced" in done.message


@pytest.mark.parametrize(
    ("runbook", "given"),
    [
        ("run_command", {"command": " "}),
        ("run_command", {"command": "id", "timeout": 0}),
        ("run_command", {"command": "id", "env": {"A B": "x"}}),
        ("put_file", {"source": "f", "path": "/x", "mode": "u+x"}),
        ("put_file", {"source": "/etc/passwd", "path": "/x"}),
    ],
)
def test_what_could_never_be_done_is_not_accepted(site: Site, runbook: str, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameters):
        site.run(runbook, **given)
