"""Looking into many doubts at once passes the questions of every login: none of it may lock an account."""

from pathlib import Path
from typing import Any

import pytest

from netpulse_core.lab import Lab
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Outcome
from netpulse_core.runs import reconciling
from netpulse_core.worker import reconciler
from tests.ledger.lawful import unguard
from tests.runs.service import Done, Service, at_work, eventually, serving

ONE_AT_A_TIME = {"credential": {"at_once": 1}}


def in_doubt(lab: Lab, service: Service, runbook: str, **told: Any) -> str:
    """Leave every device of the lab in doubt, and then have each refuse whoever logs in."""
    for device in lab.devices.values():
        device.faults.drop_on, device.faults.drop_times = "ntp server", 1
    run = service.submit(runbook, ",".join(lab.devices), **told)
    assert {job.outcome for job in service.wait(run).jobs} == {Outcome.IN_DOUBT}
    for device in lab.devices.values():
        device.faults.refuse_login = True
    return run


def messages(service: Service, run: str) -> list[str]:
    """What is said of each of its jobs."""
    return [job.problem.message if job.problem else "" for job in service.netpulse.jobs(run)]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("runbook", "told"),
    [("send_config", {"lines": ["ntp server 192.0.2.7"]}), ("set_ntp_verified", {"servers": ["192.0.2.7"]})],
)
def test_doubts_wait_for_a_brake_like_any_job(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runbook: str, told: dict[str, Any]
) -> None:
    monkeypatch.setattr(reconciler, "EVERY", 0.1)
    monkeypatch.setattr(reconciling, "SETTLE", 0.05)
    monkeypatch.setattr(reconciling, "FIRST_WAIT", 0.1)
    with serving(lab, tmp_path, reconcile=False) as before:
        run = in_doubt(lab, before, runbook, **told)
        unguard(before.netpulse.ledger)  # the next service guards it again
    with at_work(lab, tmp_path, reconcile=True, logins=ONE_AT_A_TIME) as service:
        eventually(lambda: all("again in 30 s" in said for said in messages(service, run)), 30)
        assert all("is held: " in said for said in messages(service, run))
        refused = sum(len(device.journal.refused) for device in lab.devices.values())
        assert refused == 3, "no login was tried past the brake"
        (job, *_) = service.netpulse.jobs(run)
        assert job.problem is not None
        assert f"netpulse brakes release {service.netpulse.ledger.brakes.all()[0].id}; or look" in job.problem.hint
        for device in lab.devices.values():
            device.faults.heal()
        service.netpulse.ledger.brakes.release(service.netpulse.ledger.brakes.all()[0].id, by=LOCAL.name)
        with service.netpulse.ledger.database.write() as connection:
            connection.exec_driver_sql("UPDATE pushes SET look_at = look_at - 30")
        eventually(lambda: Outcome.IN_DOUBT not in {job.outcome for job in service.netpulse.jobs(run)}, 30)
        assert {job.outcome for job in Done(service.netpulse, run).jobs} == {Outcome.NOT_APPLIED}
