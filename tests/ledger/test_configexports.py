"""What of the configurations waits for a repository: all of it is found, and nobody reads the whole ledger for it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, insert

from netpulse_core.ledger import configexports
from netpulse_core.ledger.backuptables import config_exports, config_repositories, config_versions
from netpulse_core.ledger.configexports import ConfigExports
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import blobs
from tests.ledger.steps import counted

REPOSITORY = "01jr"
TOLD = {"node": "w1", "path": "/configs.git", "which": "redacted", "remote": ""}


def captured(ledger: Ledger, count: int, *, first: int = 1, exported: bool = True) -> None:
    """Keep so many versions of one device, of a run that is no longer kept."""
    said = {"device": "leaf1", "digest": "d", "driver": "netmiko", "platform": "cisco_ios", "form": "ios"}
    said |= {"run": "r", "last_run": "r", "caller": "ann", "redacted": "h", "origin": "first"}
    sizes = {"first_seen_at": 1.0, "last_seen_at": 1.0, "captures": 1, "lines": 1, "size": 1, "raw_size": 1}
    numbers = range(first, first + count)
    with ledger.database.write() as connection:
        if first == 1:
            connection.execute(insert(blobs).values(hash="h", size=1, coding="", body=b"x"))
        rows = [{**said, **sizes, "id": number, "number": number} for number in numbers]
        connection.execute(insert(config_versions), rows)
        if exported:
            rows = [{"repository": REPOSITORY, "version": number, "commit": "c"} for number in numbers]
            connection.execute(insert(config_exports), rows)


def lost(ledger: Ledger, *numbers: int) -> None:
    with ledger.database.write() as connection:
        connection.execute(delete(config_exports).where(config_exports.c.version.in_(numbers)))


def waiting(exports: ConfigExports) -> int:
    found = exports.find(REPOSITORY)
    assert found is not None
    return found.waiting


@pytest.fixture
def known(ledger: Ledger) -> Ledger:
    ledger.config_exports.known(REPOSITORY, **TOLD)
    return ledger


def test_a_look_for_what_is_new_does_not_grow_with_the_versions_that_are_kept(tmp_path: Path) -> None:
    def steps(count: int) -> int:
        with closing(Ledger(f"sqlite:///{tmp_path / f'{count}.sqlite3'}")) as ledger:
            ledger.upgrade()
            exports = ledger.config_exports
            exports.known(REPOSITORY, **TOLD)
            captured(ledger, count)
            assert waiting(exports) == 0
            with counted(ledger) as found:
                assert waiting(exports) == 0
                assert exports.next(REPOSITORY) is None
            return sum(found)

    assert steps(12_000) < 1.5 * steps(2_000)


def test_what_comes_is_found_also_where_its_number_is_an_earlier_one(known: Ledger) -> None:
    exports = known.config_exports
    captured(known, 1500)
    assert waiting(exports) == 0
    captured(known, 2, first=1501, exported=False)
    lost(known, 1400)  # which another process wrote after it was given that number
    assert waiting(exports) == 3
    batch = exports.next(REPOSITORY)
    assert batch is not None
    assert [one.number for one in batch.versions] == [1400, 1501, 1502]
    exports.done(REPOSITORY, batch, "c")
    assert waiting(exports) == 0


def test_every_version_is_compared_again_after_a_while(known: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configexports, "WHOLE", 0.0)
    exports = ConfigExports(known.database)
    captured(known, 1500)
    assert waiting(exports) == 0
    lost(known, 3)  # as after a restore of the tables
    assert waiting(exports) == 1
    batch = exports.next(REPOSITORY)
    assert batch is not None
    assert [one.number for one in batch.versions] == [3]


def test_a_new_repository_is_given_everything(known: Ledger) -> None:
    captured(known, 1500)
    with known.database.write() as connection:
        connection.execute(delete(config_exports))
        connection.execute(delete(config_repositories))
    known.config_exports.known("01js", **TOLD)
    batch = known.config_exports.next("01js")
    assert batch is not None
    assert len(batch.versions) == 1500
