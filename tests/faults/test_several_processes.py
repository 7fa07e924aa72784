"""A small seed over PostgreSQL and Redis, on every run of the tests."""

import pytest

from tests.faults import seed
from tests.faults.sizes import SHORT


@pytest.mark.thorough
@pytest.mark.timeout(400)
@pytest.mark.servers("postgresql", "redis-server")
def test_nothing_is_lost_or_done_twice() -> None:
    result = seed.run("postgresql", 1, SHORT["postgresql"])
    assert not result.told
    assert result.reached
