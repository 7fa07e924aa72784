"""Captures in quarantine, of a ledger that has kept many."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert

from netpulse_core.controller.access import Access
from netpulse_core.controller.configs import Configs
from netpulse_core.errors import NotFound
from netpulse_core.ledger.backuptables import config_suspects
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import blobs
from netpulse_core.model.backup import Copy
from netpulse_core.model.caller import Caller, Scope
from netpulse_core.model.device import Device
from netpulse_core.model.roles import BUILT_IN
from tests.ledger.steps import counted

NORA = Caller(name="nora", role="admin", scope=Scope(target="leaf1"))
LEAF1 = Device(name="leaf1", key="192.0.2.11:22", address="192.0.2.11", platform="cisco_ios", groups=(), data={})


def _leaf1(target: str) -> list[Device]:
    return [LEAF1]


def kept(ledger: Ledger, count: int) -> None:
    """Keep so many captures of either device, the older half accepted."""
    said = {"digest": "d", "driver": "netmiko", "platform": "cisco_ios", "form": "ios", "reasons": ["empty"]}
    said |= {"run": "r", "last_run": "r", "caller": "ann", "redacted": "h"}
    sizes = {"first_seen_at": 1.0, "captures": 1, "lines": 1, "size": 1, "raw_size": 1}
    rows = [
        {
            **said,
            **sizes,
            "id": f"{device}-{number:06}",
            "device": device,
            "last_seen_at": float(number),
            "accepted_at": 1.0 if number < count / 2 else None,
        }
        for device in ("leaf1", "leaf2")
        for number in range(count)
    ]
    with ledger.database.write() as connection:
        connection.execute(insert(blobs).values(hash="h", size=1, coding="", body=b"x"))
        connection.execute(insert(config_suspects), rows)


def test_one_capture_is_found_among_many_and_one_that_is_missing_is_told_without_reading_all(tmp_path: Path) -> None:
    def steps(count: int) -> int:
        with closing(Ledger(f"sqlite:///{tmp_path / f'{count}.sqlite3'}")) as ledger:
            ledger.upgrade()
            kept(ledger, count)
            access = Access(_leaf1, _leaf1, _leaf1, BUILT_IN, {}, ledger.audit, ledger.runs)
            configs, last = Configs(ledger.backups, access), count - 1
            with counted(ledger) as found:
                for number in (0, last):
                    capture = configs.suspect(f"leaf1-{number:06}", NORA, Copy.REDACTED)
                    assert capture.suspect.device == "leaf1"
                for missing in (f"leaf2-{last:06}", f"leaf1-{last:06}x"):
                    with pytest.raises(NotFound, match=f"did you mean 'leaf1-{last:06}'"):
                        configs.suspect(missing, NORA, Copy.REDACTED)
            return sum(found)

    assert steps(4000) < 1.5 * steps(1000)
