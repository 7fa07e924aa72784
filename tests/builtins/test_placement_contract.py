"""Our own placement holds the contract of every plugin's."""

from netpulse_core.builtins import placement
from netpulse_core.testing import PlacementContract, a_node


class TestPlacement(PlacementContract):
    """The node that owns the fewest devices for its size."""

    plugin = placement

    def test_a_large_node_takes_more(self) -> None:
        small, large = a_node("small", devices=8, slots=8), a_node("large", devices=8, slots=32)
        assert self.place("leaf1", [small, large]) == large.id
