"""Windows and explanations from a command line, over a service with a hand for its worker."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from netpulse_core.inventory import yamlfolder
from netpulse_core.model.doubt import Finding
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Problem, RunRequest, Step
from tests.api.service import ADA, Service, service
from tests.ledger.work import on

Said = Callable[..., Result]
CLOSED = "outside its maintenance window nightly (quiet hours); the next opens "


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said) -> Iterator[Service]:
    """A service whose leaves may be changed in two hours only; its worker is a hand that has read so."""
    with service(tmp_path / "site") as running:
        opens, closes = (f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%d %H:%M}" for hours in (2, 4))
        folder = running.netpulse.site.path / "schedules" / "windows"
        folder.mkdir(parents=True)
        text = f"target: role=leaf\ntimezone: UTC\nreason: quiet hours\nwhen: {{from: {opens}, to: {closes}}}\n"
        (folder / "nightly.yaml").write_text(text)
        running.netpulse.windowing.read(running.hand.node)
        monkeypatch.setenv("NETPULSE_URL", running.url)
        monkeypatch.setenv("NETPULSE_API_KEY", running.key)
        yield running


@pytest.mark.thorough
def test_what_may_be_changed_now_and_when_the_rest_may(served: Service, said: Said) -> None:
    listed = said("windows", "list")
    assert listed.exit_code == 0, listed.stderr
    assert listed.stdout.splitlines()[1].split()[:3] == ["nightly", "window", "role=leaf"]
    shown = json.loads(said("windows", "show", "nightly", "--json").stdout)
    assert (shown["devices"], shown["open"], [one["device"] for one in shown["openings"]]) == (2, 0, ["leaf1", "leaf2"])
    coming = said("windows", "next")
    assert coming.exit_code == 5
    one, two, three = coming.stdout.splitlines()[1:]
    assert (one.split()[:2], three.split()) == (["leaf1", "closed"], ["spine1", "open", "nothing"])
    assert CLOSED in two
    assert said("windows", "next", "spine1").exit_code == 0
    assert said("windows", "show", "weekly").exit_code == 5
    (served.netpulse.site.path / "schedules" / "windows" / "nightly.yaml").unlink()
    assert "nightly" in said("windows", "list").stdout, "what is away for a moment still binds"
    time.sleep(yamlfolder.AWAY)
    assert "no window" in said("windows", "list").stdout
    assert "a living worker reads other windows" in said("windows", "list").stderr


def test_a_device_that_waits_for_its_window_is_explained(served: Service, said: Said) -> None:
    request = RunRequest(runbook="set_banner", target="role=leaf & !leaf2", parameters={"text": "x"})
    run = served.netpulse.submit(request, ADA).run
    assert served.hand.claim() == []
    lines = said("explain", "last", "leaf1").stdout.splitlines()
    assert lines[0] == f"leaf1  in run {run}"
    assert lines[1].startswith(f"queued  waits: {CLOSED}")
    assert lines[3:7] == [
        "Why it was selected  role=leaf & !leaf2",
        "yes all of",
        "  yes role=leaf: its role is leaf, from group leaf",
        "  yes not leaf2: its name is leaf1",
    ]
    assert any("accepted" in line and "asked for by ada: set_banner on 1 device" in line for line in lines)
    assert any("nothing of it begins after its deadline" in line for line in lines)
    other = said("explain", run, "leaf2").stdout.splitlines()
    assert other[1] == "leaf2 was not selected: the run has no job on it"
    assert other[-1] == "  no  not leaf2: its name is leaf2"
    assert said("explain", run, "leaf9").exit_code == 5


@pytest.mark.thorough
def test_an_override_runs_now_and_a_red_device_is_explained_in_order_of_time(served: Service, said: Said) -> None:
    ask = ("run", "set_banner", "-t", "leaf1", "--text", "x", "--yes", "--detach")
    assert said(*ask, "--override-window").exit_code == 2
    assert said(*ask, "--reason", "core is down").exit_code == 2
    accepted = said(*ask, "--override-window", "--reason", "core is down")
    assert "overridden: core is down" in accepted.stderr
    (claim,) = served.hand.claim()
    served.netpulse.ledger.claims.cross(claim, served.hand.node, on("vty 3"))
    served.hand.conclude([claim], Outcome.FAILED)
    assert "passes maintenance windows: core is down" in said("show", "last").stdout
    found = json.loads(said("explain", "last", "leaf1", "--json").stdout)
    assert (found["outcome"], found["summary"], found["hint"]) == ("failed", "failed: no route", "look")
    assert [one["what"] for one in found["moments"]] == ["accepted", "started", "pushing", "failed", "run over"]
    assert "session vty 3" in found["moments"][2]["says"]
    assert found["notes"] == ["the run passes maintenance windows and blackouts: core is down"]


def test_a_doubt_is_explained_by_what_is_recorded_of_it(served: Service, said: Said) -> None:
    request = RunRequest(runbook="set_banner", target="leaf1", parameters={"text": "x"}, override_window="core is down")
    run = served.netpulse.submit(request, ADA).run
    claims = served.hand.claim()
    served.netpulse.ledger.claims.cross(claims[0], served.hand.node, on("vty 3"))
    served.hand.doubt(claims)
    found = json.loads(said("explain", run, "leaf1", "--json").stdout)
    assert found["outcome"] == "in_doubt"
    assert "its change went over vty 3 (netmiko); the configuration before it was not read" in found["notes"]
    lines = [{"line": "banner x", "stands": "missing"}, {"line": "end", "stands": "unknown"}]
    steps = [
        ("session", {"session": "vty 3", "ended": True}),
        ("lines", lines),
        ("decision", "needs_operator: unclear"),
    ]
    journal = tuple(Step(label=f"reconcile: {label}", body=body) for label, body in steps)
    (doubt,) = served.netpulse.ledger.reconciling.claim(served.hand.node, 8)
    problem = Problem(kind="NeedsOperator", message="leaf1: unclear")
    unclear = Finding(outcome=Outcome.NEEDS_OPERATOR, problem=problem, steps=journal)
    assert served.netpulse.ledger.reconciling.conclude(doubt, served.hand.node, unclear)
    shown = said("explain", run, "leaf1").stdout
    assert "note: reconcile: session: session: vty 3, ended: yes" in shown
    assert "note: reconcile: lines: line: banner x, stands: missing; line: end, stands: unknown" in shown
    said("resolve", run, "leaf1", "--as", "not_applied", "--reason", "the banner is the old one")
    found = json.loads(said("explain", run, "leaf1", "--json").stdout)
    (last,) = [one for one in found["moments"] if one["what"] == "not_applied"]
    assert last["says"].endswith("looked at the device: the banner is the old one")
