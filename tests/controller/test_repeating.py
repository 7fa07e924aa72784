"""A run asked for once more: which devices, with what, and never where nobody knows what they hold."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.errors import InvalidParameters, NotFound, Refused
from netpulse_core.files import File, hashed
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Conclusion, RerunRequest, RunRequest
from tests.controller.conftest import HOSTS, Open
from tests.controller.test_controller import ANN, LOOK, join, reopened

ENDS = {"leaf1": Outcome.OK, "leaf2": Outcome.FAILED, "leaf3": Outcome.UNREACHABLE}


def ended(netpulse: NetPulse, request: RunRequest = LOOK, ends: Mapping[str, Outcome] = ENDS) -> str:
    """Ask for a run and let each device end as it is told to; return the run."""
    join(netpulse)
    run = netpulse.submit(request, ANN).run
    claims, _ = netpulse.ledger.claims.turn("n1", [], 100)
    done = [(claim, Conclusion(outcome=ends[claim.device])) for claim in claims if claim.device in ends]
    netpulse.ledger.claims.turn("n1", done, 0)
    return run


def devices(netpulse: NetPulse, run: str) -> list[str]:
    return [job.device for job in netpulse.jobs(run)]


def test_by_itself_it_is_the_devices_that_did_not_end_well(netpulse: NetPulse) -> None:
    asked = RunRequest(
        runbook="look", target="role=leaf", parameters={"line": "show version"}, priority=7, deadline=90.0
    )
    run = ended(netpulse, asked)
    accepted = netpulse.rerun(RerunRequest(run="last"), ANN)
    assert (accepted.devices, accepted.created) == (2, True)
    again = netpulse.get(accepted.run)
    assert (again.repeats, again.target) == (run, '"leaf2","leaf3"')
    assert (again.runbook, again.parameters, again.priority) == ("look", {"line": "show version"}, 7)
    assert again.deadline_at - again.accepted_at == pytest.approx(90.0)
    assert devices(netpulse, again.id) == ["leaf2", "leaf3"]
    assert [device.name for device in netpulse.preview(again.target)] == ["leaf2", "leaf3"]
    assert netpulse.get(run).repeats is None


def test_outcomes_devices_and_limits_may_be_said(opened: Open) -> None:
    netpulse = opened()
    run = ended(netpulse)
    asked = RerunRequest(run=run, outcomes=(Outcome.OK, Outcome.FAILED), priority=9, deadline=5.0)
    again = netpulse.get(netpulse.rerun(asked, ANN).run)
    assert (devices(netpulse, again.id), again.priority) == (["leaf1", "leaf2"], 9)
    assert again.deadline_at - again.accepted_at == pytest.approx(5.0)
    named = netpulse.rerun(RerunRequest(run=run, devices=("leaf3", "leaf1")), ANN)
    assert devices(netpulse, named.run) == ["leaf1", "leaf3"]


def test_under_one_key_it_is_one_run(netpulse: NetPulse) -> None:
    run = ended(netpulse)
    asked = RerunRequest(run=run, outcomes=(Outcome.FAILED, Outcome.UNREACHABLE), idempotency_key="k")
    first = netpulse.rerun(asked, ANN)
    again = netpulse.rerun(
        RerunRequest(run=run, outcomes=(Outcome.UNREACHABLE, Outcome.FAILED), idempotency_key="k"), ANN
    )
    assert (again.run, again.devices, again.created) == (first.run, 2, False)
    with pytest.raises(InvalidParameters, match=f"was used for another request, run {first.run}"):
        netpulse.rerun(RerunRequest(run=run, idempotency_key="k"), ANN)


def test_a_device_in_doubt_is_refused_and_the_others_may_be_named(opened: Open) -> None:
    netpulse = opened()
    run = ended(netpulse, RunRequest(runbook="touch", target="*"), ENDS | {"leaf2": Outcome.IN_DOUBT})
    for asked in (RerunRequest(run=run), RerunRequest(run=run, devices=("leaf2",))):
        with pytest.raises(Refused, match=f"leaf2: in doubt in run {run}") as refused:
            netpulse.rerun(asked, ANN)
        assert f"netpulse resolve {run} leaf2" in refused.value.hint
    assert len(netpulse.runs()) == 1
    again = netpulse.rerun(RerunRequest(run=run, outcomes=(Outcome.UNREACHABLE,)), ANN)
    assert devices(netpulse, again.run) == ["leaf3"]


def test_what_cannot_be_repeated_is_said(opened: Open, site: Path) -> None:
    netpulse = opened()
    run = ended(netpulse, ends={"leaf1": Outcome.OK, "leaf2": Outcome.FAILED})
    with pytest.raises(Refused, match="leaf3: not finished in run"):
        netpulse.rerun(RerunRequest(run=run, devices=("leaf3",)), ANN)
    with pytest.raises(Refused, match="ended with timed_out or rejected"):
        netpulse.rerun(RerunRequest(run=run, outcomes=(Outcome.TIMED_OUT, Outcome.REJECTED)), ANN)
    with pytest.raises(NotFound, match="no device 'leaf9' in this run"):
        netpulse.rerun(RerunRequest(run=run, devices=("leaf9",)), ANN)
    with pytest.raises(InvalidParameters, match="priority 12"):
        netpulse.rerun(RerunRequest(run=run, priority=12), ANN)
    (site / "inventory" / "hosts.yaml").write_text(HOSTS.replace("leaf2", "leaf9"))
    with pytest.raises(Refused, match="no device is named 'leaf2' any more"):
        reopened(opened, netpulse).rerun(RerunRequest(run=run), ANN)


@pytest.mark.thorough
def test_files_are_those_it_had(opened: Open, site: Path) -> None:
    mine = site / "plugins" / "mine.py"
    mine.write_text(
        mine.read_text().replace("import Queue", "import File, Queue")
        + '\n@runbook\ndef load(task: Task, image: File) -> None:\n    """Load."""\n'
    )
    netpulse = opened()
    for content in (b"first", b"second"):
        digest, size = hashed([content])
        netpulse.ledger.files.put(BytesIO(content), File(name="image.bin", sha256=digest, size=size), "ann")
        if content == b"first":
            run = ended(netpulse, RunRequest(runbook="load", target="*", parameters={"image": "image.bin"}))
    again = netpulse.rerun(RerunRequest(run=run), ANN).run
    assert netpulse.get(again).parameters == netpulse.get(run).parameters
    assert hashed([b"first"])[0] in str(netpulse.get(again).parameters)
