"""How the sessions of a node go from state to state: checked against the table, counted, and the latest remembered."""

import logging
import threading
import time
from collections import Counter, deque

from netpulse_core.model.session import MOVES, Move, Moved, SessionState

log = logging.getLogger(__name__)

REMEMBERED = 500
"""Moves that are kept to be looked at."""

LENT, REUSED, WAITED, PROBED, DEAD = "lent", "reused", "waited_for_room", "probed", "dead_links"
"""What is counted besides the moves."""


class IllegalMove(RuntimeError):
    """A session was to do what its state does not allow: a mistake of this program, not of the device."""


class Moves:
    """Counts every move of a node's sessions and remembers the latest; on the way of every command, so it is short."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._latest: deque[Moved] = deque(maxlen=REMEMBERED)
        self.changes = 0
        """Goes up with whatever is noted here."""

    def count(self, what: str) -> None:
        """Count something that is no move."""
        with self._lock:
            self._counts[what] += 1
            self.changes += 1

    @property
    def counters(self) -> dict[str, int]:
        """How often each thing happened, whatever never did included."""
        names = (*(move.value for move in Move), LENT, REUSED, WAITED, PROBED, DEAD)
        with self._lock:
            return {name: self._counts[name] for name in names}

    def latest(self, most: int = REMEMBERED) -> list[Moved]:
        """Return the latest moves, the newest first."""
        with self._lock:
            return [self._latest[-1 - number] for number in range(min(most, len(self._latest)))]

    def make(self, way: "Way", move: Move, reason: str) -> bool:
        """Make a move where the state allows it; False says that it does not."""
        with self._lock:
            before = way.state
            after = MOVES.get((before, move))
            if after is None:
                return False
            now = time.time()
            way.state, way.since, way.reason = after, now, reason
            self._counts[move.value] += 1
            self._latest.append(Moved(way.device, way.driver, before, move, after, now, reason))
            self.changes += 1
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s over %s: %s, %s%s", way.device, way.driver, move, after, f" ({reason})" if reason else "")
        return True


class Way:
    """The way of one session through its states, from the first connect request on."""

    __slots__ = ("_moves", "device", "driver", "reason", "since", "state")

    def __init__(self, moves: Moves, device: str, driver: str) -> None:
        self._moves = moves
        self.device = device
        self.driver = driver
        self.state = SessionState.DISCONNECTED
        self.since = time.time()
        self.reason = ""

    def anew(self) -> "Way":
        """Return a way that goes on from here: who still holds this one, in a thread left behind, moves no other."""
        way = Way(self._moves, self.device, self.driver)
        way.state, way.since, way.reason = self.state, self.since, self.reason
        return way

    def go(self, move: Move, reason: str = "") -> None:
        """Make a move; raise IllegalMove where the table has none."""
        if not self._moves.make(self, move, reason):
            raise IllegalMove(f"{self.device} over {self.driver}: no {move.value} while {self.state.value}")

    def may(self, move: Move, reason: str = "") -> bool:
        """Make a move if the state allows it: for those who cannot know what another thread did meanwhile."""
        return self._moves.make(self, move, reason)
