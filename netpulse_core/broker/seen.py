"""What nodes show of their sessions, and people ask for."""

from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError

from netpulse_core.broker.broker import Broker
from netpulse_core.errors import Conflict, NotFound, ServiceError
from netpulse_core.model.node import Node
from netpulse_core.model.session import NodeSessions

KEPT = 20.0
"""Seconds that what a node showed stays up; it shows itself more often."""

_JSON = TypeAdapter(NodeSessions)


def show(broker: Broker, sessions: NodeSessions, seconds: float = KEPT) -> bool:
    """Put up what a node has; False where the broker is away."""
    return broker.post(_name(sessions.node), _JSON.dump_json(sessions), seconds)


def sessions_of(broker: Broker, nodes: Sequence[Node], name: str) -> NodeSessions:
    """Return what the living node of this name, or id, showed last.

    Raises NotFound for a name nobody has, Conflict where it has ended or several have it, and ServiceError where
    nothing is to be read.
    """
    known = [node for node in nodes if name in (node.id, node.name)]
    if not known:
        raise NotFound("node", name, known=sorted({node.name for node in nodes}))
    living = [node for node in known if node.alive]
    if not living:
        raise Conflict(f"worker {name} has ended, and its sessions with it", hint="`netpulse nodes` says who lives")
    if len(living) > 1:
        ids = ", ".join(node.id for node in living)
        raise Conflict(f"{len(living)} living workers are named {name}", hint=f"ask for one by its id: {ids}")
    text = broker.posted(_name(living[0].id))
    try:
        found = None if text is None else _JSON.validate_json(text)
    except ValidationError:  # of a worker of another version
        found = None
    if found is None:
        raise ServiceError(
            f"worker {name} shows no sessions", retry_after=1.0, hint="one that began just now soon does"
        )
    return found


def _name(node: str) -> str:
    return f"sessions:{node}"
