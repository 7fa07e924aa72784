"""`netpulse audit`: what was decided is shown, and proven against the database it lies in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import Result

from netpulse_core import settings
from netpulse_core.client import AsyncClient, Client
from netpulse_core.errors import Refused
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.run import RunRequest
from tests.api.service import service

pytestmark = pytest.mark.thorough

Said = Callable[..., Result]


def test_what_was_decided_and_what_was_refused_is_on_record(tmp_path: Path, said: Said) -> None:
    with service(tmp_path / "site") as served, Client(served.url, served.key) as client:
        run = client.submit(RunRequest(runbook="send_commands", target="leaf1", parameters={"commands": "show clock"}))
        with pytest.raises(Refused):
            client.submit(RunRequest(runbook="send_commands", target="nowhere", parameters={"commands": "show clock"}))
        accepted, refused = client.audit.records(object=run.run)[0], client.audit.records(action="run.refused")[0]
        assert (accepted.action, refused.body["target"]) == ("run.accepted", "nowhere")

        async def ask() -> None:
            async with AsyncClient(served.url, served.key) as other:
                assert await other.audit.records(action="run.refused") == [refused]
                assert (await other.audit.anchor()).number == client.audit.anchor().number

        asyncio.run(ask())
        (tmp_path / "key").write_text(served.key)
        shown = said("--url", served.url, "--key-file", tmp_path / "key", "audit", "list", "--action", "run.refused")
        assert "run.refused" in shown.output


def test_the_chain_is_proven_and_a_removed_record_is_named(tmp_path: Path, said: Said, site: Path) -> None:
    assert said("--site", site, "db", "upgrade").exit_code == 0
    for name in ("ann", "bob", "eve"):
        assert said("--site", site, "keys", "create", name, "--role", "viewer").exit_code == 0
    anchor = tmp_path / "anchor.json"
    anchor.write_text(said("--site", site, "audit", "anchor").output)
    assert json.loads(anchor.read_text())["number"] == 3
    proven = said("--site", site, "audit", "verify", "--anchor", anchor)
    assert (proven.exit_code, proven.output) == (0, "records 1 to 3 are as they were written\n")
    with closing(Ledger(settings.load(site).ledger_url)) as ledger, ledger.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE number = 2"))
    found = said("--site", site, "audit", "verify", "--json")
    assert found.exit_code == 4
    assert json.loads(found.output)["problems"] == ["record 2 was removed"]
    (tmp_path / "not.json").write_text("[]")
    assert (
        "is not what `netpulse audit anchor` prints"
        in said("--site", site, "audit", "verify", "--anchor", tmp_path / "not.json").output
    )
