"""Our own placement policies hold the contract of every plugin's."""

from collections.abc import Iterator

import pytest

from netpulse_core.builtins import placement
from netpulse_core.testing import PlacementContract, a_node


class TestLeastSessions(PlacementContract):
    """The node that owns the fewest devices."""

    plugin = placement

    def test_the_one_with_fewer_sessions_settles_a_draw(self) -> None:
        busy, idle = a_node("a", devices=8, sessions=20), a_node("b", devices=8, sessions=2)
        assert self.place("leaf1", [busy, idle]) == idle.id


class TestWeighted(PlacementContract):
    """The node that owns the fewest devices for its size."""

    plugin = placement

    @pytest.fixture(autouse=True)
    def told(self) -> Iterator[None]:
        placement.settings.tell({"policy": "weighted"})
        yield
        placement.settings.tell({})

    def test_a_large_node_takes_more(self) -> None:
        small, large = a_node("a", devices=8, slots=8), a_node("b", devices=9, slots=32)
        assert self.place("leaf1", [small, large]) == large.id


class TestGreedy(PlacementContract):
    """One node until it has its share."""

    plugin = placement

    @pytest.fixture(autouse=True)
    def told(self) -> Iterator[None]:
        placement.settings.tell({"policy": "greedy", "share": 10})
        yield
        placement.settings.tell({})

    def test_a_node_is_filled_up_to_its_share(self) -> None:
        full, filling, empty = a_node("a", devices=10), a_node("b", devices=9), a_node("c")
        assert self.place("leaf1", [full, filling, empty]) == filling.id
