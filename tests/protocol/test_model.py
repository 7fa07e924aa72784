"""The protocol breaks no promise in any world that can be reached; without any one of its rules it does."""

import pytest

from tests.protocol.explore import explore
from tests.protocol.model import Bug, Protocol


def test_no_world_breaks_a_promise() -> None:
    explored = explore(Protocol())
    assert not explored.broken, "\n".join(explored.steps)
    assert explored.worlds > 100_000  # or the model has lost its steps, and proves nothing


@pytest.mark.parametrize("bug", Bug, ids=lambda bug: bug.name.lower())
def test_each_rule_is_needed(bug: Bug) -> None:
    assert explore(Protocol(frozenset({bug}))).broken


@pytest.mark.thorough
def test_nor_where_two_leases_end_under_living_workers() -> None:
    explored = explore(Protocol(lapses=2))
    assert not explored.broken, "\n".join(explored.steps)
