"""Nodes: one life of one worker process."""

import os
from dataclasses import dataclass

# Of the environment and no setting of a site: it must be the same for every process of an installation.
LEASE = float(os.environ.get("NETPULSE_LEASE") or 15)
"""Seconds a node may be silent before its work is taken from it; a shorter one takes short pauses for deaths."""

HEARTBEAT = LEASE / 3
SWEEP = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One life of one worker process; a restart is another node with the same name."""

    id: str
    name: str
    revision: str
    slots: int
    fifo_only: bool
    started_at: float
    seen_at: float
    alive: bool
    draining: bool
    devices: int
    sessions: int
    running: int
