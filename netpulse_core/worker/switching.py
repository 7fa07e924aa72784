"""How long one thread of a worker may keep Python's interpreter to itself while others wait for it.

One command goes through five threads, and with Python's own 5 ms each handing over may take that long. Where hundreds
of threads wait, a shorter time only has each of them wake that often to see that it is not its turn.
"""

import math
import sys

QUICK = 0.0005
"""Seconds of a turn while few jobs are under way."""

FEW = 8
"""Jobs under way up to which a quick answer matters more than how much is done in all."""


class Turns:
    """The turns of this process's threads, while a worker lives in it."""

    def __init__(self) -> None:
        self._usual = sys.getswitchinterval()
        self._over = False
        self.suit(0)

    def suit(self, jobs: int) -> None:
        """Have threads take turns as suits so many jobs under way."""
        wanted = QUICK if jobs <= FEW and not self._over else self._usual
        if not math.isclose(sys.getswitchinterval(), wanted):
            sys.setswitchinterval(wanted)

    def end(self) -> None:
        """Have them take turns as they did before, from now on."""
        self._over = True
        self.suit(0)
