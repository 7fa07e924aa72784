"""A service that stops answers what it gives up so that its caller asks again."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from netpulse_core.api import server
from tests.api.service import controller

ASKED = {"runbook": "send_commands", "target": "leaf1", "parameters": {"commands": ["show clock"]}}


@pytest.mark.thorough
def test_a_request_that_is_given_up_is_a_503_and_its_key_finds_what_became_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "STOPPING", 1)
    with controller(tmp_path / "site") as netpulse:
        key = netpulse.ledger.keys.create("ada", "admin", by="test").key
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "k"}
        answers: list[httpx.Response] = []

        def ask(url: str) -> None:
            answers.append(httpx.post(f"{url}/v1/runs", json=ASKED, headers=headers, timeout=30))

        first = server.Server(netpulse, host="127.0.0.1", port=0)
        first.start()
        path = netpulse.settings.ledger_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as held:
            held.execute("BEGIN IMMEDIATE")  # nobody else writes: the request is under way, and stays so
            asking = threading.Thread(target=ask, args=(first.url,))
            asking.start()
            asking.join(2)  # by then a busy machine has connected it, too
            first.stop()
            asking.join(10)
            held.execute("ROLLBACK")
        (given_up,) = answers
        assert (given_up.status_code, given_up.headers["retry-after"]) == (503, "2")
        assert given_up.json()["type"] == "urn:netpulse:error:ServiceError"
        assert "Idempotency-Key" in given_up.json()["hint"]
        second = server.Server(netpulse, host="127.0.0.1", port=0)
        second.start()
        ask(second.url)
        second.stop()
        assert answers[1].status_code == 202
        assert len(netpulse.runs()) == 1
