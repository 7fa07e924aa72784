"""A target that was written when its values had devices means those that are left; what is asked anew is refused."""

from pathlib import Path

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.controller.scheduling import Scheduling
from netpulse_core.errors import InvalidParameters, Refused
from netpulse_core.model.caller import Caller, Scope
from netpulse_core.model.run import RunRequest
from netpulse_core.model.schedule import Due, FireState, Schedule
from tests.controller.conftest import Open
from tests.controller.test_controller import ANN, reopened

HOSTS = """
ams1: {hostname: 192.0.2.1, platform: cisco_ios, data: {site: ams}}
lon1: {hostname: 192.0.2.2, platform: cisco_ios, data: {site: lon}}
"""
FRA = "fra1: {hostname: 192.0.2.3, platform: cisco_ios, data: {site: fra}}\n"
NORA = Caller(name="nora", role="engineer", scope=Scope(target="site=ams"))
BOTH, OTHERS = "site=[ams,fra]", "site=[lon,fra]"
NIGHTLY = Schedule(name="nightly", request=RunRequest(runbook="look", target=BOTH), every=60)
TOUCHING = Schedule(name="touching", request=RunRequest(runbook="look", target="site=ams | site=fra"), every=60)


@pytest.fixture
def left(opened: Open, site: Path) -> NetPulse:
    """The site after its only device in fra has left, with what was written before."""
    hosts = site / "inventory" / "hosts.yaml"
    hosts.write_text(HOSTS + FRA)
    before = opened()
    before.freezing.begin(ANN, BOTH, "both")
    before.freezing.begin(ANN, OTHERS, "others")
    before.ledger.schedules.know([NIGHTLY, TOUCHING])
    hosts.write_text(HOSTS)
    return reopened(opened, before)


def test_a_narrowed_key_still_sees_its_own(left: NetPulse) -> None:
    for target in (BOTH, "site=ams | site=fra"):
        assert [device.name for device in left.access.select(NORA, target)] == ["ams1"]
    assert left.access.select(NORA, "ams1 | (ams1 & site=lon)") == left.access.select(NORA, "ams1 | (ams1 & site=x)")
    assert {one.name for one in Scheduling(left).seen(NORA)} == {"nightly", "touching"}


def test_a_freeze_is_told_as_far_as_it_reaches(left: NetPulse) -> None:
    assert {freeze.reason: freeze.target for freeze in left.freezing.seen(NORA)} == {"both": BOTH}


def test_a_stored_schedule_runs_on_what_is_left_and_says_so(left: NetPulse, caplog: pytest.LogCaptureFixture) -> None:
    known = {status.name: status for status in left.ledger.schedules.all()}
    for schedule in (NIGHTLY, TOUCHING):
        fire = left.firing.fire(Due(schedule=schedule, digest=known[schedule.name].digest, due_at=1.0))
        assert fire is not None
        assert fire.state is FireState.FIRED
        assert [job.device for job in left.jobs("last")] == ["ams1"]
        assert "no device has site=fra" in caplog.text
        caplog.clear()
    assert Scheduling(left).run_now("nightly", ANN).devices == 1


def test_a_pattern_that_spares_devices_to_come_narrows_what_is_kept(opened: Open, site: Path) -> None:
    (site / "inventory" / "hosts.yaml").write_text(HOSTS)
    netpulse = opened()
    lab = Caller(name="lab", role="engineer", scope=Scope(target="* & !lab-*"))
    assert netpulse.access.within(lab) == {"ams1", "lon1"}
    nightly = Schedule(name="nightly", request=RunRequest(runbook="look", target="site!=l?b"), every=60)
    [known] = netpulse.ledger.schedules.know([nightly])
    fire = netpulse.firing.fire(Due(schedule=nightly, digest=known.digest, due_at=1.0))
    assert fire is not None
    assert fire.state is FireState.FIRED
    assert [job.device for job in netpulse.jobs("last")] == ["ams1", "lon1"]
    with pytest.raises(InvalidParameters, match="spare none"):
        netpulse.submit(RunRequest(runbook="look", target="site!=l?b"), ANN)


def test_what_is_asked_or_written_now_is_refused(left: NetPulse) -> None:
    with pytest.raises(Refused, match="no device has site=fra"):
        left.submit(RunRequest(runbook="look", target=BOTH), ANN)
    with pytest.raises(Refused, match="no device has site=fra"):
        left.freezing.begin(ANN, BOTH, "again")
    with pytest.raises(Refused, match="no device has site=fra"):
        left.keyring.create("otto", "engineer", ANN, scope=Scope(target=BOTH))
    with pytest.raises(Refused, match="no device has site=fra"):
        Scheduling(left).make("new", {"runbook": "look", "target": BOTH, "every": "1h"}, ANN)
