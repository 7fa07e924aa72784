"""Who should own which device: the policy proposes, and a device is moved only where that clearly helps."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import hookimpl
from netpulse_core.builtins import placement
from netpulse_core.controller.placing import Placing
from netpulse_core.hooks.manager import Plugins
from netpulse_core.model.node import Node, Owned
from netpulse_core.testing.contracts.placement import a_node


@pytest.fixture(autouse=True)
def policy() -> Iterator[Any]:
    """Tell the built-in policy, and have it forget that."""
    yield placement.settings.tell
    placement.settings.tell({})


class Fleet:
    """Devices and their owners, as the ledger would have them."""

    def __init__(self, *nodes: Node, plugin: object | None = None) -> None:
        sources = [("builtin:placement", placement), *([("site", plugin)] if plugin else [])]
        self.placing = Placing(None, Plugins(sources), "r1", {})  # type: ignore[arg-type]
        self.nodes = {node.id: node for node in nodes}
        self.owners: dict[str, str] = {}

    def counted(self) -> list[Node]:
        count = Counter(self.owners.values())
        return [replace(node, devices=count[node.id]) for node in self.nodes.values()]

    def place(self, names: Sequence[str]) -> None:
        for name in names:
            chosen = self.placing.plugins.place(name, self.counted())
            assert chosen is not None
            self.owners[name] = chosen

    def look(self, most: int = 10) -> Mapping[str, tuple[str, str]]:
        owned = [Owned(key=key, node=node) for key, node in self.owners.items() if self.nodes[node].able]
        moves = self.placing.better(owned, [node for node in self.counted() if node.able], most)
        self.owners |= {key: to for key, (_, to) in moves.items()}
        return moves

    def settle(self) -> int:
        """Look until nothing moves, and return how many were moved."""
        moved = 0
        for _ in range(100):
            moves = self.look()
            if not moves:
                return moved
            moved += len(moves)
        raise AssertionError("it never settles")

    def spread(self) -> dict[str, int]:
        return {node.name: node.devices for node in self.counted()}


NAMES = [f"leaf{number}" for number in range(90)]


def test_equal_nodes_share_a_fleet_alike_and_nothing_moves_then() -> None:
    fleet = Fleet(*(a_node(name) for name in "abc"))
    fleet.place(NAMES)
    assert fleet.spread() == {"a": 30, "b": 30, "c": 30}
    assert fleet.settle() == 0


@pytest.mark.parametrize("sessions", [0, 200])
def test_a_node_that_joins_gets_its_share_and_no_device_moves_twice(sessions: int) -> None:
    fleet = Fleet(a_node("a", sessions=sessions), a_node("b"))
    fleet.place(NAMES)
    before = dict(fleet.owners)
    fleet.nodes["c-life"] = a_node("c")
    assert 27 <= fleet.settle() <= 30
    assert all(27 <= number <= 33 for number in fleet.spread().values())
    assert sum(before[name] != fleet.owners[name] for name in NAMES) == fleet.spread()["c"]


def test_at_most_so_many_move_in_one_look() -> None:
    fleet = Fleet(a_node("a"))
    fleet.place(NAMES)
    fleet.nodes["b-life"] = a_node("b")
    assert len(fleet.look(most=7)) == 7


def test_weighted_goes_by_slots(policy: Any) -> None:
    policy({"policy": "weighted"})
    fleet = Fleet(a_node("small", slots=10), a_node("large", slots=20))
    fleet.place(NAMES)
    assert fleet.spread() == {"small": 30, "large": 60}
    fleet.nodes["more-life"] = a_node("more", slots=30)
    fleet.settle()
    assert all(abs(fleet.spread()[name] - share) <= 5 for name, share in {"small": 15, "large": 30, "more": 45}.items())


def test_greedy_fills_one_node_up_to_its_share_and_then_the_next(policy: Any) -> None:
    policy({"policy": "greedy", "share": 40})
    fleet = Fleet(*(a_node(name) for name in "abcd"))
    fleet.place(NAMES)
    assert fleet.spread() == {"a": 40, "b": 40, "c": 10, "d": 0}
    assert fleet.settle() == 0
    fleet.place([f"more{number}" for number in range(90)])
    assert fleet.spread() == {"a": 45, "b": 45, "c": 45, "d": 45}  # beyond their shares, alike


class NearFirst:
    """A site's own policy: a device belongs to the node of its rack, and otherwise to whom core says."""

    @hookimpl
    def place_device(self, device: str, nodes: Sequence[Node]) -> str | None:
        return next((node.id for node in nodes if node.able and device.startswith(node.name)), None)


def test_a_policy_of_ones_own_has_its_devices_back_when_their_node_is_there() -> None:
    fleet = Fleet(a_node("ams"), plugin=NearFirst())
    fleet.place(["ams1", "lon1", "lon2"])
    fleet.nodes["lon-life"] = a_node("lon")
    assert set(fleet.look()) == {"lon1", "lon2"}
    assert fleet.settle() == 0
    assert fleet.owners == {"ams1": "ams-life", "lon1": "lon-life", "lon2": "lon-life"}


class RackOf:
    @hookimpl
    def place_device(self, device: str) -> str:
        return f"rack of {device[:5]}"


def test_each_answer_that_is_no_node_is_warned_of_once_with_its_plugin(caplog: pytest.LogCaptureFixture) -> None:
    fleet = Fleet(a_node("a"), plugin=RackOf())
    for name in ("leaf1", "leaf1.mgmt", "leaf2", "leaf1"):
        assert fleet.placing.plugins.place(name, fleet.counted()) is None
    one, other = [record.getMessage() for record in caplog.records]
    assert one.startswith("place_device of plugin site answers 'rack of leaf1' for leaf1, the id of no node")
    assert other.startswith("place_device of plugin site answers 'rack of leaf2' for leaf2, the id of no node")


def test_a_plugin_with_another_answer_for_each_device_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    fleet = Fleet(a_node("a"), plugin=RackOf())
    for number in range(1000, 1100):
        fleet.placing.plugins.place(f"l{number}", fleet.counted())
    assert len(caplog.records) == 20
    assert caplog.records[-1].getMessage().endswith("nothing more is said of any such answer")
