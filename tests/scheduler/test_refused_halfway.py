"""A due time whose run is refused when it is half written."""

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.errors import NotFound
from netpulse_core.model.run import NewRun
from netpulse_core.model.schedule import Due, Fire, FireState
from tests.ledger.work import run_of
from tests.scheduler.conftest import Open
from tests.scheduler.test_policies import BOTH, READ, Told


@pytest.fixture
def netpulse(request: pytest.FixtureRequest, opened: Open) -> NetPulse:
    server = request.param == "postgresql"
    return opened(str(request.getfixturevalue("postgres_url")) if server else "")


@BOTH
def test_a_due_time_whose_file_went_meanwhile_leaves_no_run_and_the_next_one_is_fired(netpulse: NetPulse) -> None:
    told, ledger = Told(netpulse, READ), netpulse.ledger

    def fire(seconds: float, new: NewRun) -> Fire | None:
        due = Due(schedule=READ, digest=told.status.digest, due_at=told.anchor + seconds, after=told.again().after)
        return ledger.fires.fire(due, lambda connection: ledger.runs.accept_within(connection, new))

    new = run_of("leaf1", caller=READ.caller, files=("0" * 64,), override_window="INC-1")
    fire(60, new)
    assert netpulse.runs() == []
    with pytest.raises(NotFound):
        ledger.runs.get(new.id)
    assert [record.action for record in ledger.audit.page(limit=2)] == ["run.refused", "schedule.added"]
    fire(120, run_of("leaf1", caller=READ.caller))
    assert told.became() == [(60, FireState.REFUSED), (120, FireState.FIRED)]
    assert ledger.audit.verify().problems == ()
