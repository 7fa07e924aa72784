"""How long one thread of a worker may keep Python's interpreter to itself while others wait for it.

One command goes through five threads, and with Python's own 5 ms each handing over may take that long. Where hundreds
of threads wait, a shorter time only has each of them wake that often to see that it is not its turn.
"""

import math
import sys

QUICK, USUAL = 0.0005, 0.005
"""Seconds; the second is what Python begins with."""

FEW = 8
"""Jobs under way up to which a quick answer matters more than how much is done in all."""


def suit(jobs: int) -> None:
    """Have threads take turns as suits so many jobs under way."""
    wanted = QUICK if jobs <= FEW else USUAL
    if not math.isclose(sys.getswitchinterval(), wanted):
        sys.setswitchinterval(wanted)


def as_ever() -> None:
    """Have threads take turns as Python does by itself."""
    sys.setswitchinterval(USUAL)
