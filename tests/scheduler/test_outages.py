"""An outage is no answer: a due time that one meets is fired once the ledger answers, and only a limit refuses it."""

from pathlib import Path

from sqlalchemy import text

from netpulse_core.controller import NetPulse
from netpulse_core.model.run import RunRequest
from netpulse_core.model.schedule import FireState, Overlap, Schedule
from netpulse_core.scheduler.ticker import LOOK_SOON, Ticker
from netpulse_core.settings import Settings
from tests.scheduler.conftest import Open

CHANGES = RunRequest(runbook="send_config", target="role=leaf", parameters={"lines": ["banner motd x"]})
CHANGE = Schedule(name="change", request=CHANGES, every=3600.0, overlap=Overlap.ALLOW)


def became(netpulse: NetPulse) -> list[FireState]:
    return [fire.state for fire in netpulse.ledger.fires.page("change")]


def test_a_due_time_that_an_outage_meets_is_fired_once_the_ledger_answers(opened: Open) -> None:
    netpulse = opened()
    (status,) = netpulse.ledger.schedules.know([CHANGE])
    ticker = Ticker(netpulse, [CHANGE])
    with netpulse.ledger.database.write() as connection:
        connection.execute(text("ALTER TABLE jobs RENAME TO jobs_away"))  # read while a change is prepared
    ticker.tick(status.anchor + 3600)  # the ledger answers again, so that others are looked at
    assert became(netpulse) == []
    with netpulse.ledger.database.write() as connection:
        connection.execute(text("ALTER TABLE jobs_away RENAME TO jobs"))
    ticker.tick(status.anchor + 3600 + LOOK_SOON)
    assert became(netpulse) == [FireState.FIRED]
    assert not netpulse.ledger.audit.page(action="run.refused")


def test_a_due_time_is_refused_where_as_many_jobs_wait_as_may(site: Path) -> None:
    with NetPulse.open(Settings(site=site, max_jobs=1)) as netpulse:
        (status,) = netpulse.ledger.schedules.know([CHANGE])
        Ticker(netpulse, [CHANGE]).tick(status.anchor + 3600)
        assert became(netpulse) == [FireState.REFUSED]
