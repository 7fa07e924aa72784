"""What devices took and refused, remembered for every worker, and when a credential rests."""

import pytest
from sqlalchemy import select, update

from netpulse_core.ledger.brakes import REST, WITHIN, Credential
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.logintables import refusals, taken
from netpulse_core.ledger.taken import MOST_REFUSED
from netpulse_core.model.logins import Known, Sent, Taken

OLD = Taken(2, "secret:old", "netops", Sent("0ld", "0ld-whole"))
NEW = Taken(1, "secret:new", "netops", Sent("n3w", "n3w-whole"))
FRESH = Credential("n3w", "netops")


def test_what_was_taken_last_is_known_and_what_was_refused_until_it_is_taken(ledger: Ledger) -> None:
    assert ledger.taken.known("leaf1", "ssh") == Known()
    ledger.taken.refused("leaf1", "ssh", "n3w", 7)
    assert ledger.taken.known("leaf1", "ssh").took is None
    ledger.taken.took("leaf1", "ssh", OLD)
    known = ledger.taken.known("leaf1", "ssh")
    assert (known.took, [(id, one.job) for id, one in known.refused.items()]) == ("secret:old", [("n3w", 7)])
    ledger.taken.refused("leaf1", "ssh", "n3w-whole", 8)
    ledger.taken.took("leaf1", "ssh", NEW)
    assert ledger.taken.known("leaf1", "ssh") == Known("secret:new")


def test_another_way_to_the_device_begins_with_what_one_has_shown(ledger: Ledger) -> None:
    ledger.taken.took("leaf1", "ssh", OLD)
    assert ledger.taken.known("leaf1", "netconf").took == "secret:old"
    ledger.taken.took("leaf1", "netconf", NEW)
    assert ledger.taken.known("leaf1", "netconf").took == "secret:new"
    assert ledger.taken.known("leaf1", "ssh").took == "secret:old"
    assert ledger.taken.known("leaf2", "ssh") == Known()


def test_what_one_way_was_refused_the_others_know(ledger: Ledger) -> None:
    ledger.taken.refused("leaf1", "ssh", "n3w", 7)
    ledger.taken.took("leaf1", "netconf", OLD)
    known = ledger.taken.known("leaf1", "ssh")
    assert (known.took, known.refused["n3w"].job) == ("secret:old", 7)
    other = ledger.taken.known("leaf1", "http")
    assert (other.took, list(other.refused)) == ("secret:old", ["n3w"])
    ledger.taken.refused("leaf1", "netconf", "n3w", 8)
    assert ledger.taken.known("leaf1", "ssh").refused["n3w"].job == 8


def test_only_another_one_than_before_is_audited_and_since_then_it_takes_it(ledger: Ledger) -> None:
    ledger.taken.took("leaf1", "ssh", OLD)
    ledger.taken.took("leaf1", "ssh", OLD)
    assert ledger.audit.page(action="credential.taken") == []
    (first,) = ledger.taken.all()
    assert (first.name, first.user, first.since <= first.at) == ("secret:old", "netops", True)
    ledger.taken.took("leaf1", "ssh", NEW)
    (record,) = ledger.audit.page(action="credential.taken")
    assert record.object == "leaf1"
    assert record.body == {"driver": "ssh", "user": "netops", "took": "secret:new", "instead_of": "secret:old"}
    (row,) = ledger.taken.all()
    assert row.since == row.at


def test_refusals_of_one_device_do_not_pile_up(ledger: Ledger) -> None:
    for number in range(MOST_REFUSED + 3):
        ledger.taken.refused("leaf1", "ssh", f"id{number}", None)
    assert len(ledger.taken.known("leaf1", "ssh").refused) == MOST_REFUSED
    assert f"id{MOST_REFUSED + 2}" in ledger.taken.known("leaf1", "ssh").refused


def test_no_more_than_names_and_fingerprints_is_kept(ledger: Ledger) -> None:
    ledger.taken.took("leaf1", "ssh", OLD)
    with ledger.database.read() as connection:
        row = connection.execute(select(taken)).mappings().one()
    assert set(row) == {"device", "driver", "name", "position", "user", "at", "since", "refused"}


def spare(ledger: Ledger, *devices: str, spared: bool = True) -> None:
    for device in devices:
        ledger.brakes.refused(FRESH, f"key of {device}", device, spared)


def test_refusals_of_devices_that_may_take_another_brake_nothing_and_let_it_rest(ledger: Ledger) -> None:
    spare(ledger, "leaf1", "leaf2")
    assert ledger.standing.all().resting == frozenset()
    spare(ledger, "leaf3", "leaf4")
    assert ledger.brakes.all() == []
    assert ledger.standing.all().resting == {FRESH.id}
    ledger.brakes.worked(FRESH)
    assert ledger.standing.all().resting == frozenset()


def test_a_rest_is_over_by_itself(ledger: Ledger) -> None:
    spare(ledger, "leaf1", "leaf2", "leaf3")
    with ledger.database.write() as connection:
        connection.execute(update(refusals).values(at=refusals.c.at - REST - 1))
    assert ledger.standing.all().resting == frozenset()


@pytest.mark.parametrize("devices", [("leaf1", "leaf2", "leaf3")])
def test_a_refusal_counts_once_the_device_took_nothing_else(ledger: Ledger, devices: tuple[str, ...]) -> None:
    spare(ledger, *devices)
    spare(ledger, *devices, spared=False)
    (brake,) = ledger.brakes.all()
    assert sorted(brake.devices) == sorted(devices)


def test_a_refusal_from_before_the_minute_counts_for_the_rest_and_not_for_the_brake(ledger: Ledger) -> None:
    spare(ledger, "leaf1", "leaf2", spared=False)
    with ledger.database.write() as connection:
        connection.execute(update(refusals).values(at=refusals.c.at - WITHIN - 1))
    spare(ledger, "leaf3", spared=False)
    assert ledger.brakes.all() == []
    assert ledger.standing.all().resting == {FRESH.id}
