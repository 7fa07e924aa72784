"""`netpulse sessions`: what workers have open, for people and for programs."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from netpulse_core.broker.seen import show
from netpulse_core.cli import app
from netpulse_core.model.session import SessionState
from tests.api.service import SHOWN, Service, service

HINT = "did you mean 'hand'"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Service]:
    with service(tmp_path / "site") as running:
        yield running


@pytest.fixture
def at(fresh: Service, tmp_path: Path) -> list[str]:
    """How to reach the service."""
    key = tmp_path / "key"
    key.write_text(fresh.key)
    return ["--url", fresh.url, "--key-file", str(key)]


def said(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stdout, done.stderr


def test_a_table_of_sessions_and_what_happened(at: list[str]) -> None:
    code, out, err = said(*at, "sessions")
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["DEVICE", "DRIVER", "ADDRESS", "USER", "STATE", "FOR", "USES", "IDLE", "WHY"]
    assert lines[1][:5] == ["leaf1", "netmiko", "192.0.2.11:830", "netpulse", "connected"]
    assert lines[2][:4] == ["leaf2", "netmiko", "192.0.2.12", "failed"]
    assert lines[2][-1] == "Unreachable"
    assert "hand  2 sessions  1 connected  1 failed" in out
    assert "1 success  1 timeout or error  7 command complete" in out
    assert "dead" not in out
    assert "\x1b" not in out


def test_the_moves_newest_first(at: list[str]) -> None:
    code, out, _ = said(*at, "sessions", "hand", "--moves")
    assert code == 0
    assert out.splitlines()[0].split() == ["AT", "DEVICE", "DRIVER", "MOVE", "FROM", "TO", "WHY"]
    assert "2023-11-14 22:13:20 UTC  leaf2" in out
    row = " ".join(out.splitlines()[1].split())
    assert row.endswith("leaf2 netmiko timeout or error connecting failed Unreachable")


def test_json_holds_everything(at: list[str]) -> None:
    code, out, _ = said(*at, "sessions", "--json")
    assert code == 0
    (one,) = json.loads(out)
    assert (one["node"], one["total"], one["counters"]["success"]) == ("hand", 2, 1)
    assert [session["device"] for session in one["sessions"]] == ["leaf1", "leaf2"]
    assert one["moves"][0]["move"] == "timeout_or_error"


def test_a_worker_nobody_knows(at: list[str]) -> None:
    code, out, err = said(*at, "sessions", "hund")
    assert (code, out) == (5, "")
    assert HINT in err


def test_a_worker_that_shows_nothing_hides_no_other(at: list[str], fresh: Service) -> None:
    revision = fresh.netpulse.site.revision
    fresh.netpulse.ledger.nodes.join("silent", name="w2", revision=revision, slots=1, fifo_only=False)
    code, out, err = said(*at, "sessions")
    assert code == 0
    assert "leaf1" in out
    assert "w2: worker" in err
    show(fresh.netpulse.broker, replace(SHOWN, node="silent", name="w2", total=3000), seconds=600)
    code, out, err = said(*at, "sessions")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].split()[0] == "NODE"
    assert {line.split()[0] for line in out.splitlines()[1:5]} == {"hand", "w2"}
    assert "(2 of them shown)" in out


def test_names_of_another_making_do_not_reach_the_terminal(at: list[str], fresh: Service) -> None:
    bad = replace(SHOWN.sessions[0], device="leaf1\x1b[31m", user="\x07root")
    show(fresh.netpulse.broker, replace(SHOWN, sessions=(bad,)), seconds=600)
    _, out, _ = said(*at, "sessions")
    assert "\x1b" not in out
    assert "\x07" not in out


@pytest.mark.thorough
def test_watched_each_change_is_one_line_of_json(at: list[str], fresh: Service) -> None:
    command = [sys.executable, "-m", "netpulse_core", *at, "sessions", "--watch", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        ending = threading.Timer(60, watching.kill)  # where nothing comes
        ending.start()
        try:
            assert watching.stdout is not None
            first = json.loads(watching.stdout.readline())
            busy = replace(SHOWN.sessions[0], state=SessionState.EXECUTING, idle=None)
            show(fresh.netpulse.broker, replace(SHOWN, at=SHOWN.at + 1, sessions=(busy,)), seconds=600)
            second = json.loads(watching.stdout.readline())
        finally:
            ending.cancel()
            watching.kill()
    assert first[0]["sessions"][0]["state"] == "connected"
    assert second[0]["sessions"][0]["state"] == "executing"
