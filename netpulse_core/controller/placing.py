"""Placing devices that no living node owns: plugins propose, the ledger disposes."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from netpulse_core.errors import NetPulseError
from netpulse_core.hooks.manager import Plugins
from netpulse_core.ledger.nodes import Nodes

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Placing:
    """Proposes owners among the nodes of one site revision."""

    nodes: Nodes
    plugins: Plugins
    revision: str

    def place(self, keys: Sequence[str]) -> None:
        """Give each of these devices an owner, if it has none and there is a node to own it."""
        unplaced = self.nodes.unplaced(keys, self.revision)
        if not unplaced:
            return
        able = (node for node in self.nodes.recent() if node.alive and not node.draining and not node.fifo_only)
        nodes = {node.id: node for node in able if node.revision == self.revision}
        wanted: dict[str, str] = {}
        for key in unplaced if nodes else ():
            try:
                chosen = self.plugins.place(key, list(nodes.values()))
            except NetPulseError as error:
                log.warning("%s is left to the workers' next sweep: %s", key, error)
                continue
            if chosen in nodes:
                wanted[key] = chosen
                nodes[chosen] = replace(nodes[chosen], devices=nodes[chosen].devices + 1)
        self.nodes.place(wanted)
