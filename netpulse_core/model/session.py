"""Sessions: what makes two the same, the gate before a change, and the states a connection goes through."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol


class SessionIdentity(NamedTuple):
    """What makes two sessions the same; a session is never lent under another identity."""

    driver: str
    address: str
    port: int | None
    user: str | None
    credential: str
    """Fingerprint of password, keys and enable secret under a key of this process; never the values."""
    options: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSession:
    """A session as its device can be asked about it later, when the process that had it is gone."""

    driver: str
    name: str | None
    """The device's own name of it, as `device_session` of its driver says; None where it has none."""
    age: float
    """Seconds since it was opened."""


class Gate(Protocol):
    """Stands between a task and a change: crossing it commits the point of no return."""

    @property
    def open_for_changes(self) -> bool:
        """Whether this job may change its device at all."""

    def cross(self, session: DeviceSession, baseline: str | None = None) -> None:
        """Commit the point of no return, once, and each session that changes the device before it does.

        `baseline` is the running configuration before the first change. Raise Refused where the job may no longer start
        to change.
        """


class SessionState(StrEnum):
    """Where a connection stands."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    EXECUTING = "executing"
    FAILED = "failed"


class Move(StrEnum):
    """What takes a connection from one state to the next."""

    CONNECT_REQUEST = "connect_request"
    SUCCESS = "success"
    CONNECT_FAILED = "timeout_or_error"
    RETRY = "retry"
    COMMAND_REQUEST = "command_request"
    COMMAND_COMPLETE = "command_complete"
    COMMAND_FAILED = "command_failed"
    IDLE_TIMEOUT = "idle_timeout"
    CONNECTION_LOST = "connection_lost"
    CLOSED = "closed"


MOVES: Mapping[tuple[SessionState, Move], SessionState] = {
    (SessionState.DISCONNECTED, Move.CONNECT_REQUEST): SessionState.CONNECTING,
    (SessionState.CONNECTING, Move.SUCCESS): SessionState.CONNECTED,
    (SessionState.CONNECTING, Move.CONNECT_FAILED): SessionState.FAILED,
    (SessionState.FAILED, Move.RETRY): SessionState.DISCONNECTED,
    (SessionState.CONNECTED, Move.COMMAND_REQUEST): SessionState.EXECUTING,
    (SessionState.EXECUTING, Move.COMMAND_COMPLETE): SessionState.CONNECTED,
    # A command that raised or ran out of time: its answer may still come, so the session is never used again.
    (SessionState.EXECUTING, Move.COMMAND_FAILED): SessionState.FAILED,
    (SessionState.CONNECTED, Move.IDLE_TIMEOUT): SessionState.DISCONNECTED,
    (SessionState.CONNECTED, Move.CONNECTION_LOST): SessionState.FAILED,
    # Given up in good order although nobody waited too long: too old, one too many, a job's own, not as it was lent.
    (SessionState.CONNECTED, Move.CLOSED): SessionState.DISCONNECTED,
}
"""Every legal move; the diagram in docs/sessions.md is drawn from it."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One move of one session; `at` is seconds since 1970, `reason` never holds what was sent or who may log in."""

    device: str
    driver: str
    before: SessionState
    move: Move
    after: SessionState
    at: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session as people see it; `idle` is the seconds nobody has had it lent, None while somebody has."""

    device: str
    driver: str
    address: str
    port: int | None
    user: str | None
    state: SessionState
    since: float
    uses: int
    idle: float | None
    reason: str
    """Why it failed, where it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSessions:
    """The sessions of one node at one instant; `sessions` are at most so many that it can be sent each second."""

    node: str
    name: str
    at: float
    total: int
    sessions: Sequence[OpenSession] = field(default_factory=tuple)
    counters: Mapping[str, int] = field(default_factory=dict)
    """Each move by its name, and what docs/sessions.md lists besides, since the worker started."""
    moves: Sequence[Moved] = field(default_factory=tuple)
    """The latest moves, the newest first."""


def diagram() -> str:
    """Return the moves as a Mermaid state diagram."""
    return "\n".join(_drawn())


def _drawn() -> Iterator[str]:
    yield "stateDiagram-v2"
    yield f"    [*] --> {SessionState.DISCONNECTED.value.title()}"
    for (before, move), after in MOVES.items():
        yield f"    {before.value.title()} --> {after.value.title()}: {move.value.replace('_', ' ')}"
