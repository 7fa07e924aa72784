"""What becomes of a change nobody saw the end of: the ledger's word against what the lab's device has."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.lab import Device, Lab
from netpulse_core.ledger import reconciling as ledger_reconciling
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Job, Problem
from netpulse_core.model.state import JobState
from netpulse_core.runs import reconciling
from netpulse_core.runs.redact import Redactor
from netpulse_core.worker import reconciler
from tests.runs.service import Done, Service, eventually, serving

NTP = ["ntp server 192.0.2.7", "ntp server 192.0.2.8", "ntp server 192.0.2.9"]
NOTHING = Problem(kind="", message="")


@pytest.fixture
def service(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(reconciler, "EVERY", 0.1)
    monkeypatch.setattr(reconciling, "SETTLE", 0.05)
    with serving(lab, tmp_path, reconcile=True) as service:
        yield service


def judged(service: Service, run: str, within: float = 20.0) -> Job:
    """The job once somebody has looked into it."""
    service.wait(run)

    def over() -> bool:
        (job,) = service.netpulse.jobs(run)
        return job.outcome is not Outcome.IN_DOUBT

    eventually(over, within)
    (job,) = service.netpulse.jobs(run)
    return job


def ntp(device: Device) -> list[str]:
    return [line for line in device.running_config.splitlines() if line.startswith("ntp server 192.0.2.")]


def journal(service: Service, run: str) -> dict[str, Any]:
    (job,) = service.netpulse.jobs(run)
    steps = service.netpulse.steps(run)[job.device]
    return {step.label.removeprefix("reconcile: "): step.body for step in steps if step.label.startswith("reconcile")}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("cut_on", "applies", "outcome", "there"),
    [
        ("configure terminal", False, Outcome.NOT_APPLIED, 0),
        ("ntp server 192.0.2.8", False, Outcome.PARTIAL, 1),
        ("ntp server 192.0.2.8", True, Outcome.PARTIAL, 2),
        ("ntp server 192.0.2.9", True, Outcome.CHANGED, 3),
        ("^end", False, Outcome.CHANGED, 3),
    ],
)
def test_a_session_cut_in_a_push(
    service: Service, leaf: Device, cut_on: str, applies: bool, outcome: Outcome, there: int
) -> None:
    leaf.faults.drop_on, leaf.faults.drop_applies, leaf.faults.drop_times = cut_on, applies, 1
    run = service.submit("send_config", lines=NTP)
    job = judged(service, run)
    assert (job.state, job.outcome) == (JobState.FINISHED, outcome), job.problem
    assert ntp(leaf) == NTP[:there]
    found = journal(service, run)
    assert found["session"]["ended"]
    assert found["decision"].startswith(f"{outcome.value}: ")
    assert service.netpulse.get(run).verdict is (Verdict.SUCCESS if there == 3 else Verdict.FAILED)
    assert service.run("ask", commands=["show clock"]).outcome is Outcome.OK


@pytest.mark.thorough
def test_lines_with_secrets_are_judged_like_any_and_are_in_no_journal(service: Service, leaf: Device) -> None:
    lines = ["snmp-server community c4naryRO ro", "ntp server 192.0.2.7"]
    leaf.faults.drop_on, leaf.faults.drop_applies, leaf.faults.drop_times = lines[1], True, 1
    job = judged(service, run := service.submit("send_config", lines=lines))
    assert lines[0] in leaf.running_config
    assert job.outcome is Outcome.CHANGED, job.problem
    assert "2 of 2 since the change began" in journal(service, run)["decision"]
    assert "snmp-server community ********-" in journal(service, run)["running-config"]
    assert "c4nary" not in Done(service.netpulse, run).everything


@pytest.mark.thorough
def test_what_another_node_knew_for_a_secret_is_no_change(
    service: Service, leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTACT", "n0c-desk-s3cret")
    monkeypatch.setattr(reconciling, "Redactor", lambda key, node: Redactor(key))  # as a node that was just started
    assert service.run("use_secret", password="env:CONTACT", how="push").outcome is Outcome.CHANGED
    leaf.faults.drop_on, leaf.faults.drop_times = "configure terminal", 1
    job = judged(service, run := service.submit("send_config", lines=["snmp-server contact n0c-desk-s3cret"]))
    assert job.outcome is Outcome.NOT_APPLIED, job.problem
    assert "stood there already" in journal(service, run)["decision"]
    steps = repr(service.netpulse.steps(run))
    assert ("snmp-server contact ********-" in steps, "n0c-desk" in steps) == (True, False)


def test_a_push_over_scrapli_is_looked_into_as_well(service: Service, leaf: Device) -> None:
    service.netpulse.site.inventory.hosts["leaf1"].data["netpulse_driver"] = "scrapli"
    leaf.faults.drop_on, leaf.faults.drop_applies, leaf.faults.drop_times = "ntp server 192.0.2.8", True, 1
    job = judged(service, run := service.submit("send_config", lines=NTP))
    assert job.outcome is Outcome.PARTIAL, job.problem
    found = journal(service, run)["session"]
    assert (found["driver"], found["ended"]) == ("scrapli", True)


@pytest.mark.thorough
def test_a_session_the_device_still_has_is_ended_before_it_is_read(service: Service, leaf: Device) -> None:
    leaf.faults.slow = {"ntp server 192.0.2.8": 600.0}
    run = service.submit("push_briefly", lines=NTP)
    job = judged(service, run)
    assert job.outcome is Outcome.PARTIAL, job.problem
    (pushed,) = [session for session in leaf.journal.sessions if session.applied]
    assert not pushed.live


@pytest.mark.thorough
def test_lines_that_stood_there_before_prove_nothing_by_themselves(service: Service, leaf: Device) -> None:
    assert service.run("send_config", lines=NTP[:1]).outcome is Outcome.CHANGED
    leaf.faults.drop_on, leaf.faults.drop_times = "ntp server 192.0.2.7", 1
    job = judged(service, run := service.submit("send_config", lines=NTP[:1]))
    assert job.outcome is Outcome.NOT_APPLIED
    assert "stood there already" in journal(service, run)["decision"]


@pytest.mark.thorough
def test_what_somebody_else_changed_meanwhile_is_not_taken_for_the_push(service: Service, leaf: Device) -> None:
    leaf.faults.drop_on, leaf.faults.drop_times = "configure terminal", 1
    leaf.faults.down = False
    run = service.submit("send_config", lines=NTP)
    eventually(lambda: service.netpulse.jobs(run)[0].outcome is not None)
    leaf.machine.boot(leaf.running_config + "ntp server 203.0.113.1\n")
    job = judged(service, run)
    assert job.outcome in (Outcome.NEEDS_OPERATOR, Outcome.NOT_APPLIED)


@pytest.mark.thorough
def test_without_evidence_a_person_is_asked(service: Service, leaf: Device) -> None:
    leaf.faults.drop_on, leaf.faults.drop_times = "ntp server", 1
    job = judged(service, run := service.submit("set_ntp", servers=["192.0.2.7"]))
    assert (job.state, job.outcome) == (JobState.IN_DOUBT, Outcome.NEEDS_OPERATOR)
    assert job.problem is not None
    assert f"netpulse resolve {run} leaf1" in job.problem.hint
    waiting = service.submit("ask", commands=["show clock"])
    eventually(lambda: "netpulse resolve" in service.netpulse.jobs(waiting)[0].waiting_for)
    service.netpulse.resolve(run, "leaf1", Outcome.NOT_APPLIED, "I looked", LOCAL)
    assert service.wait(waiting).outcome is Outcome.OK


@pytest.mark.thorough
@pytest.mark.parametrize(("applies", "outcome"), [(True, Outcome.CHANGED), (False, Outcome.NOT_APPLIED)])
def test_a_runbook_that_can_verify_is_asked(service: Service, leaf: Device, applies: bool, outcome: Outcome) -> None:
    leaf.faults.drop_on, leaf.faults.drop_applies, leaf.faults.drop_times = "ntp server", applies, 1
    job = judged(service, run := service.submit("set_ntp_verified", servers=["192.0.2.7"]))
    assert job.outcome is outcome, job.problem
    assert len(ntp(leaf)) == applies
    assert "reconcile: show running-config" in [step.label for step in service.netpulse.steps(run)["leaf1"]]


@pytest.mark.thorough
def test_a_verify_that_would_change_the_device_is_refused(service: Service, leaf: Device) -> None:
    leaf.faults.drop_on, leaf.faults.drop_times = "ntp server", 1
    job = judged(service, service.submit("set_ntp_verified_badly", servers=["192.0.2.7"]))
    assert job.outcome is Outcome.NEEDS_OPERATOR
    assert job.problem is not None
    assert "verify` failed" in job.problem.message
    assert ntp(leaf) == []


@pytest.mark.thorough
def test_a_device_that_is_away_is_looked_into_when_it_is_back(
    service: Service, leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "FIRST_WAIT", 0.2)
    leaf.faults.drop_on, leaf.faults.drop_applies, leaf.faults.drop_times = "192.0.2.9", True, 1
    run = service.submit("send_config", lines=NTP)
    eventually(lambda: "configure terminal" in leaf.journal.commands)
    leaf.faults.down = True
    service.wait(run)
    eventually(lambda: "not looked into yet" in (service.netpulse.jobs(run)[0].problem or NOTHING).message, 20)
    leaf.faults.down = False
    assert judged(service, run).outcome is Outcome.CHANGED


def test_a_baseline_is_read_on_the_sessions_own_terms_and_can_be_switched_off(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leaf: Device
) -> None:
    monkeypatch.setattr(reconciler, "EVERY", 0.1)
    monkeypatch.setattr(reconciling, "SETTLE", 0.05)
    with serving(lab, tmp_path, reconcile=True, baselines=False) as service:
        leaf.faults.drop_on, leaf.faults.drop_times = "ntp server 192.0.2.8", 1
        job = judged(service, service.submit("send_config", lines=NTP))
        assert job.outcome is Outcome.NEEDS_OPERATOR
        assert "show running-config" not in leaf.journal.commands


@pytest.mark.thorough
def test_a_look_that_takes_longer_than_it_takes_to_be_forgotten_comes_to_its_end(
    service: Service, leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "SETTLE", 1.5)
    monkeypatch.setattr(ledger_reconciling, "FORGOTTEN", 1.5)
    monkeypatch.setattr(reconciler, "REMEMBERED", 0.3)
    leaf.faults.drop_on, leaf.faults.drop_times = "configure terminal", 1
    job = judged(service, service.submit("send_config", lines=NTP), within=10)
    assert job.outcome is Outcome.NOT_APPLIED, job.problem
