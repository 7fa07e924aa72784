"""What a person sees of a run that waits: who waits, and for what, also on a narrow terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from netpulse_core.cli import board, report
from netpulse_core.cli.board import Board
from netpulse_core.cli.screen import Screen
from netpulse_core.client import Client
from netpulse_core.model.event import Event, EventKind
from netpulse_core.model.run import RunRequest
from tests.api.service import Service, service

REASON = "the credential of 'netops' (abc123) is held: leaf1, leaf2, leaf3 refused it at 12:03:10 UTC"
HINT = "put the credential right, then: netpulse brakes release abc123"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Service]:
    with service(tmp_path / "site") as running:
        yield running


def test_a_narrow_terminal_shows_who_waits_and_the_whole_reason(served: Service) -> None:
    with Client(served.url, served.key) as client:
        run = client.run(client.submit(RunRequest(runbook="probe", target="leaf1")).run)
        shown = Board(run, client.devices_of(run.id))
    problem = {"kind": "LoginDelayed", "message": f"leaf1: {REASON}", "hint": HINT}
    body = {"reason": REASON, "problem": problem}
    shown.hear(Event(number=9, at=0.0, run=run.id, kind=EventKind.JOB_WAITING, device="leaf1", body=body))
    console = Console(file=io.StringIO(), width=80, height=24)
    with console.capture() as captured:
        console.print(shown)
    lines = captured.get().splitlines()
    assert any(line.split()[:2] == ["leaf1", "waiting"] for line in lines), lines
    assert f"leaf1 waits: {REASON}; {HINT}" in " ".join(" ".join(lines).split())
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.thorough
def test_a_run_behind_a_device_in_doubt_says_at_once_who_has_to_look(
    served: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    request = RunRequest(runbook="send_config", target="leaf1", parameters={"lines": ["ntp server 192.0.2.1"]})
    with Client(served.url, served.key) as client:
        first = client.submit(request).run
        served.hand.doubt(served.hand.claim())
        second = client.submit(request).run
        board._tell_what_waits(client.devices_of(second), (), Screen())
    assert f"leaf1 waits: the device is in doubt since run {first}: " in capsys.readouterr().err


def test_what_to_do_next_stands_below_the_devices_once_for_each_kind(served: Service) -> None:
    request = RunRequest(runbook="send_config", target="leaf1,leaf2", parameters={"lines": ["ntp server 192.0.2.1"]})
    with Client(served.url, served.key) as client:
        asked = client.submit(request).run
        served.hand.doubt(served.hand.claim())
        run, jobs = client.run(asked), client.devices_of(asked)
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as captured:
        console.print(*report.finished(run, jobs, [], "netpulse"), sep="\n")
    told = [line for line in captured.get().splitlines() if line.startswith("hint: ")]
    assert told == ["hint: leaf1: look"]
