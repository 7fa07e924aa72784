"""`api`, `worker` and `scheduler` as three processes over Redis and PostgreSQL, each ended by SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import Result

from netpulse_core.cli.exits import ExitCode
from netpulse_core.settings import STATE
from tests.cli.conftest import Netpulse


@pytest.mark.thorough
@pytest.mark.timeout(400)
def test_three_processes_do_what_one_does(netpulse: Netpulse, lab: Path, redis_url: str, postgres_url: str) -> None:
    env = {"NETPULSE_BROKER": redis_url, "NETPULSE_LEDGER": postgres_url, "NETPULSE_SECRET_KEY": "0" * 64}
    refused = netpulse("--site", lab, "keys", "create", "dave", "--role", "admin", **env)
    assert refused.returncode == 3
    assert "netpulse db upgrade" in refused.stderr
    assert netpulse("--site", lab, "db", "upgrade", **env).returncode == 0
    key = netpulse("--site", lab, "keys", "create", "dave", "--role", "admin", **env).stdout.strip()
    with ExitStack() as stack:
        api = stack.enter_context(_started(lab, env, "api", "--port", "0", "--json"))
        assert api.stdout is not None
        url = json.loads("".join(api.stdout.readline() for _ in range(3)))["url"]
        worker = stack.enter_context(_started(lab, env, "worker", "--name", "w1", "--slots", "4"))
        scheduler = stack.enter_context(_started(lab, env, "scheduler"))
        words = ("--url", url, "run", "send_commands", "-t", "role=leaf", "-p", "commands=show clock", "--json")
        for process in (scheduler, worker, api):
            stack.callback(process.kill)  # before it is waited for, whatever fails here
        said = netpulse(*words, NETPULSE_API_KEY=key)
        nodes = netpulse("--url", url, "nodes", "--json", NETPULSE_API_KEY=key)
        until = time.monotonic() + 60
        while True:
            shown = netpulse("--url", url, "sessions", "w1", "--json", NETPULSE_API_KEY=key)
            (sessions,) = json.loads(shown.stdout)
            if sessions["counters"]["command_complete"] or time.monotonic() > until:
                break
        for process in (scheduler, worker, api):
            process.send_signal(signal.SIGTERM)
        assert [process.wait(timeout=30) for process in (scheduler, worker, api)] == [0, 0, 0]
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["run"]["counts"] == {"ok": 4}
    assert [node["name"] for node in json.loads(nodes.stdout)] == ["w1"]
    assert (sessions["name"], sessions["total"]) == ("w1", 4)
    assert {session["state"] for session in sessions["sessions"]} == {"connected"}


@pytest.mark.thorough
@pytest.mark.timeout(400)
def test_none_of_the_three_writes_into_its_site(
    netpulse: Netpulse, site: Path, redis_url: str, postgres_url: str
) -> None:
    env = {"NETPULSE_BROKER": redis_url, "NETPULSE_LEDGER": postgres_url, "NETPULSE_SECRET_KEY": "0" * 64}
    (site / STATE).write_text("no folder can be made here, as where the site is mounted read-only")
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    for words in (("db", "upgrade"), ("db", "current")):
        done = netpulse("--site", site, *words, **env)
        assert done.returncode == 0, done.stderr
    made = netpulse("--site", site, "keys", "create", "dave", "--role", "admin", **env)
    assert made.returncode == 0, made.stderr
    with ExitStack() as stack:
        processes = [
            stack.enter_context(_started(site, env, *words))
            for words in (("api", "--port", "0", "--json"), ("worker", "--name", "w1"), ("scheduler",))
        ]
        for process in processes:
            stack.callback(process.kill)
        assert processes[0].stdout is not None
        url = json.loads("".join(processes[0].stdout.readline() for _ in range(3)))["url"]
        until, alive = time.monotonic() + 60, False
        while not alive and time.monotonic() < until:
            nodes = netpulse("--url", url, "nodes", "--json", NETPULSE_API_KEY=made.stdout.strip())
            alive = [node["name"] for node in json.loads(nodes.stdout)] == ["w1"]
        assert alive
        assert [process.poll() for process in processes] == [None] * 3
        for process in processes:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(timeout=30) for process in processes] == [0, 0, 0]
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("words", [("api",), ("worker",), ("scheduler",), ("db", "upgrade"), ("keys", "list"), ("up",)])
def test_none_takes_a_private_ledger_for_the_one_they_share(
    said: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NETPULSE_BROKER", "redis://127.0.0.1:1")
    monkeypatch.setenv("NETPULSE_SECRET_KEY", "0" * 64)
    refused = said("--site", tmp_path, *words)
    assert refused.exit_code == ExitCode.UNUSABLE
    assert "a broker is set, and no ledger" in " ".join(refused.output.split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("lease", ["15s", "-1", "nan", "inf", "0.1", "0", "1e9"])
@pytest.mark.thorough
def test_a_lease_that_is_none_is_refused_with_its_unit_and_bounds(
    netpulse: Netpulse, tmp_path: Path, lease: str
) -> None:
    refused = netpulse("--site", tmp_path, "db", "current", NETPULSE_LEASE=lease)
    words = " ".join(refused.stderr.split())
    assert refused.returncode == ExitCode.UNUSABLE, words
    assert f"NETPULSE_LEASE: not a number of seconds from 2 to 3600, without a unit (got '{lease}')" in words


@pytest.mark.thorough
def test_a_lease_within_its_bounds_is_taken(netpulse: Netpulse, tmp_path: Path) -> None:
    for lease in ("", "2", "2.5", " 3600 "):
        assert netpulse("--site", tmp_path, "db", "current", NETPULSE_LEASE=lease).returncode == 0


def _started(site: Path, env: dict[str, str], *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "netpulse_core", "--site", str(site), *words]
    environment = {**os.environ, **env}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
