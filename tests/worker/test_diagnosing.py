"""A person reads a device in doubt: on a session of the read's own, without touching the doubt."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.errors import Refused
from netpulse_core.lab import Device, Lab
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import RunRequest
from netpulse_core.model.state import JobState
from tests.runs.service import Done, Service, eventually, serving

LINE = "ntp server 192.0.2.7"
CLOCK = ["show clock"]
LONG = 60.0


@pytest.fixture
def service(lab: Lab, tmp_path: Path) -> Iterator[Service]:
    with serving(lab, tmp_path, reconcile=False) as service:
        yield service


@pytest.fixture
def doubt(service: Service, leaf: Device) -> str:
    """A run that left leaf1 in doubt."""
    leaf.faults.drop_on, leaf.faults.drop_applies, leaf.faults.drop_times = LINE, True, 1
    run = service.submit("send_config", lines=[LINE])
    assert service.wait(run, LONG).outcome is Outcome.IN_DOUBT
    return run


def asked(service: Service, runbook: str, target: str = "leaf1", **parameters: Any) -> str:
    request = RunRequest(runbook=runbook, target=target, parameters=parameters, diagnose=True)
    return service.netpulse.submit(request, LOCAL).run


def diagnosed(service: Service, runbook: str, **parameters: Any) -> Done:
    return service.wait(asked(service, runbook, **parameters), LONG)


def test_it_is_answered_while_others_wait(service: Service, leaf: Device, doubt: str) -> None:
    waiting = service.submit("ask", commands=CLOCK)
    seen = diagnosed(service, "send_commands", commands=["show running-config"])
    assert seen.outcome is Outcome.OK
    assert LINE in seen.steps[0].body
    assert service.state(waiting) is JobState.QUEUED
    (job,) = service.netpulse.jobs(doubt)
    assert (job.state, job.outcome) == (JobState.IN_DOUBT, Outcome.IN_DOUBT)
    service.netpulse.resolve(doubt, "leaf1", Outcome.CHANGED, "it stands", LOCAL)
    assert service.wait(waiting, LONG).outcome is Outcome.OK


def test_its_session_is_its_own(service: Service, leaf: Device, doubt: str) -> None:
    before = len(leaf.journal.sessions)
    for _ in range(2):
        seen = diagnosed(service, "send_commands", commands=CLOCK)
        assert seen.job.session_reused is False
        eventually(lambda: len(service.node.pool) == 0, LONG)
    assert len(leaf.journal.sessions) == before + 2


def test_it_is_told_no_older_answer_and_leaves_none(service: Service, leaf: Device, doubt: str) -> None:
    for _ in range(2):
        seen = diagnosed(service, "send_commands", commands=CLOCK, max_age=3600.0)
        assert seen.steps[0].age is None
    service.netpulse.resolve(doubt, "leaf1", Outcome.CHANGED, "it stands", LOCAL)
    after = service.wait(service.submit("send_commands", commands=CLOCK, max_age=3600.0), LONG)
    assert after.steps[0].age is None
    assert leaf.journal.commands.count("show clock") == 3


def test_it_changes_nothing(service: Service, leaf: Device, doubt: str) -> None:
    lines = leaf.running_config
    assert diagnosed(service, "misuse", how="send_config_set").outcome is Outcome.REJECTED
    assert leaf.running_config == lines


def test_what_may_change_is_refused_and_what_is_in_no_doubt_too(service: Service, doubt: str) -> None:
    with pytest.raises(Refused, match="send_config may change its devices"):
        asked(service, "send_config", lines=[LINE])
    with pytest.raises(Refused, match="not in doubt: leaf2, leaf3"):
        asked(service, "send_commands", target="leaf1, leaf2, leaf3", commands=CLOCK)
    assert [record.action for record in service.netpulse.ledger.audit.page(limit=2)] == ["run.refused"] * 2


def test_it_is_audited_as_what_it_is(service: Service, doubt: str) -> None:
    run = asked(service, "send_commands", commands=CLOCK)
    (record,) = [one for one in service.netpulse.ledger.audit.page(limit=10) if one.object == run]
    assert (record.actor, record.action, record.body["diagnostic"]) == (LOCAL.name, "run.accepted", True)
