"""What an operator is told of a failover of PostgreSQL, with no other process of the site up."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.audit import AuditRecord
from tests.ledger.work import accepted
from tests.servers.standby import Pair

Said = Callable[..., Result]


@pytest.fixture
def failed_over(postgres_pair: Pair, said: Said, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Ledger, str]]:
    """A ledger whose primary is gone, in which nobody has written since, and a change that it calls queued."""
    with closing(Ledger(postgres_pair.url)) as ledger:
        ledger.upgrade()
        run = accepted(ledger, "d1", changes=True)
        postgres_pair.part()
        postgres_pair.fail_over()
        monkeypatch.setenv("NETPULSE_LEDGER", postgres_pair.url)
        monkeypatch.setenv("NETPULSE_BROKER", "redis://127.0.0.1:1")
        monkeypatch.setenv("NETPULSE_SECRET_KEY", "0" * 64)
        yield ledger, run


def words(result: Result) -> str:
    return " ".join(result.output.split())


def declared(ledger: Ledger) -> list[AuditRecord]:
    return ledger.audit.page(action="ledger.restored")


def states(ledger: Ledger, *of: str) -> list[str]:
    return [job.state.value for run in of for job in ledger.jobs.of_run(run)]


@pytest.mark.thorough
def test_it_is_told_before_anybody_writes_and_declared_once_in_the_operators_words(
    failed_over: tuple[Ledger, str], said: Said, site: Path
) -> None:
    ledger, run = failed_over
    status = words(said("--site", site, "ledger", "status"))
    assert "PostgreSQL failed over, from timeline 1 to 2, and nobody has written here since" in status
    assert "puts every unfinished change in doubt" in status
    assert "ledger restored --reason TEXT" in status
    told = json.loads(said("--site", site, "ledger", "status", "--json").output)
    assert [told["failover"][name].split("/")[1] for name in ("was", "now")] == ["00000001", "00000002"]
    assert ledger.jobs.one(run, "d1").state == "queued"  # to ask changes nothing
    for reason in ("", " "):
        refused = said("--site", site, "ledger", "restored", "--reason", reason, "--yes")
        assert (refused.exit_code, "--reason" in words(refused), "it is empty" in words(refused)) == (2, True, True)
    assert declared(ledger) == []
    done = words(said("--site", site, "ledger", "restored", "--reason", "the rack burnt", "--yes"))
    assert "1 change of 1 run in doubt, 0 reads queued again" in done
    assert "copy" not in done
    assert "of other processes to this ledger: stop every api" in done  # which is this test's own
    (record,) = declared(ledger)
    assert record.body["reason"] == "PostgreSQL failed over, from timeline 1 to 2: the rack burnt"
    after = words(said("--site", site, "ledger", "status"))
    assert "1 change of 1 run in doubt: a person has to look" in after
    assert "failed over" not in after


@pytest.mark.thorough
def test_what_was_declared_by_itself_is_not_declared_again_unless_that_is_meant(
    failed_over: tuple[Ledger, str], postgres_pair: Pair, said: Said, site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger, run = failed_over
    since = accepted(ledger, "d2", changes=True)
    assert "`netpulse ledger status` counts them" in caplog.text
    declare = ("--site", site, "ledger", "restored", "--reason", "the rack burnt", "--yes")
    before = words(said(*declare))
    assert "ago by netpulse: PostgreSQL failed over, from timeline 1 to 2" in before
    assert "still 1 change of 1 run in doubt" in before
    assert [record.actor for record in declared(ledger)] == ["netpulse"]
    assert states(ledger, run, since) == ["in_doubt", "queued"]
    postgres_pair.standby.stop()
    postgres_pair.standby.start()  # its files may have been put back meanwhile: what they say is no evidence
    assert "2 changes of 2 runs in doubt" in words(said(*declare))
    assert states(ledger, run, since) == ["in_doubt"] * 2
    assert len(declared(ledger)) == 2


@pytest.mark.thorough
def test_it_is_declared_again_on_request(failed_over: tuple[Ledger, str], said: Said, site: Path) -> None:
    ledger, _ = failed_over
    since = accepted(ledger, "d2", changes=True)
    again = said("--site", site, "ledger", "restored", "--reason", "to a point in time", "--yes", "--again", "--json")
    assert json.loads(again.stdout)["restored"]["in_doubt"] == 2
    assert ledger.jobs.one(since, "d2").state == "in_doubt"
    assert len(declared(ledger)) == 2


def test_a_ledger_before_its_first_upgrade_is_called_new(said: Said, site: Path) -> None:
    assert "is new, and holds no tables yet; this program knows" in words(said("--site", site, "db", "current"))
    assert "it holds no tables yet" in words(said("--site", site, "ledger", "status"))
    assert words(said("--site", site, "db", "upgrade")).endswith(", it was new")


def test_a_sqlite_ledger_is_not_declared_restored_without_a_reason(said: Said, site: Path, tmp_path: Path) -> None:
    said("--site", site, "db", "upgrade")
    for words_ in (("restored",), ("restore", tmp_path / "none")):
        refused = said("--site", site, "ledger", *words_, "--reason", " ", "--yes")
        assert "it is what those who resolve the doubts will read" in words(refused)
