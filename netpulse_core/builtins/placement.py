"""Where devices go when nobody says otherwise: to the node that owns the fewest for its size."""

from collections.abc import Sequence

from netpulse_core import Node, hookimpl


@hookimpl(trylast=True)
def place_device(device: str, nodes: Sequence[Node]) -> str | None:
    """Choose the least loaded node; the id settles a draw, so that two processes choose alike."""
    candidates = [node for node in nodes if node.alive and not node.draining and not node.fifo_only]
    if not candidates:
        return None
    return min(candidates, key=lambda node: (node.devices / node.slots, node.id)).id
