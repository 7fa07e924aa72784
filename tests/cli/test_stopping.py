"""Stopping from a command line: what is said of what was cancelled, of what is stopping and of what goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import RunRequest
from tests.api.service import ADA, Service, service
from tests.ledger.work import on

Said = Callable[..., Result]


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said) -> Iterator[Service]:
    """A service that the command line finds by itself, with a hand for its worker."""
    with service(tmp_path / "site") as running:
        monkeypatch.setenv("NETPULSE_URL", running.url)
        monkeypatch.setenv("NETPULSE_API_KEY", running.key)
        yield running


def banner(served: Service, target: str = "*") -> str:
    """Ask for a change of every device, and return the run."""
    request = RunRequest(runbook="set_banner", target=target, parameters={"text": "x"})
    return served.netpulse.submit(request, ADA).run


def test_cancel_waits_for_what_is_at_work_and_names_what_goes_on(served: Service, said: Said) -> None:
    run = banner(served)
    pushing, running = served.hand.claim(slots=2)
    served.netpulse.ledger.claims.cross(pushing, served.hand.node, on())
    with served.hand.stopping([running]):
        done = said("cancel", run)
    assert done.exit_code == 5
    assert done.stdout.splitlines() == [
        f"run {run}: 1 queued device cancelled, 1 device at work being stopped",
        "leaf1 was not cancelled: its change has begun: broken off half-way, nobody would know what it holds",
        "leaf2 stopped: cancelled",
    ]
    served.hand.conclude([pushing], Outcome.CHANGED)
    assert said("cancel", run).exit_code == 5
    assert said("cancel", run).stderr.startswith(f"error: run {run} has finished: mixed")


def test_cancel_of_one_device_is_one_document(served: Service, said: Said) -> None:
    run = banner(served)
    done = said("cancel", "last", "leaf2", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == {
        "run": run,
        "cancelled": 1,
        "stopping": [],
        "refused": {},
        "after": 1,
        "outcomes": {},
    }
    assert said("cancel", run, "--queued", "--detach").stdout == f"run {run}: 2 queued devices cancelled\n"


@pytest.mark.thorough
def test_freeze_thaw_and_what_is_frozen(served: Service, said: Said) -> None:
    assert said("freezes").stdout == "nothing is frozen\n"
    banner(served, "leaf1")
    (pushing,) = served.hand.claim()
    served.netpulse.ledger.claims.cross(pushing, served.hand.node, on())
    made = json.loads(said("freeze", "role=leaf", "--reason", "core upgrade", "--for", "1d2h", "--json").stdout)
    assert (made["target"], made["devices"], made["pushing"]) == ("role=leaf", 2, ["leaf1"])
    assert made["until_at"] - made["created_at"] == pytest.approx(26 * 3600)
    asked = said("run", "set_banner", "-t", "*", "-p", "text=x", "--yes", "--detach")
    assert "2 of 3 devices wait: frozen by ada until " in asked.stderr
    row = said("freezes").stdout.splitlines()[-1]
    assert row.split()[0] == made["id"]
    assert "core upgrade" in row
    assert (
        said("thaw", made["id"]).stdout == f"freeze {made['id']} of 2 devices has ended; what waited for it goes on\n"
    )
    assert said("thaw", made["id"]).exit_code == 5
    all_of_it = said("freeze", "--reason", "stop").stdout.splitlines()
    assert all_of_it[0].endswith(": no change begins on any device")
    assert all_of_it[1] == "leaf1: its change had begun, and goes on"


def test_a_read_of_a_device_in_doubt(served: Service, said: Said) -> None:
    read = ("run", "send_commands", "-t", "leaf1", "-p", "commands=show clock", "--diagnose", "--detach")
    refused = said(*read)
    assert refused.exit_code == 5
    assert "not in doubt: leaf1" in refused.stderr
    banner(served, "leaf1")
    claims = served.hand.claim()
    served.netpulse.ledger.claims.cross(claims[0], served.hand.node, on())
    served.hand.doubt(claims)
    asked = json.loads(said(*read, "--json").stdout)
    (claim,) = served.hand.claim()
    assert (claim.run, claim.diagnostic) == (asked["run"], True)
    served.hand.conclude([claim])
    assert "diagnostic" in said("show", asked["run"]).stdout
    assert said("run", "set_banner", "-t", "leaf1", "-p", "text=x", "--yes", "--diagnose").exit_code == 5


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("", "--reason", "x"), 5, "an empty target selects no device"),
        (("--reason", " "), 2, "reason is empty"),
        (("--reason", "x", "--for", "soon"), 2, "'soon' is not a duration"),
        (("--reason", "x", "--until", "2030-01-31T06:00"), 2, "has no time zone"),
        (("--reason", "x", "--until", "2020-01-31T06:00Z"), 2, "has passed"),
        (("leaf8", "--reason", "x"), 5, "no device is named 'leaf8'"),
    ],
)
def test_a_freeze_that_is_not_understood_freezes_nothing(
    served: Service, said: Said, words: tuple[str, ...], code: int, says: str
) -> None:
    done = said("freeze", *words)
    assert done.exit_code == code
    assert says in done.stderr
    assert served.netpulse.ledger.freezes.all() == []


def test_rerun_where_it_failed_shows_what_it_repeats(served: Service, said: Said) -> None:
    run = banner(served)
    one, *others = served.hand.claim()
    served.hand.conclude([one])
    served.hand.conclude(others, Outcome.UNREACHABLE)
    asked = said("rerun", run, "--only", "failed,unreachable")
    assert asked.exit_code == 2
    assert "set_banner may change 2 devices: leaf2, spine1" in asked.stderr
    assert said("rerun", run, "--only", "unreachabel").stderr.startswith(
        "error: --only: no outcome 'unreachabel'; did you"
    )
    again = json.loads(said("rerun", run, "--yes", "--detach", "--json").stdout)
    assert (again["devices"], again["created"]) == (2, True)
    assert f"repeats run {run}" in said("show", again["run"]).stdout
    assert said("rerun", again["run"], "--yes").exit_code == 5


def test_a_rerun_of_no_device_says_so_and_asks_for_nothing(served: Service, said: Said) -> None:
    run = banner(served)
    first, *others = served.hand.claim(slots=9)
    served.hand.conclude(others, Outcome.CHANGED)
    early = said("rerun", run)
    assert (early.exit_code, early.stdout) == (5, "")
    assert early.stderr.startswith(f"error: no device of run {run} ended with anything but ok or changed\n")
    served.hand.conclude([first], Outcome.CHANGED)
    for words in (("--only", "failed"), ("--only", "failed", "--confirm", "3"), ("--only", "failed", "--yes")):
        asked = said("rerun", run, *words)
        assert (asked.exit_code, asked.stdout) == (5, "")
        assert asked.stderr.startswith(f"error: no device of run {run} ended with failed\n")
