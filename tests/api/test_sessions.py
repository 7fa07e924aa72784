"""The sessions of a node over REST: shown as its worker shows them, and why not where they cannot be."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from netpulse_core.errors import ServiceError
from tests.api.service import SHOWN, Service, service


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Service]:
    with service(tmp_path / "site") as running:
        yield running


@pytest.fixture
def http(fresh: Service) -> Iterator[httpx.Client]:
    with fresh.http() as client:
        yield client


def join(fresh: Service, life: str, name: str) -> None:
    """Let another worker live."""
    revision = fresh.netpulse.site.revision
    fresh.netpulse.ledger.nodes.join(life, name=name, revision=revision, slots=1, fifo_only=False)


def test_what_a_worker_shows_is_told_as_it_is(http: httpx.Client) -> None:
    told = http.get("/v1/nodes/hand/sessions").json()
    assert (told["node"], told["name"], told["total"]) == ("hand", "hand", 2)
    first, second = told["sessions"]
    assert (first["device"], first["state"], first["uses"], first["idle"]) == ("leaf1", "connected", 7, 0.25)
    assert first["since"].startswith("2023-11-14T22:13:20.25")
    assert (second["state"], second["reason"], second["port"], second["idle"]) == ("failed", "Unreachable", None, None)
    assert told["counters"] == SHOWN.counters
    assert [(move["before"], move["move"], move["after"]) for move in told["moves"]] == [
        ("connecting", "timeout_or_error", "failed")
    ]


def test_nothing_of_a_credential_is_told(http: httpx.Client) -> None:
    allowed = {"device", "driver", "address", "port", "user", "state", "since", "uses", "idle", "reason"}
    for session in http.get("/v1/nodes/hand/sessions").json()["sessions"]:
        assert set(session) == allowed


def test_a_node_nobody_knows_is_not_found_and_the_known_ones_are_named(http: httpx.Client) -> None:
    answer = http.get("/v1/nodes/hund/sessions")
    assert answer.status_code == 404
    assert answer.json()["known"] == ["hand"]
    assert "did you mean 'hand'" in answer.json()["detail"]


def test_a_node_that_has_ended_says_so(http: httpx.Client, fresh: Service) -> None:
    with fresh.netpulse.ledger.database.write() as connection:
        connection.execute(text("UPDATE nodes SET lease_until = lease_until - 60"))
    answer = http.get("/v1/nodes/hand/sessions")
    assert answer.status_code == 409
    assert "has ended, and its sessions with it" in answer.json()["detail"]


@pytest.mark.thorough
def test_a_name_that_two_living_workers_have_is_not_guessed_at(http: httpx.Client, fresh: Service) -> None:
    join(fresh, "third", "both")
    join(fresh, "fourth", "both")
    answer = http.get("/v1/nodes/both/sessions")
    assert answer.status_code == 409
    assert "third" in answer.json()["hint"]
    assert "fourth" in answer.json()["hint"]


def test_a_node_that_shows_nothing_yet_is_asked_again_later(http: httpx.Client, fresh: Service) -> None:
    join(fresh, "silent", "silent")
    answer = http.get("/v1/nodes/silent/sessions")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    fresh.netpulse.broker.post("sessions:silent", b"of another version", 600)
    assert http.get("/v1/nodes/silent/sessions").status_code == 503


def test_without_the_broker_nothing_can_be_shown(
    http: httpx.Client, fresh: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(name: str) -> bytes:
        raise ServiceError("the broker is away")

    monkeypatch.setattr(fresh.netpulse.broker, "posted", away)
    answer = http.get("/v1/nodes/hand/sessions")
    assert (answer.status_code, answer.json()["detail"]) == (503, "the broker is away")
