"""PostgreSQL fails over, by itself and with a lag, under workers that go on: no device is configured a second time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.model.outcome import Outcome, Verdict
from tests.runs.service import eventually
from tests.servers.standby import Pair
from tests.worker.workers import Installation, installed

LINES = ["ntp server 192.0.2.1"]


@pytest.fixture
def site(
    postgres_pair: Pair, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """A site whose ledger is the pair."""
    with installed(postgres_pair.url, redis_url, tmp_path, monkeypatch, count=12) as made:
        yield made


@pytest.mark.thorough
@pytest.mark.timeout(300)
@pytest.mark.servers("postgresql", "redis-server")
def test_what_the_standby_still_calls_queued_is_not_pushed_again(postgres_pair: Pair, site: Installation) -> None:
    service, netpulse = site.service, site.netpulse
    leaves = [device for name, device in service.lab.devices.items() if name.startswith("leaf")]
    told: dict[str, Any] = {"lines": LINES, "deadline": 300.0}
    lost = service.submit("push_plainly", "role=leaf", **told)
    postgres_pair.part()
    with site.worker("a") as worker:
        assert {job.outcome for job in service.wait(lost, within=60).jobs} == {Outcome.CHANGED}
        life = site.node("a")
        postgres_pair.fail_over()
        eventually(lambda: netpulse.get(lost).verdict is Verdict.IN_DOUBT, 60)
        assert {job.outcome for job in netpulse.jobs(lost)} == {Outcome.NEEDS_OPERATOR}
        eventually(lambda: site.node("a") not in {None, life}, 30)
        netpulse.ledger.reaping.resolve(lost, "leaf1", Outcome.CHANGED, "ann", "the line stands")
        assert (
            service.run("push_plainly", "leaf1", within=60, lines=["ntp server 192.0.2.9"]).outcome is Outcome.CHANGED
        )
        assert worker.poll() is None
    assert {device.journal.applied.count(LINES[0]) for device in leaves} == {1}
