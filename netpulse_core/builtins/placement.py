"""Where devices go when nobody says otherwise: `[plugins.placement]` of netpulse.toml names the policy."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from netpulse_core import Node, PluginSettings, hookimpl


class Placement(BaseModel):
    """What a site may say of where devices go."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: Literal["least_sessions", "weighted", "greedy"] = "least_sessions"
    share: int = Field(default=500, ge=1)
    """Devices that `greedy` gives to one node before it begins with another."""


settings = PluginSettings(Placement)


@hookimpl(trylast=True)
def place_device(device: str, nodes: Sequence[Node]) -> str | None:
    """Choose a node by the policy; the id settles a draw, so that two processes choose alike."""
    able = [node for node in nodes if node.able]
    return _POLICIES[settings().policy](able).id if able else None


def _least_sessions(nodes: Sequence[Node]) -> Node:
    # Each device a node owns is a session that it keeps or will open: what is open now lags behind.
    return min(nodes, key=lambda node: (node.devices, node.sessions, node.id))


def _weighted(nodes: Sequence[Node]) -> Node:
    return min(nodes, key=lambda node: (node.devices / node.slots, node.id))


def _greedy(nodes: Sequence[Node]) -> Node:
    room = [node for node in nodes if node.devices < settings().share]
    return min(room, key=lambda node: (-node.devices, node.id)) if room else _least_sessions(nodes)


_POLICIES: Mapping[str, Callable[[Sequence[Node]], Node]] = {
    "least_sessions": _least_sessions,
    "weighted": _weighted,
    "greedy": _greedy,
}
