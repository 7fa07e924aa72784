"""Old versions go, the last good one of a device never, and what is sealed goes with them."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from netpulse_core.ledger.backuptables import config_sealed, config_versions
from netpulse_core.model.backup import Copy
from netpulse_core.model.retention import DAY, Policy
from tests.runs.service import Service

POLICY = Policy(runs=None, outputs=None, events=None, audit=None, configs=30 * DAY, at_least=0)


def sealed(service: Service) -> int:
    with service.netpulse.ledger.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(config_sealed)) or 0


@pytest.mark.thorough
def test_old_versions_go_and_the_last_good_one_stays(service: Service) -> None:
    ledger = service.netpulse.ledger
    service.run("backup_config")
    for line in ("ntp server 192.0.2.77", "ntp server 192.0.2.78"):
        service.run("send_config", lines=[line])
        service.run("backup_config")
    assert sealed(service) == 3
    with ledger.database.write() as connection:
        old = {"first_seen_at": 1.0, "last_seen_at": 2.0}
        connection.execute(update(config_versions).values(old))
    assert [(one.what, one.rows) for one in ledger.retention.due(POLICY) if one.what == "configs"] == [("configs", 2)]
    assert ledger.retention.begin("test")
    for _ in ledger.retention.round("test", POLICY, by="test"):
        pass
    (left,) = ledger.backups.versions("leaf1")
    assert left.number == 3
    assert sealed(service) == 1
    assert "192.0.2.78" in ledger.backups.text("leaf1", 3, Copy.RAW)
    assert "192.0.2.78" in ledger.backups.text("leaf1", 3, Copy.REDACTED)
    service.run("send_config", lines=["no ntp server 192.0.2.78"])
    service.run("backup_config")
    assert ledger.backups.version("leaf1").number == 4
