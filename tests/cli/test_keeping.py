"""The upkeep of a ledger from a command line: its size, and what of it is too old."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import Result

from netpulse_core.embedded.site_lock import SiteLock
from netpulse_core.ledger.ledger import Ledger
from tests.ledger.work import Worker, accepted

Said = Callable[..., Result]


def aged(site: Path, days: float) -> Ledger:
    """The site's ledger, with one run that ended so many days ago."""
    (site / ".netpulse").mkdir(exist_ok=True)
    ledger = Ledger(f"sqlite:///{site / '.netpulse' / 'ledger.sqlite3'}")
    ledger.upgrade()
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1")
    worker.conclude(worker.claim_one())
    with ledger.database.write() as connection:
        connection.execute(text("UPDATE runs SET finished_at = finished_at - 86400 * :days"), {"days": days})
    return ledger


@pytest.mark.thorough
def test_what_is_too_old_is_told_and_then_removed(said: Said, site: Path) -> None:
    (site / "netpulse.toml").write_text("keep_runs_days = 30\nkeep_runs_at_least = 0\n")
    ledger = aged(site, 40)
    told = said("--site", site, "ledger", "prune", "--dry-run", "--json")
    assert {one["what"]: one["rows"] for one in json.loads(told.output)["would_remove"]} == {
        "runs": 1, "jobs": 1, "outputs": 0, "events": 4, "audit": 0, "configs": 0,
    }  # fmt: skip
    shown = said("--site", site, "ledger", "prune", "--dry-run").output
    assert "30.0 d" in shown
    assert "kept for ever" in shown
    assert ledger.runs.page()
    assert said("--site", site, "ledger", "prune").output == "removed: 4 events, 1 runs, 1 jobs\n"
    assert ledger.runs.page() == []
    assert said("--site", site, "ledger", "prune").output == "removed: nothing was too old\n"
    status = json.loads(said("--site", site, "ledger", "status", "--json").output)
    assert {part["name"]: part["rows"] for part in status["parts"]}["runs"] == 0
    assert status["size"] > 4096
    assert "what is too old was removed" in said("--site", site, "ledger", "status").output
    ledger.close()


def test_two_do_not_remove_at_once(said: Said, site: Path) -> None:
    with closing(aged(site, 1)) as ledger:
        ledger.retention.begin("worker w1")
    refused = said("--site", site, "ledger", "prune")
    assert refused.exit_code == 5
    assert "is being removed already, by worker w1" in refused.output


@pytest.mark.thorough
def test_the_file_of_a_ledger_becomes_as_small_as_what_it_holds(said: Said, site: Path) -> None:
    ledger = aged(site, 1)
    with ledger.database.write() as connection:
        connection.execute(text("CREATE TABLE filler (body BLOB)"))
        connection.execute(text("INSERT INTO filler VALUES (zeroblob(4000000))"))
    with ledger.database.write() as connection:
        connection.execute(text("DROP TABLE filler"))
    ledger.close()
    file = site / ".netpulse" / "ledger.sqlite3"
    assert json.loads(said("--site", site, "ledger", "status", "--json").output)["free"] > 3_900_000
    with SiteLock(site / ".netpulse"):
        assert said("--site", site, "ledger", "vacuum").exit_code == 5
    assert said("--site", site, "ledger", "vacuum").exit_code == 0
    assert file.stat().st_size < 1_000_000


@pytest.mark.thorough
def test_a_ledger_is_backed_up_and_restored_with_its_changes_in_doubt(said: Said, site: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    with closing(aged(site, 1)) as ledger:
        run = accepted(ledger, "d1", changes=True)
        assert said("--site", site, "ledger", "backup", copy).exit_code == 0
        assert said("--site", site, "ledger", "backup", copy).exit_code == 5
        accepted(ledger, "d2")
        living = said("--site", site, "ledger", "restored", "--reason", "by hand", "--yes")
        assert (living.exit_code, "workers use this ledger: n1" in living.output) == (5, True)
        ledger.nodes.bury()
    words = ("--site", site, "ledger", "restore", copy, "--reason", "a slip")
    assert "say --yes" in said(*words).output
    with SiteLock(site / ".netpulse"):
        refused = said(*words, "--yes")
    assert (refused.exit_code, "stop it first" in refused.output) == (5, True)
    done = said(*words, "--yes")
    assert done.exit_code == 0, done.output
    assert "1 change of 1 run in doubt, 0 reads queued again" in done.output
    assert "runs --verdict in_doubt" in done.output
    assert "freezes and pauses set in the past that is lost are gone" in done.output
    again = json.loads(said("--site", site, "ledger", "restored", "--reason", "by hand", "--yes", "--json").output)
    assert again["restored"]["in_doubt"] == 1
    with closing(Ledger(f"sqlite:///{site / '.netpulse' / 'ledger.sqlite3'}")) as ledger:
        assert [one.id for one in ledger.runs.page(verdict="in_doubt")] == [run]
        assert len(ledger.runs.page()) == 2
