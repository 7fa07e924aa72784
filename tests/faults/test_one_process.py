"""A small seed of `netpulse up`, on every run of the tests."""

import pytest

from tests.faults import seed
from tests.faults.sizes import SHORT


@pytest.mark.thorough
@pytest.mark.timeout(400)
def test_nothing_is_lost_or_done_twice() -> None:
    result = seed.run("sqlite", 1, SHORT["sqlite"])
    assert not result.told
    assert result.reached
