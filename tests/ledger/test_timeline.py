"""A failover of PostgreSQL that may have lost commits: nothing is pushed again, and nobody has to be quicker for it."""

from contextlib import closing, suppress

import psycopg
import pytest
from sqlalchemy import select, update

from netpulse_core.errors import Conflict, ServiceError
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.timelinetables import timelines
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Conclusion
from tests.ledger.work import Worker, accepted, on
from tests.servers.postgres import USER, PostgresServer
from tests.servers.standby import Pair

CHANGED = Conclusion(outcome=Outcome.CHANGED)


@pytest.fixture
def pair(postgres_pair: Pair) -> Pair:
    """Two servers with an upgraded, empty ledger."""
    with closing(Ledger(postgres_pair.url)) as ledger:
        ledger.upgrade()
    return postgres_pair


def audited(ledger: Ledger) -> list[tuple[str, str]]:
    return [(record.actor, record.action) for record in ledger.audit.page(limit=3)]


@pytest.mark.thorough
def test_what_was_pushed_in_the_lost_past_is_not_pushed_again(pair: Pair) -> None:
    with closing(Ledger(pair.url)) as ledger:
        worker = Worker(ledger, owns=["d1", "d2"])
        change, reading = accepted(ledger, "d1", changes=True), accepted(ledger, "d2")
        pair.part()
        claim = next(one for one in worker.claim() if one.run == change)
        ledger.claims.cross(claim, worker.name, on("vty 3"))
        worker.conclude(claim, CHANGED)
        assert ledger.jobs.one(change, "d1").outcome == Outcome.CHANGED
        pair.fail_over()
        assert ledger.jobs.one(change, "d1").state == "queued"  # which is what the standby knows
        assert worker.claim() == []  # its life ended
        found = ledger.jobs.one(change, "d1")
        assert (found.state, found.outcome) == ("in_doubt", "needs_operator")
        assert found.problem is not None
        assert "PostgreSQL failed over, from timeline 1 to 2" in found.problem.message
        assert "a worker may still be at it, for 60 s at most" in found.problem.message
        assert ("netpulse", "ledger.restored") in audited(ledger)
        with pytest.raises(Conflict):
            ledger.claims.cross(claim, worker.name, on("vty 3"))
        heir = Worker(ledger, "n2", owns=["d1", "d2"])
        assert [one.run for one in heir.claim()] == [reading]
        after = accepted(ledger, "d3", changes=True)
        assert ledger.jobs.one(after, "d3").state == "queued"
    with closing(Ledger(pair.url)) as later:  # once is enough
        accepted(later, "d4")
        assert later.jobs.one(after, "d3").state == "queued"


@pytest.mark.thorough
def test_standbys_that_have_every_commit_leave_nothing_in_doubt(pair: Pair) -> None:
    with closing(Ledger(pair.url, standbys_have_all=True)) as ledger:
        worker = Worker(ledger, owns=["d1"])
        change = accepted(ledger, "d1", changes=True)
        claim = worker.push()
        pair.part()
        pair.fail_over()
        worker.conclude(claim, CHANGED)
        assert ledger.jobs.one(change, "d1").outcome == Outcome.CHANGED
        assert audited(ledger)[0] == ("netpulse", "ledger.failed_over")


@pytest.mark.thorough
def test_a_primary_that_was_left_is_not_written_to_again(pair: Pair) -> None:
    with closing(Ledger(pair.url)) as ledger:
        worker = Worker(ledger, owns=["d1"])
        pair.part()
        pair.fail_over()
        change = accepted(ledger, "d1", changes=True)
        pair.standby.stop()
        pair.primary.start()
        with pytest.raises(ServiceError, match="from timeline 2 to 1, which was left") as left:
            worker.claim()
        assert "stop it" in left.value.hint
        pair.primary.stop()
        pair.standby.start()
        assert Worker(ledger, "n2", owns=["d1"]).claim_one().run == change


@pytest.mark.thorough
def test_of_two_primaries_the_one_that_was_left_is_written_to_by_no_connection(pair: Pair) -> None:
    with closing(Ledger(pair.url)) as ledger:
        pair.part()
        pair.fail_over()
        change = accepted(ledger, "d1", changes=True)
        pair.primary.start()  # whose address comes first: whoever connects anew is led there
        with ledger.database.write(), pytest.raises(ServiceError, match="which was left"):
            accepted(ledger, "d1", changes=True)  # while the one good connection is in use
        done = []
        for _ in range(6):
            with suppress(ServiceError):
                done.append(accepted(ledger, "d2"))
        assert done  # what is connected well goes on
    with closing(Ledger(pair.standby.url(pair.name))) as here:
        heir = Worker(here, "n2", owns=["d1"])
        claim = heir.claim_one()
        assert claim.run == change
        here.claims.cross(claim, heir.name, on("vty 3"))
    with closing(Ledger(pair.primary.url(pair.name))) as left:
        assert left.runs.page() == []


@pytest.mark.thorough
def test_a_standby_is_no_ledger(pair: Pair) -> None:
    url = pair.standby.url(pair.name)
    with closing(Ledger(url)) as ledger, pytest.raises(ServiceError, match="is a standby, which takes no writes"):
        ledger.runs.page()


def test_no_change_begins_where_a_pooler_led_to_another_server_unseen(postgres_ledger_url: str) -> None:
    with closing(Ledger(postgres_ledger_url)) as ledger:
        worker = Worker(ledger, owns=["d1"])
        run = accepted(ledger, "d1", changes=True)
        claim = worker.claim_one()
        with ledger.database.write() as connection:  # what was copied says where it was written
            system, _, table = connection.scalars(select(timelines.c.name)).one().split("/")
            connection.execute(update(timelines).values(name=f"{system}/00000000/{table}"))
        with pytest.raises(ServiceError, match="PostgreSQL has failed over"):
            ledger.claims.cross(claim, worker.name, on("vty 3"))
        assert ledger.jobs.one(run, "d1").state == "running"
        worker.conclude(claim, CHANGED)
        assert ledger.jobs.one(run, "d1").state == "in_doubt"


def test_a_worker_learns_of_it_by_its_heartbeat(postgres_ledger_url: str) -> None:
    with closing(Ledger(postgres_ledger_url)) as ledger:
        worker = Worker(ledger, owns=["d1"])
        with ledger.database.write() as connection:
            connection.execute(update(timelines).values(name="1/00000001/1"))
        with pytest.raises(ServiceError, match="PostgreSQL has failed over"):
            ledger.nodes.heartbeat(worker.name, sessions=0)
        assert not ledger.nodes.heartbeat(worker.name, sessions=0)  # its life ended with that history


def test_a_server_that_keeps_its_timeline_to_itself_is_told_of_and_used(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    postgres_server.start()
    name = postgres_server.create()
    with psycopg.connect(f"host=127.0.0.1 port={postgres_server.port} user={USER} dbname={name}") as owner:
        owner.execute("DROP ROLE IF EXISTS hosted")
        owner.execute("CREATE ROLE hosted LOGIN")
        owner.execute("GRANT ALL ON SCHEMA public TO hosted")
        owner.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    with closing(Ledger(postgres_server.url(name).replace(f"{USER}@", "hosted@"))) as ledger:
        ledger.upgrade()
        worker = Worker(ledger, owns=["d1"])
        run = accepted(ledger, "d1", changes=True)
        worker.conclude(worker.push(), CHANGED)
        assert ledger.jobs.one(run, "d1").outcome == Outcome.CHANGED
    assert caplog.text.count("`netpulse ledger restored` is up to you") == 1
    postgres_server.drop(name)


@pytest.mark.thorough
def test_a_process_that_stays_settles_it_also_by_reading(pair: Pair) -> None:
    with closing(Ledger(pair.url)) as ledger:
        ledger.follow()
        change = accepted(ledger, "d1", changes=True)
        pair.part()
        pair.fail_over()
        assert ledger.jobs.one(change, "d1").state == "in_doubt"
        assert audited(ledger)[0] == ("netpulse", "ledger.restored")
        accepted(ledger, "d2")
        assert [action for _, action in audited(ledger)].count("ledger.restored") == 1
        pair.standby.stop()
        pair.primary.start()  # which was left: nobody writes there, and reads do not break by it
        assert ledger.jobs.one(change, "d1").state == "queued"
        with pytest.raises(ServiceError, match="which was left"):
            accepted(ledger, "d2")
