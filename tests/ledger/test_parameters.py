"""Parameters with secrets in them: marks where they are shown, all of them where they are needed, or why not."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from netpulse_core.configs.marking import shown
from netpulse_core.configs.redacting import Marks
from netpulse_core.errors import Refused
from netpulse_core.ledger.definitions import definition_of, digest_of, with_parameters
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.scheduletables import schedules
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.tables import runs
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Conclusion, RunRequest
from netpulse_core.model.schedule import Schedule
from tests.ledger.work import OK, Worker, accepted, on, pass_time

SECRET = "hunter2hunter2"
GIVEN = {"lines": [f"enable secret 0 {SECRET}", "hostname leaf1"]}
PLAIN = {"lines": ["hostname leaf1"]}
NIGHTLY = Schedule(
    name="nightly", request=RunRequest(runbook="send_config", target="all", parameters=GIVEN), every=60.0
)

masked = partial(shown, mark=Marks(b"the site's"))


def opened(url: str, keys: StoreKeys) -> Any:
    return closing(Ledger(url, pepper=b"pepper", store=keys, shown=masked))


@pytest.fixture
def keys(tmp_path: Path) -> StoreKeys:
    return StoreKeys(file=tmp_path / "state" / "store.keys", makes=True)


@pytest.fixture
def ledger(ledger_url: str, keys: StoreKeys) -> Iterator[Ledger]:
    with opened(ledger_url, keys) as ledger:
        yield ledger


@pytest.fixture
def keyless(ledger_url: str, ledger: Ledger) -> Iterator[Ledger]:
    """The same ledger, in a process that was given no key."""
    with opened(ledger_url, StoreKeys()) as other:
        yield other


def test_a_run_is_kept_with_marks_and_claimed_with_its_secrets(ledger: Ledger) -> None:
    run = accepted(ledger, "leaf1", "leaf2", parameters=GIVEN)
    assert ledger.runs.get(run).parameters == masked(GIVEN) != GIVEN
    with ledger.database.read() as connection:
        assert SECRET not in repr(connection.execute(select(runs)).one())
    first, second = Worker(ledger, owns=["leaf1", "leaf2"]).claim()
    assert first.parameters == second.parameters == GIVEN == ledger.runs.parameters(run)
    assert (first.sealed, first.unopened) == (True, "")
    assert first.parameters is not second.parameters


def test_what_holds_no_secret_needs_no_key(keyless: Ledger) -> None:
    accepted(keyless, "leaf1", parameters=PLAIN)
    claim = Worker(keyless, owns=["leaf1"]).claim_one()
    assert (claim.parameters, claim.sealed) == (PLAIN, False)


def test_without_a_key_a_secret_is_refused_and_nothing_is_recorded(keyless: Ledger) -> None:
    with pytest.raises(Refused, match="lines: what looks like a secret stands there, and there is no key") as refused:
        accepted(keyless, "leaf1", parameters=GIVEN)
    assert "store_keys_file" in refused.value.hint
    assert SECRET not in f"{refused.value} {refused.value.hint}"
    assert keyless.runs.latest() is None
    with pytest.raises(Refused):
        keyless.schedules.make(NIGHTLY, "ann")
    assert keyless.schedules.all() == []


def test_a_worker_without_the_key_claims_nothing_to_send(ledger: Ledger, keyless: Ledger) -> None:
    accepted(ledger, "leaf1", parameters=GIVEN)
    claim = Worker(keyless, owns=["leaf1"]).claim_one()
    assert claim.parameters == {}
    assert "is under the key" in claim.unopened
    assert SECRET not in repr(claim)


def test_a_doubt_is_looked_into_with_all_that_was_asked_for(ledger: Ledger, keyless: Ledger) -> None:
    accepted(ledger, "leaf1", parameters=GIVEN, changes=True)
    worker = Worker(ledger, owns=["leaf1"])
    claim = worker.claim_one()
    ledger.claims.cross(claim, worker.name, on())
    worker.conclude(claim, Conclusion(outcome=Outcome.IN_DOUBT))
    (doubt,) = keyless.reconciling.claim(worker.name, 1)
    assert doubt.parameters == {}
    assert "is under the key" in doubt.unopened
    pass_time(ledger, 1000.0)
    ledger.nodes.join("n2", name="n2", revision="r1", slots=1, fifo_only=False)
    (doubt,) = ledger.reconciling.claim("n2", 1)
    assert (doubt.parameters, doubt.unopened) == (GIVEN, "")


def test_an_envelope_opens_in_its_own_run_alone(ledger: Ledger) -> None:
    first, second = (accepted(ledger, "leaf1", parameters=GIVEN) for _ in range(2))
    with ledger.database.write() as connection:
        row = connection.execute(select(runs.c.wrapped, runs.c.sealed).where(runs.c.id == first)).one()
        connection.execute(update(runs).where(runs.c.id == second).values(wrapped=row.wrapped, sealed=row.sealed))
    assert ledger.runs.parameters(first) == GIVEN
    with pytest.raises(Refused, match=f"what run {second} was given does not open"):
        ledger.runs.parameters(second)


def test_a_new_key_opens_what_was_sealed_and_the_old_one_is_needed_no_more(
    ledger: Ledger, ledger_url: str, keys: StoreKeys, tmp_path: Path
) -> None:
    run = accepted(ledger, "leaf1", parameters=GIVEN)
    ledger.schedules.make(NIGHTLY, "ann")
    ledger.secrets.rewrap(by="ann", fresh=True)
    new, old = ledger.secrets.keys().values()
    assert (new.wraps["parameters"], old.needed) == (2, False)
    file = tmp_path / "state" / "store.keys"
    file.write_text(file.read_text().splitlines()[0])
    with opened(ledger_url, StoreKeys(file=file)) as later:
        assert later.runs.parameters(run) == GIVEN
        assert later.schedules.one("nightly").schedule == NIGHTLY


def test_a_schedule_is_kept_with_marks_and_fires_what_it_was_given(ledger: Ledger) -> None:
    made = ledger.schedules.make(NIGHTLY, "ann")
    assert made.schedule == NIGHTLY
    with ledger.database.read() as connection:
        assert SECRET not in repr(connection.execute(select(schedules)).one())
    other = Schedule(
        name="nightly", request=RunRequest(runbook="send_config", target="all", parameters=PLAIN), every=60.0
    )
    changed = ledger.schedules.replace(other, "ann")
    assert (changed.schedule, changed.digest == made.digest) == (other, False)
    back = ledger.schedules.replace(NIGHTLY, "ann")
    assert (back.schedule, back.digest) == (NIGHTLY, made.digest)


def test_a_schedule_of_a_file_is_known_without_a_key_and_whole_once_there_is_one(
    keyless: Ledger, ledger: Ledger
) -> None:
    (known,) = keyless.schedules.know([NIGHTLY])
    assert known.schedule.request.parameters == masked(GIVEN)
    assert "there was no key to seal them with" in known.unopened
    (later,) = ledger.schedules.know([NIGHTLY])
    assert (later.schedule, later.unopened) == (NIGHTLY, "")
    assert (later.anchor, later.digest) == (known.anchor, known.digest)


def test_a_schedule_whose_key_is_gone_is_sealed_anew_from_its_file(ledger: Ledger, ledger_url: str) -> None:
    (known,) = ledger.schedules.know([NIGHTLY])
    with opened(ledger_url, StoreKeys("11" * 32)) as other:
        assert "is under the key" in other.schedules.one("nightly").unopened
        (again,) = other.schedules.know([NIGHTLY])
        assert (again.schedule, again.unopened, again.anchor) == (NIGHTLY, "", known.anchor)


def test_a_schedule_of_the_api_whose_key_is_gone_is_given_its_parameters_again(ledger: Ledger, ledger_url: str) -> None:
    made = ledger.schedules.make(NIGHTLY, "ann")
    with opened(ledger_url, StoreKeys("11" * 32)) as other:
        assert "give this process the one that is missing" in other.schedules.one("nightly").unopened
        again = other.schedules.replace(NIGHTLY, "ann")
        assert (again.schedule, again.unopened, again.anchor) == (NIGHTLY, "", made.anchor)


def test_a_mask_in_a_file_that_is_repaired_is_repaired_in_the_ledger(ledger: Ledger) -> None:
    shown_once = with_parameters(NIGHTLY, masked(GIVEN))
    assert ledger.schedules.know([shown_once])[0].schedule == shown_once
    assert ledger.schedules.know([NIGHTLY])[0].schedule == NIGHTLY


def test_schedules_of_before_are_sealed_and_go_on_counting(ledger: Ledger) -> None:
    made = Schedule(name="made", request=NIGHTLY.request, every=3600.0)
    ledger.schedules.make(made, "ann")
    ledger.schedules.know([NIGHTLY])
    for schedule in (made, NIGHTLY):  # as they were written before there was a seal
        plain = {"definition": definition_of(schedule), "digest": digest_of(schedule), "anchor": 1000.0}
        plain |= dict.fromkeys(("shown", "key_id", "wrapped", "sealed"))
        with ledger.database.write() as connection:
            connection.execute(update(schedules).where(schedules.c.name == schedule.name).values(plain))
    assert [status.schedule for status in ledger.schedules.all()] == [made, NIGHTLY]
    before = len(ledger.audit.page())
    ledger.schedules.seal()
    assert ledger.schedules.know([NIGHTLY]) == ledger.schedules.all()
    known = ledger.schedules.all()
    assert [(one.schedule, one.anchor, one.digest) for one in known] == [
        (one, 1000.0, ledger.schedules.digest(one)) for one in (made, NIGHTLY)
    ]
    with ledger.database.read() as connection:
        assert SECRET not in repr(connection.execute(select(schedules)).all())
    assert len(ledger.audit.page()) == before


def test_an_envelope_opens_beside_its_own_definition_alone(ledger: Ledger) -> None:
    before = ledger.schedules.make(NIGHTLY, "ann")
    with ledger.database.read() as connection:
        old = connection.execute(select(schedules.c.wrapped, schedules.c.sealed)).mappings().one()
    other = {"lines": ["enable secret 0 another-secret"]}
    changed = Schedule(
        name="nightly", request=RunRequest(runbook="send_config", target="all", parameters=other), every=60.0
    )
    assert ledger.schedules.replace(changed, "ann").digest != before.digest
    with ledger.database.write() as connection:
        connection.execute(update(schedules).values(**old))
    status = ledger.schedules.one("nightly")
    assert "does not open" in status.unopened
    assert status.schedule.request.parameters == masked(other)


def test_a_program_that_knows_no_seal_finds_nothing_to_send(ledger: Ledger) -> None:
    accepted(ledger, "leaf1", parameters=GIVEN)
    ledger.schedules.make(NIGHTLY, "ann")
    with ledger.database.read() as connection:
        assert connection.scalar(select(runs.c.parameters)) == {}
        assert connection.scalars(select(schedules.c.definition)).one()["request"]["parameters"] == {}


def test_what_was_kept_before_is_shown_with_marks_and_claimed_as_it_is(ledger: Ledger) -> None:
    run = accepted(ledger, "leaf1", parameters=PLAIN)
    with ledger.database.write() as connection:
        connection.execute(update(runs).values(parameters=GIVEN, key_id=None))
    assert ledger.runs.get(run).parameters == masked(GIVEN)
    worker = Worker(ledger, owns=["leaf1"])
    claim = worker.claim_one()
    assert claim.parameters == GIVEN
    worker.conclude(claim, OK)
