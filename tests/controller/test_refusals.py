"""Every refusal of a known caller is on record with its reason, once, and never with what must not be read there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.controller.scheduling import Scheduling
from netpulse_core.errors import InvalidParameters, NetPulseError, NotFound, NotPermitted
from netpulse_core.ledger.audit import LONGEST
from netpulse_core.model.audit import AuditRecord
from netpulse_core.model.caller import Caller
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import RerunRequest, RunRequest
from tests.controller.conftest import Open
from tests.controller.test_controller import ANN
from tests.controller.test_repeating import ENDS, ended

SECRETIVE = '''
from netpulse_core import Result, Secret, Task, runbook

@runbook
def enter(task: Task, password: Secret) -> Result:
    """Enter."""
    return Result(host=task.host)
'''

Ask = Callable[[NetPulse], object]


def asks(runbook: str, target: str = "leaf1", **parameters: object) -> Ask:
    request = RunRequest(runbook=runbook, target=target, parameters=parameters)
    return lambda netpulse: netpulse.submit(request, ANN)


def makes(**parameters: object) -> Ask:
    said = {"runbook": "enter", "target": "leaf1", "every": 60.0, "parameters": parameters}
    return lambda netpulse: Scheduling(netpulse).make("often", said, ANN)


@pytest.fixture
def netpulse(site: Path, opened: Open) -> NetPulse:
    (site / "plugins" / "secretive.py").write_text(SECRETIVE)
    return opened()


def refusals(netpulse: NetPulse) -> list[AuditRecord]:
    return [record for record in netpulse.ledger.audit.page() if record.action.endswith(".refused")]


@pytest.mark.parametrize(
    ("ask", "action", "thing", "reason"),
    [
        (asks("gone"), "run.refused", "gone", "no runbook 'gone'"),
        (asks("look", "nowhere"), "run.refused", "look", "nowhere"),
        (asks("look", colour="hunter2"), "run.refused", "look", "unknown parameter 'colour'"),
        (asks("look", line=["hunter2"]), "run.refused", "look", "parameter 'line'"),
        (asks("enter", password="hunter2"), "run.refused", "enter", "parameter 'password'"),
        (makes(password="hunter2"), "schedule.refused", "often", "parameter 'password'"),
    ],
)
def test_it_is_recorded_once_with_its_reason(
    netpulse: NetPulse, ask: Ask, action: str, thing: str, reason: str
) -> None:
    with pytest.raises(NetPulseError):
        ask(netpulse)
    (record,) = refusals(netpulse)
    assert (record.actor, record.action, record.object) == (ANN.name, action, thing)
    assert reason in record.body["reason"]
    assert "hunter2" not in repr(record)
    assert netpulse.runs() == []


def test_a_run_that_may_not_be_asked_for_again_is_found_by_that_run(netpulse: NetPulse) -> None:
    run = ended(netpulse, RunRequest(runbook="touch", target="*"), ENDS | {"leaf2": Outcome.IN_DOUBT})
    with pytest.raises(NetPulseError, match="in doubt"):
        netpulse.rerun(RerunRequest(run="last"), ANN)
    with pytest.raises(NotFound):
        netpulse.rerun(RerunRequest(run=run, devices=("leaf9",)), ANN)
    with pytest.raises(NotPermitted):
        netpulse.rerun(RerunRequest(run=run, devices=("leaf1",)), Caller(name="eve", role="viewer"))
    (*_, again, doubt) = refusals(netpulse)
    assert [one.action for one in refusals(netpulse)] == ["access.refused", "run.refused", "run.refused"]
    assert (doubt.object, again.object, doubt.actor) == (run, run, ANN.name)
    assert ("leaf2: in doubt" in doubt.body["reason"], "leaf9" in again.body["reason"]) == (True, True)


def test_a_key_used_for_another_request_is_on_record(netpulse: NetPulse) -> None:
    netpulse.submit(RunRequest(runbook="look", target="leaf1", idempotency_key="k"), ANN)
    with pytest.raises(InvalidParameters, match="was used for another request"):
        netpulse.submit(RunRequest(runbook="look", target="leaf2", idempotency_key="k"), ANN)
    assert len(refusals(netpulse)) == 1


@pytest.mark.parametrize("odd", ["x" * 100_000, "a\0b", "a\ud800b"])
def test_what_was_asked_for_is_kept_as_far_as_a_record_can(netpulse: NetPulse, odd: str) -> None:
    with pytest.raises(NotFound):
        netpulse.submit(RunRequest(runbook=odd, target=odd), ANN)
    (record,) = refusals(netpulse)
    assert all(len(text) <= LONGEST + 10 for text in (record.object, *record.body.values()))
    assert netpulse.ledger.audit.verify().problems == ()
