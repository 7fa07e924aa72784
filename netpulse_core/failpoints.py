"""Steps of the run protocol at which a test can end or stop this process; without its variable, nothing at all.

`NETPULSE_FAILPOINT=crossed=kill` ends the process by SIGKILL the first time it gets there, `claimed=stop@3` stops it by
SIGSTOP the third time, and a comma separates several. It is read once, when the process starts.
"""

import os
import signal
import threading
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

VARIABLE = "NETPULSE_FAILPOINT"


class Point(StrEnum):
    """A step of the protocol, named by what has just happened; `-ing` is inside the transaction, before its commit."""

    ACCEPTING = "accepting"
    ACCEPTED = "accepted"
    CLAIMING = "claiming"
    CLAIMED = "claimed"
    CROSSING = "crossing"
    CROSSED = "crossed"
    SENT = "sent"
    ENDED = "ended"
    CONCLUDING = "concluding"
    CONCLUDED = "concluded"
    REAPING = "reaping"
    DOUBTING = "doubting"
    LOOKING = "looking"
    FINDING = "finding"


class Act(StrEnum):
    """What happens there."""

    KILL = "kill"
    STOP = "stop"


def _asked(text: str) -> Mapping[Point, tuple[Act, int]]:
    asked = {}
    for one in filter(None, text.split(",")):
        point, _, act = one.partition("=")
        act, _, time = act.partition("@")
        asked[Point(point)] = (Act(act), int(time or 1))
    return asked


_ASKED = _asked(os.environ.get(VARIABLE, ""))
_SIGNALS = {Act.KILL: signal.SIGKILL, Act.STOP: signal.SIGSTOP}
_times: Counter[Point] = Counter()
_lock = threading.Lock()


def _nothing(point: Point) -> None:
    pass


def _signalled(point: Point) -> None:
    act, time = _ASKED.get(point, (Act.KILL, 0))
    with _lock:
        _times[point] += 1
        now = _times[point] == time
    if now:
        os.kill(os.getpid(), _SIGNALS[act])


reached = _signalled if _ASKED else _nothing
"""Called where a step has been reached."""
