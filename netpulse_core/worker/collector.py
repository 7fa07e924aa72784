"""Python's garbage collector in a process that keeps thousands of sessions.

Each full collection walks every object there is. Sessions are many, live long and are no garbage: with the usual
thresholds, what a command costs grows with the number of sessions that are open.
"""

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 50
"""Objects made before the young are looked at, and how often that happens before the middle and all others are."""


def seldom() -> None:
    """Collect seldom, and never again what stands now: modules, plugins, the inventory."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
