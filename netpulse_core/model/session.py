"""Sessions: what makes two the same, the gate before a change, and the states a connection goes through."""

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


class Gate(Protocol):
    """Stands between a task and a change: crossing it commits the point of no return."""

    @property
    def open_for_changes(self) -> bool:
        """Whether this job may change its device at all."""

    def cross(self, device_session: str | None) -> None:
        """Commit the point of no return, once; raise Refused where the job may no longer start to change."""


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
    IDLE_TIMEOUT = "idle_timeout"
    CONNECTION_LOST = "connection_lost"


MOVES: dict[tuple[SessionState, Move], SessionState] = {
    (SessionState.DISCONNECTED, Move.CONNECT_REQUEST): SessionState.CONNECTING,
    (SessionState.CONNECTING, Move.SUCCESS): SessionState.CONNECTED,
    (SessionState.CONNECTING, Move.CONNECT_FAILED): SessionState.FAILED,
    (SessionState.FAILED, Move.RETRY): SessionState.DISCONNECTED,
    (SessionState.CONNECTED, Move.COMMAND_REQUEST): SessionState.EXECUTING,
    (SessionState.EXECUTING, Move.COMMAND_COMPLETE): SessionState.CONNECTED,
    (SessionState.CONNECTED, Move.IDLE_TIMEOUT): SessionState.DISCONNECTED,
    (SessionState.CONNECTED, Move.CONNECTION_LOST): SessionState.FAILED,
}
"""Every legal move; the diagram in docs/sessions.md is drawn from it."""
