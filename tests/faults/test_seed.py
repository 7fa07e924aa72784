"""A small seed of each ledger: what it is put through on every run of the tests."""

import pytest

from tests.faults import seed
from tests.faults.seed import Result
from tests.faults.sizes import SHORT


def told(result: Result) -> str:
    """Say what is wrong, with the evidence."""
    return "\n\n".join("\n".join(one.values()) for one in result.violations) + f"\nall of it: {result.evidence}"


@pytest.mark.timeout(400)
@pytest.mark.servers("postgresql", "redis-server")
def test_nothing_is_lost_or_done_twice_by_several_processes() -> None:
    result = seed.run("postgresql", 1, SHORT["postgresql"])
    assert not result.violations, told(result)
    assert result.reached


@pytest.mark.timeout(400)
def test_nothing_is_lost_or_done_twice_by_one_process() -> None:
    result = seed.run("sqlite", 1, SHORT["sqlite"])
    assert not result.violations, told(result)
    assert result.reached
