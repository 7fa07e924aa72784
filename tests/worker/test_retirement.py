"""A worker removes what the ledger keeps no longer, beside its jobs; what is gone is asked of the device again."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from netpulse_core.lab import Device, Lab
from netpulse_core.model.outcome import Outcome
from netpulse_core.worker import retirement
from tests.runs.service import eventually, serving

pytestmark = pytest.mark.thorough


def test_a_worker_removes_what_is_too_old_while_it_works(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retirement, "LOOK", 0.1)
    with serving(lab, tmp_path, keep_outputs_days=1.0, keep_runs_days=30.0, keep_runs_at_least=0) as service:
        ledger = service.netpulse.ledger
        eventually(lambda: (first := ledger.retention.last()) is not None and first.finished_at is not None)
        old, older = (service.run("ask", commands=["show clock"]).id for _ in range(2))
        with ledger.database.write() as connection:
            connection.execute(text("UPDATE runs SET finished_at = finished_at - 86400 * 2"))
            connection.execute(
                text("UPDATE runs SET finished_at = finished_at - 86400 * 30 WHERE id = :id"), {"id": older}
            )
            connection.execute(text("UPDATE chores SET due_at = 0"))
        eventually(lambda: [run.id for run in service.netpulse.runs()] == [old])
        eventually(lambda: service.netpulse.get(old).outputs_removed_at is not None)
        assert service.netpulse.steps(old) == {}
        assert service.run("ask", commands=["show clock"]).outcome is Outcome.OK


def test_an_answer_whose_text_is_gone_is_asked_of_the_device_again(lab: Lab, tmp_path: Path, leaf: Device) -> None:
    asked: dict[str, Any] = {"commands": ["show privilege"], "max_age": 3600.0}
    with serving(lab, tmp_path) as service:
        service.run("send_commands", **asked)
        assert service.run("send_commands", **asked).steps[0].age is not None
        with service.netpulse.ledger.database.write() as connection:
            connection.execute(text("DELETE FROM outputs"))
            connection.execute(text("DELETE FROM blobs"))
        done = service.run("send_commands", **asked)
    assert (done.outcome, done.steps[0].age) == (Outcome.OK, None)
    assert leaf.journal.commands.count("show privilege") == 2
