"""The protocol breaks no promise in any world that can be reached; without any one of its rules it does."""

import pytest

from tests.protocol.explore import explore
from tests.protocol.model import Bug, Protocol
from tests.protocol.world import READ_TOO, READ_TWICE, START, World

pytestmark = pytest.mark.thorough

OF_READS = {
    Bug.DIAGNOSED_BESIDE_ANYTHING: READ_TOO,
    Bug.CLAIMED_BESIDE_A_READ: READ_TOO,
    Bug.DIAGNOSED_TWICE: READ_TWICE,
}
"""Bugs that show only where somebody reads a device in doubt."""


def test_no_world_breaks_a_promise() -> None:
    explored = explore(Protocol())
    assert not explored.broken, "\n".join(explored.steps)
    assert explored.worlds > 60_000  # or the model has lost its steps, and proves nothing


@pytest.mark.parametrize("start", [READ_TOO, READ_TWICE], ids=["two changes and a read", "a change and two reads"])
def test_nor_does_any_where_a_device_in_doubt_is_read(start: World) -> None:
    explored = explore(Protocol(crashes=1), start)
    assert not explored.broken, "\n".join(explored.steps)
    assert explored.worlds > 9_000


@pytest.mark.parametrize("bug", Bug, ids=lambda bug: bug.name.lower())
def test_each_rule_is_needed(bug: Bug) -> None:
    assert explore(Protocol(frozenset({bug})), OF_READS.get(bug, START)).broken


@pytest.mark.parametrize("start", [READ_TOO, READ_TWICE], ids=["two changes and a read", "a change and two reads"])
def test_nor_where_more_dies_under_a_read(start: World) -> None:
    explored = explore(Protocol(crashes=1, lapses=2, freezes=0), start)
    assert not explored.broken, "\n".join(explored.steps)


@pytest.mark.timeout(400)  # on a busy machine
@pytest.mark.parametrize("more", [Protocol(lapses=2, freezes=0), Protocol(freezes=2)], ids=["leases", "freezes"])
def test_nor_where_two_leases_end_under_living_workers_or_it_is_frozen_twice(more: Protocol) -> None:
    explored = explore(more)
    assert not explored.broken, "\n".join(explored.steps)
