"""A command whose reader leaves says with its exit code what came of it all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import RunRequest
from tests.api.service import ADA, Service, service

ASK = RunRequest(runbook="send_commands", target="role=leaf", parameters={"commands": ["show version"]})


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Service]:
    """A service with a run that failed."""
    with service(tmp_path / "site") as running:
        running.netpulse.submit(ASK, ADA)
        running.hand.conclude(running.hand.claim(), Outcome.FAILED)
        yield running


def unread(served: Service, *words: str, both: bool = False) -> tuple[int, str]:
    """Run a command whose output, or whose errors too, nobody reads; return its exit code and what it complains of."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NETPULSE_")}
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "netpulse_core", *words],
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer if both else subprocess.PIPE,
            text=True,
            check=False,
            env={**clean, "NETPULSE_URL": served.url, "NETPULSE_API_KEY": served.key},
            timeout=60,
        )
    finally:
        os.close(writer)
    return done.returncode, done.stderr or ""


@pytest.mark.thorough
def test_a_failed_run_fails_whoever_reads_of_it(served: Service) -> None:
    for words in (("show", "last", "--watch"), ("show", "last", "--watch", "--json")):
        assert unread(served, *words) == (4, "")
        assert unread(served, *words, both=True)[0] == 4
    assert unread(served, "runs") == (0, "")
    assert unread(served, "show", "none", both=True)[0] == 5
    assert unread(served, "--help")[0] == 0


@pytest.mark.thorough
def test_what_is_shown_for_ever_ends_where_nobody_reads_it(served: Service) -> None:
    assert unread(served, "sessions", "--watch")[0] == 0
