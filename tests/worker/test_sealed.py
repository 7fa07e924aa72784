"""A worker that has not the key of a run sends nothing, and leaves its jobs to others until their deadline."""

from pathlib import Path

import pytest

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.lab import Lab
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import RunRequest
from netpulse_core.worker import hands
from tests.ledger.lawful import unguard
from tests.runs.service import SECRET, VARIABLE, at_work, eventually, hurry, write_site

OURS, THEIRS = "11" * 32, "22" * 32
LINES = ["enable secret 0 hunter2hunter2", "hostname leaf1"]


def test_a_job_waits_for_a_worker_with_the_key(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    monkeypatch.setattr(hands, "UNOPENED", 0.2)
    hurry(monkeypatch)
    site = write_site(lab, tmp_path / "site")
    with NetPulse.open(settings.load(site, store_keys=OURS)) as asking:

        def ask(deadline: float) -> str:
            asked = RunRequest(runbook="send_config", target="leaf1", parameters={"lines": LINES}, deadline=deadline)
            return asking.submit(asked, LOCAL).run

        with at_work(lab, site, store_keys=THEIRS) as keyless:
            never, later = ask(3.0), ask(60.0)
            eventually(lambda: "is under the key" in str(keyless.netpulse.jobs(later)[0].problem))
            expired = keyless.wait(never)
            assert (expired.outcome, lab.devices["leaf1"].journal.logins) == (Outcome.EXPIRED, 0)
        unguard(asking.ledger)
        with at_work(lab, site, store_keys=OURS) as service:
            done = service.wait(later)
    assert done.outcome is Outcome.CHANGED
    assert "hunter2hunter2" in lab.devices["leaf1"].machine.running.text
    assert "hunter2hunter2" not in done.everything
