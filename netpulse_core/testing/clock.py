"""A clock that goes when it is told to."""


class Clock:
    """Gives seconds, as `time.time` and `time.monotonic` do, to code that takes its clock as an argument."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return what time it is."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass; raises ValueError for less than none: set `now` to put a clock back."""
        if seconds < 0:
            raise ValueError("time goes forward; set `now` to put the clock back")
        self.now += seconds
