"""What every plugin that places devices must hold: subclass the contract and name a device it places."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import Node


class PlacementContract:
    """It proposes a node that can take the device, the same one whoever asks, or nobody."""

    plugin: Any
    """The plugin: the module, or the object, that implements `place_device`."""
    device = "leaf1"
    """A device that it places on one of `nodes`."""

    def nodes(self) -> list[Node]:
        """The nodes there are; one of them is for `device`."""
        return [a_node(f"node-{number}") for number in (1, 2, 3)]

    def place(self, device: str, nodes: Sequence[Node]) -> Any:
        """Ask the plugin."""
        return self.plugin.place_device(device=device, nodes=nodes)

    def test_it_is_a_hook(self) -> None:
        assert hasattr(self.plugin.place_device, "netpulse_impl"), "mark it with @hookimpl, or nobody asks it"

    def test_it_places_its_device_on_a_node_that_is_there(self) -> None:
        assert self.place(self.device, self.nodes()) in {node.id for node in self.nodes()}

    def test_every_process_proposes_the_same(self) -> None:
        nodes = self.nodes()
        turned = [nodes[number:] + nodes[:number] for number in range(len(nodes))]
        assert len({self.place(self.device, order) for order in (*turned, nodes[::-1])}) == 1

    def test_without_a_node_there_is_no_place(self) -> None:
        assert self.place(self.device, []) is None

    @pytest.mark.parametrize("state", [{"alive": False}, {"draining": True}, {"fifo_only": True}], ids=str)
    def test_a_node_that_takes_no_devices_is_given_none(self, state: dict[str, Any]) -> None:
        assert self.place(self.device, [replace(node, **state) for node in self.nodes()]) is None
        chosen = self.place(self.device, self.nodes())
        without = [replace(node, **state) if node.id == chosen else node for node in self.nodes()]
        assert self.place(self.device, without) != chosen

    @pytest.mark.parametrize("device", ["", "x", "no such device", "ä" * 300], ids=["empty", "x", "spaces", "long"])
    def test_a_name_it_does_not_know_is_no_error(self, device: str) -> None:
        assert self.place(device, self.nodes()) in {None, *(node.id for node in self.nodes())}


def a_node(name: str, **told: Any) -> Node:
    """A node of this name that is alive and has nothing to do; `told` is what is otherwise."""
    node = Node(
        id=f"{name}-life",
        name=name,
        revision="r1",
        slots=8,
        fifo_only=False,
        started_at=1_700_000_000.0,
        seen_at=1_700_000_000.0,
        alive=True,
        draining=False,
        devices=0,
        sessions=0,
        running=0,
    )
    return replace(node, **told)
