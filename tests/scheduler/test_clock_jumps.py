"""A ledger's clock that was ahead and is set back silences no schedule, and fires nothing twice."""

import logging

import pytest
from sqlalchemy import update

from netpulse_core.controller.scheduling import Scheduling
from netpulse_core.ledger.scheduletables import schedules
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.run import RunRequest
from netpulse_core.model.schedule import FireState, Overlap, Schedule
from netpulse_core.scheduler.ticker import Ticker
from tests.scheduler.conftest import Open

REQUEST = RunRequest(runbook="send_commands", target="role=leaf", parameters={"commands": ["show version"]})
MINUTES = Schedule(name="minutes", request=REQUEST, every=60.0, overlap=Overlap.ALLOW)
MONTH = 30 * 86_400.0
BOTH = pytest.mark.parametrize(
    "ledger", ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers("postgresql"))]
)


@BOTH
def test_a_clock_that_was_ahead_for_a_while_silences_no_schedule(
    opened: Open, ledger: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    netpulse = opened(str(request.getfixturevalue("postgres_url")) if ledger == "postgresql" else "")
    (status,) = netpulse.ledger.schedules.know([MINUTES])
    anchor, ticker = status.anchor, Ticker(netpulse, [MINUTES])

    def due() -> list[float]:
        return sorted(fire.due_at - anchor for fire in netpulse.ledger.fires.page("minutes"))

    ticker.tick(anchor + MONTH)
    with caplog.at_level(logging.ERROR):
        ticker.tick(anchor + 130)
    assert "schedule minutes counts from now: the ledger's clock was set back" in caplog.text
    assert due() == [MONTH], "what passed meanwhile is behind it"
    shown = Scheduling(netpulse)
    assert shown.one("minutes", LOCAL).next_due == anchor + 180
    assert shown.ahead("minutes", LOCAL, 1).upcoming[0].due_at == anchor + 180
    ticker.tick(anchor + 180)
    assert due() == [180, MONTH]
    ticker.tick(anchor + MONTH)
    ticker.tick(anchor + MONTH + 60)
    assert due() == [180, MONTH, MONTH + 60], "the due time that was fired ahead of its time is not fired twice"
    assert caplog.text.count("counts from now") == 1


@pytest.mark.parametrize("counted", ["passed", "anchor"])
def test_whatever_a_schedule_counts_from_may_lie_ahead(opened: Open, counted: str) -> None:
    netpulse = opened()
    (status,) = netpulse.ledger.schedules.know([MINUTES])
    with netpulse.ledger.database.write() as connection:
        connection.execute(update(schedules).values({counted: status.anchor + MONTH}))
    ticker = Ticker(netpulse, [MINUTES])
    ticker.tick(status.anchor + 5)
    ticker.tick(status.anchor + 70)
    assert [fire.state for fire in netpulse.ledger.fires.page("minutes")] == [FireState.FIRED]


def test_a_process_that_stood_still_sets_nothing_back(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    netpulse = opened()
    (status,) = netpulse.ledger.schedules.know([MINUTES])
    Ticker(netpulse, [MINUTES]).tick(status.anchor - 3600)  # what it read of the clock an hour ago
    assert netpulse.ledger.schedules.one("minutes").anchor == status.anchor
    assert not caplog.records
