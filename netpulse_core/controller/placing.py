"""Who should own which device: plugins propose, the ledger disposes."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from netpulse_core.errors import NetPulseError
from netpulse_core.hooks.manager import Plugins
from netpulse_core.ledger.nodes import Nodes
from netpulse_core.model.node import Node, Owned

log = logging.getLogger(__name__)

MARGIN = 2
"""Devices that every other node must seem fuller by, and still be preferred, before one is moved: so that none is moved
back and forth."""


@dataclass(frozen=True, slots=True)
class Placing:
    """Proposes owners among the nodes of one site revision; `names` are the devices by their keys."""

    nodes: Nodes
    plugins: Plugins
    revision: str
    names: Mapping[str, str] = field(default_factory=dict)

    def owners(
        self, keys: Sequence[str], otherwise: str | None = None, known: Mapping[str, str] | None = None
    ) -> dict[str, list[str]]:
        """Return the devices by the living nodes that own them, placed first where none does; see `place`.

        `known` are the owners by device, where somebody has just read them.
        """
        owner = dict(self.nodes.owner_of(keys, self.revision) if known is None else known)
        if homeless := [key for key in keys if key not in owner]:
            self.place(homeless, otherwise)
            owner |= self.nodes.owner_of(homeless, self.revision)
        owned: dict[str, list[str]] = {}
        for key, node in owner.items():
            owned.setdefault(node, []).append(key)
        return owned

    def place(self, keys: Sequence[str], otherwise: str | None = None) -> None:
        """Give each of these devices an owner, if it has none and there is a node to own it.

        What no plugin places goes to the node `otherwise`.
        """
        unplaced = self.nodes.unplaced(keys, self.revision)
        if not unplaced:
            return
        nodes = {node.id: node for node in self.nodes.recent() if node.able and node.revision == self.revision}
        wanted: dict[str, str] = {}
        for key in unplaced if nodes else ():
            chosen = self._proposed(key, nodes) or otherwise
            if chosen in nodes:
                wanted[key] = chosen
                nodes[chosen] = _fuller(nodes[chosen], 1)
        self.nodes.place(wanted)

    def better(self, owned: Sequence[Owned], nodes: Sequence[Node], most: int) -> dict[str, tuple[str, str]]:
        """Return from where to where at most so many devices should move: those clearly placed otherwise today."""
        by_id = {node.id: node for node in nodes}
        moves: dict[str, tuple[str, str]] = {}
        for one in owned:
            if len(moves) == most:
                break
            chosen = self._better(one, by_id) if one.node in by_id else None
            if chosen is not None:
                moves[one.key] = (one.node, chosen)
                by_id[one.node] = _fuller(by_id[one.node], -1)
                by_id[chosen] = _fuller(by_id[chosen], 1)
        return moves

    def _better(self, one: Owned, nodes: dict[str, Node]) -> str | None:
        without = nodes | {one.node: _fuller(nodes[one.node], -1)}
        chosen = self._proposed(one.key, without)
        if chosen in (None, one.node):
            return None
        others = {name: _fuller(node, MARGIN) for name, node in nodes.items()} | {one.node: without[one.node]}
        return chosen if self._proposed(one.key, others) not in (None, one.node) else None

    def _proposed(self, key: str, nodes: Mapping[str, Node]) -> str | None:
        try:
            return self.plugins.place(self.names.get(key, key), list(nodes.values()))
        except NetPulseError as error:
            log.warning("%s is placed by nobody: %s", self.names.get(key, key), error)
            return None


def _fuller(node: Node, devices: int) -> Node:
    return replace(node, devices=node.devices + devices)
