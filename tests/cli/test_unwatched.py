"""A command that is interrupted before its answer says how to ask again, and leaves nothing behind in its service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from netpulse_core.cli.given import Given
from netpulse_core.cli.place import Service as Place
from netpulse_core.cli.run import asked
from netpulse_core.cli.unwatched import leave
from netpulse_core.client import Client
from netpulse_core.errors import InvalidParameters
from netpulse_core.model.run import Accepted, RunRequest
from netpulse_core.worker.hands import handed_back
from tests.api.service import Service, service
from tests.ledger.work import on

ASK = RunRequest(runbook="set_banner", target="role=leaf", parameters={"text": "x"})


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Service]:
    """A service with an empty ledger, whose worker is played by hand."""
    with service(tmp_path / "site") as running:
        yield running


class Interrupted:
    """Asks, and is interrupted before or after the request has arrived."""

    def __init__(self, client: Client, *, arrives: bool) -> None:
        self.client = client
        self.arrives = arrives
        self.first = True

    def __call__(self, key: str, within: float | None = None) -> Accepted:
        first, self.first = self.first, False
        accepted: Accepted | None = None
        if self.arrives or not first:
            accepted = self.client.submit(replace(ASK, idempotency_key=key, deadline=within or ASK.deadline))
        if first or accepted is None:
            raise KeyboardInterrupt
        return accepted


@pytest.mark.parametrize("arrives", [True, False])
def test_the_key_is_told_under_which_it_is_asked_again(
    fresh: Service, arrives: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with Client(fresh.url, fresh.key) as client:
        ask = Interrupted(client, arrives=arrives)
        with pytest.raises(typer.Exit) as ended:
            asked(Place(client, passing=False), Given(url=fresh.url), ask, None, detach=False)
        assert ended.value.exit_code == 130
        told = " ".join(capsys.readouterr().err.split())
        assert "the run may have been accepted" in told
        found = re.search(r"--idempotency-key (\w+)", told)
        assert found
        again = client.submit(replace(ASK, idempotency_key=found[1]))
        assert again.created is not arrives
        assert [run.id for run in client.runs()] == [again.run]


@pytest.mark.parametrize("arrives", [True, False])
def test_a_service_of_the_command_leaves_nothing_queued(
    fresh: Service, arrives: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with Client(fresh.url, fresh.key) as client:
        ask = Interrupted(client, arrives=arrives)
        with pytest.raises(typer.Exit) as ended:
            asked(Place(client, passing=True), Given(url=fresh.url), ask, "k", detach=False)
        assert ended.value.exit_code == 130
        assert "the service of this command stops with it" in capsys.readouterr().err
        assert fresh.hand.claim() == []
        (run,) = client.runs()
        assert run.finished
        if not arrives:  # what is still on its way finds the key taken
            with pytest.raises(InvalidParameters, match="was used for another request"):
                client.submit(replace(ASK, idempotency_key="k"))


def test_what_is_at_work_is_cancelled_too_but_for_a_change_that_has_begun(
    fresh: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    with Client(fresh.url, fresh.key) as client:
        run = client.submit(replace(ASK, target="*")).run
        pushing, running = fresh.hand.claim(slots=2)
        fresh.netpulse.ledger.claims.cross(pushing, fresh.hand.node, on())
        leave(Place(client, passing=True), Given(url=fresh.url), run)
        told = capsys.readouterr().err
        assert "1 queued device cancelled, 1 device at work being stopped" in told
        assert f"{pushing.device} was not cancelled: its change has begun" in told
        fresh.netpulse.ledger.claims.turn(fresh.hand.node, [(running, handed_back(running, "it stops"))], 0)
        assert fresh.hand.claim() == []
        leave(Place(client, passing=True), Given(url=fresh.url), run)
        assert f"{pushing.device}: its change has begun" in capsys.readouterr().err
