"""Runs asked for on a command line, over real SSH: what is shown, and what the exit code says."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from netpulse_core.cli import board
from tests.cli.conftest import Netpulse


@pytest.fixture(scope="module")
def up(lab: Path) -> Iterator[dict[str, str]]:
    """The lab's site, served by `netpulse up`."""
    command = [sys.executable, "-m", "netpulse_core", "--site", str(lab), "up", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
        assert served.stdout is not None
        text = ""
        for line in served.stdout:
            text += line
            if line == "}\n":
                break
        yield json.loads(text)
        served.send_signal(signal.SIGTERM)
        assert served.wait(timeout=30) == 0


@pytest.mark.thorough
def test_a_read_that_succeeds(netpulse: Netpulse, up: dict[str, str], lab: Path) -> None:
    words = (
        "run",
        "send_commands",
        "-t",
        "role=leaf",
        "-p",
        "commands=show run | inc ntp",
        "-p",
        "commands=show version",
    )
    said = netpulse("--site", lab, *words)
    assert said.returncode == 0, said.stderr
    assert _begun(said.stderr) == "4 devices"
    assert "\x1b" not in said.stdout
    lines = said.stdout.splitlines()
    assert lines[1].startswith("success  ok 4")
    assert any(line.split()[:2] == ["leaf1", "ok"] for line in lines)
    assert "show run | inc ntp  the same from 4 devices" in lines
    assert "show version  4 different outputs from 4 devices" in lines
    assert "  leaf2  beside leaf1" in lines


@pytest.mark.thorough
def test_the_same_as_one_document(netpulse: Netpulse, lab: Path) -> None:
    said = netpulse("run", "send_commands", "-t", "leaf1", "-p", "commands=show clock", "--json", "--site", lab)
    document = json.loads(said.stdout)
    assert said.stderr == f"run {document['run']['id']}: 1 device\n"
    assert document["run"]["verdict"] == "success"
    assert document["devices"][0]["device"] == "leaf1"
    assert document["outputs"][0]["label"] == "show clock"


@pytest.mark.parametrize(
    "outcome", ["in_doubt", "needs_operator", "blocked", "skipped", "cancelled", "expired", "quarantined"]
)
def test_nobody_resolves_a_doubt_into_what_nobody_can_have_seen(said: Callable[..., Result], outcome: str) -> None:
    done = said("resolve", "last", "leaf1", "--as", outcome, "--reason", "seen")
    assert done.exit_code == 2
    assert "'changed'" in done.stderr
    assert f"'{outcome}' is not one of" in done.stderr
    assert outcome not in done.stderr.partition("is not one of")[2]


def test_a_run_is_named_before_it_is_watched(
    said: Callable[..., Result], up: dict[str, str], lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(board, "follow", interrupted)
    done = said("--site", lab, "run", "send_commands", "-t", "leaf*", "-p", "commands=show clock")
    first, *rest = done.stderr.splitlines()
    assert done.exit_code == 130
    assert _begun(first) == "4 devices"
    assert rest[0].startswith("the run goes on")
    assert f"show {first.split()[1].rstrip(':')} --watch" in rest[0]


@pytest.mark.parametrize("empty", ["", "  "])
@pytest.mark.parametrize(
    "words",
    [
        ("targets",),
        ("devices",),
        ("devices", "-t"),
        ("run", "send_commands", "-p", "commands=x", "-t"),
        ("run", "send_config", "-p", "lines=x", "-t"),
        ("run", "send_config", "-p", "lines=x", "--yes", "-t"),
    ],
)
def test_an_empty_target_is_not_all_devices(
    said: Callable[..., Result], lab: Path, words: tuple[str, ...], empty: str
) -> None:
    done = said("--site", lab, *words, empty)
    assert done.exit_code == 5
    assert done.stderr == "error: an empty target selects no device\nhint: say `*` to mean every device\n"
    assert done.stdout == ""


@pytest.mark.thorough
def test_a_refused_line_is_not_a_success(netpulse: Netpulse, lab: Path) -> None:
    said = netpulse("--site", lab, "run", "send_commands", "-t", "leaf1", "-p", "commands=show bogus")
    assert said.returncode == 4
    assert "rejected" in said.stdout


@pytest.mark.thorough
def test_a_change_without_a_terminal_wants_a_yes(netpulse: Netpulse, up: dict[str, str], lab: Path) -> None:
    words = ("--site", lab, "run", "send_config", "-t", "leaf*", "-p", "lines=ntp server 10.99.0.7")
    refused = netpulse(*words)
    assert refused.returncode == 2
    assert "may change 4 devices: leaf1, leaf2, leaf3, leaf4" in refused.stderr
    assert "say --yes" in refused.stderr
    assert "send_config" not in netpulse("--site", lab, "runs", "--runbook", "send_config").stdout.replace("no run", "")
    done = netpulse(*words, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "changed 4" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("run", "send_comands", "-t", "leaf1"), 5, "no runbook 'send_comands'; did you mean 'send_commands'?"),
        (("run", "send_commands", "-t", "leaf1", "-p", "commandz=x"), 2, "did you mean 'commands'?"),
        (("run", "send_commands", "-t", "role=", "-p", "commands=x"), 2, "hint: role=\n           ^"),
        (("run", "send_commands", "-t", "role=core", "-p", "commands=x"), 5, "no device matches"),
        (("run", "send_commands", "-t", "leaf1", "-p", "commands"), 2, "not name=value"),
        (("run", "send_commands", "-t", "leaf1", "-p", "commands=x", "--priority", "12"), 2, "priority"),
        (("run", "send_commands"), 2, "see `netpulse run --help`"),
        (("show", "01nosuchrun"), 5, "no run"),
        (("resolve", "last", "leaf1", "--as", "changed", "--reason", "seen"), 5, "error: "),
        (("runbooks", "probes"), 5, "no runbook 'probes'"),
    ],
)
def test_what_is_wrong_is_one_line_and_a_code(
    said: Callable[..., Result], up: dict[str, str], words: tuple[str, ...], code: int, says: str
) -> None:
    done = said("--url", up["url"], "--key-file", up["key_file"], *words)
    assert done.exit_code == code, done.stderr
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) <= 3  # an expression is shown with a mark under it
    assert says in done.stderr
    assert done.stdout == ""


@pytest.mark.thorough
@pytest.mark.parametrize(
    "words",
    [
        ("runs",),
        ("devices",),
        ("devices", "-t", "role=leaf"),
        ("targets", "role=leaf & !site=ams"),
        ("runbooks",),
        ("runbooks", "send_config"),
        ("schedules",),
        ("nodes",),
        ("sessions",),
        ("sessions", "--moves"),
        ("show", "last"),
        ("show", "last", "--groups"),
    ],
)
def test_what_can_be_asked_is_text_or_one_document(
    said: Callable[..., Result], up: dict[str, str], lab: Path, words: tuple[str, ...]
) -> None:
    text, document = said("--site", lab, *words), said(*words, "--json", "--site", lab)
    assert (text.exit_code, document.exit_code) == (0, 0), text.stderr
    assert text.stdout.strip()
    assert "\x1b" not in text.stdout
    json.loads(document.stdout)


@pytest.mark.thorough
def test_detached_and_watched_afterwards(netpulse: Netpulse, up: dict[str, str], lab: Path) -> None:
    words = ("--site", lab, "run", "send_commands", "-t", "role=*", "-p", "commands=show clock")
    asked = netpulse(*words, "--detach", "--json", "--idempotency-key", "k1")
    run = json.loads(asked.stdout)
    assert run["created"] is True
    stream = netpulse("--site", lab, "show", run["run"], "--watch", "--json")
    kinds = [json.loads(line)["kind"] for line in stream.stdout.splitlines()]
    assert kinds[0] == "run.accepted"
    assert kinds[-1] == "run.finished"
    assert stream.returncode == 0
    one = netpulse("--site", lab, "show", run["run"], "leaf1")
    assert "show clock  ok" in one.stdout
    again = netpulse(*words, "--detach", "--json", "--idempotency-key", "k1")
    assert json.loads(again.stdout) == {**run, "created": False}
    assert netpulse("--site", lab, "cancel", run["run"]).returncode == 5


@pytest.mark.thorough
def test_a_run_cannot_outlive_a_service_that_ends_with_the_command(netpulse: Netpulse, site: Path) -> None:
    said = netpulse("--site", site, "run", "send_commands", "-t", "leaf1", "-p", "commands=x", "--detach")
    assert said.returncode == 2
    assert "netpulse up" in said.stderr


@pytest.mark.thorough
def test_a_service_that_is_away_or_a_key_that_is_wrong(netpulse: Netpulse, up: dict[str, str]) -> None:
    away = netpulse("--url", "http://127.0.0.1:9", "runs", NETPULSE_API_KEY="np_a_b")
    assert away.returncode == 3
    wrong = netpulse("--url", up["url"], "runs", NETPULSE_API_KEY="np_a_b")
    assert wrong.returncode == 3
    none = netpulse("--url", up["url"], "runs")
    assert none.returncode == 3
    assert "NETPULSE_API_KEY" in none.stderr


def _begun(stderr: str) -> str:
    """Return how many devices the only line says that a run began on."""
    (line,) = stderr.splitlines()
    run, _, devices = line.partition(": ")
    assert run.startswith("run ")
    return devices
