"""Three schedulers whose clocks are 5 seconds apart either way: no due time is fired twice, and none is lost."""

from pathlib import Path

import pytest

from tests.scheduler.many import trial


def judge(found: trial.Found) -> None:
    assert not found.double
    assert not found.missing
    assert not found.other
    assert found.fired + found.together == found.due


@pytest.mark.thorough
@pytest.mark.servers("postgresql", "redis-server")
@pytest.mark.timeout(300)
def test_no_due_time_is_doubled_or_lost(tmp_path: Path) -> None:
    found = trial.run(tmp_path, 1, kills=2, crashes=1, pause=(0.1, 0.5))
    judge(found)
    assert found.fired


@pytest.mark.faults
@pytest.mark.servers("postgresql", "redis-server")
@pytest.mark.timeout(1800)
def test_fifty_kills(tmp_path: Path) -> None:
    judge(trial.run(tmp_path, 2, kills=50, crashes=5, pause=(0.2, 2.0)))
