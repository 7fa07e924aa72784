"""Nodes: one life of one worker process."""

from dataclasses import dataclass

from netpulse_core import lease

LEASE = lease.LEASE
"""Seconds a node may be silent before its work is taken from it."""

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

    @property
    def able(self) -> bool:
        """Whether it may be given devices."""
        return self.alive and not self.draining and not self.fifo_only


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A device, by its key, and the node that owns it."""

    key: str
    node: str
