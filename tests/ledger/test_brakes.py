"""When a credential is braked, and that only a person lets go of it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import update

from netpulse_core.errors import NotFound
from netpulse_core.ledger.brakes import WITHIN, Credential
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.logintables import refusals

NETOPS, OTHER = Credential("abc123", "netops"), Credential("def456", "netops")


def refuse(ledger: Ledger, *devices: str) -> None:
    for device in devices:
        ledger.brakes.refused(NETOPS, f"key of {device}", device)


def test_three_devices_brake_it(ledger: Ledger) -> None:
    refuse(ledger, "leaf1", "leaf2", "leaf2", "leaf1")
    assert ledger.brakes.ask(NETOPS) is None, "two devices are two, however often they refuse"
    refuse(ledger, "leaf3")
    stop = ledger.brakes.ask(NETOPS)
    assert stop is not None
    assert "'netops' (abc123) is held: " in stop.reason
    assert "leaf1" in stop.reason
    assert stop.hint.endswith("netpulse brakes release abc123")
    assert ledger.brakes.ask(OTHER) is None
    (brake,) = ledger.brakes.all()
    assert (brake.id, brake.user, sorted(brake.devices)) == ("abc123", "netops", ["leaf1", "leaf2", "leaf3"])
    (record,) = [one for one in ledger.audit.page() if one.action == "brake.set"]
    assert record.object == "abc123"


def test_two_names_of_one_box_are_one_device(ledger: Ledger) -> None:
    for name in ("a", "b", "c"):
        ledger.brakes.refused(NETOPS, "one box", name)
    assert ledger.brakes.ask(NETOPS) is None


def test_a_success_between_counts_from_nothing(ledger: Ledger) -> None:
    refuse(ledger, "leaf1", "leaf2")
    ledger.brakes.worked(NETOPS)
    refuse(ledger, "leaf3")
    assert ledger.brakes.ask(NETOPS) is None
    assert ledger.standing.of([], [NETOPS.id]).refused == {NETOPS.id}


def test_refusals_of_more_than_a_minute_ago_do_not_count(ledger: Ledger) -> None:
    refuse(ledger, "leaf1", "leaf2")
    with ledger.database.write() as connection:
        connection.execute(update(refusals).values(at=refusals.c.at - WITHIN - 1))
    refuse(ledger, "leaf3")
    assert ledger.brakes.ask(NETOPS) is None


def test_a_success_does_not_let_go_of_a_brake_and_a_person_does(ledger: Ledger) -> None:
    refuse(ledger, "leaf1", "leaf2", "leaf3")
    ledger.brakes.worked(NETOPS)
    assert ledger.brakes.ask(NETOPS) is not None
    assert ledger.standing.all().braked == {NETOPS.id}
    with pytest.raises(NotFound):
        ledger.brakes.release("nothing", by="ann")
    ledger.brakes.release(NETOPS.id, by="ann")
    assert ledger.brakes.ask(NETOPS) is None
    refuse(ledger, "leaf1", "leaf2")
    assert ledger.brakes.ask(NETOPS) is None
    (record,) = [one for one in ledger.audit.page() if one.action == "brake.released"]
    assert (record.actor, record.object) == ("ann", NETOPS.id)


def test_refusals_on_several_nodes_at_once_are_all_counted(ledger: Ledger, ledger_url: str) -> None:
    def refused(number: int) -> None:
        with closing(Ledger(ledger_url)) as own:
            own.brakes.refused(NETOPS, f"key {number}", f"leaf{number}")

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(refused, range(3)))
    assert ledger.brakes.ask(NETOPS) is not None
