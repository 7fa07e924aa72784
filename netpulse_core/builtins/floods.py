"""A device that does not stop talking: how much it may say to one line before its session is given up."""

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer that a process holds in memory; the largest tables of the largest routers are below it."""

TOO_MUCH = f"the device said more than {LARGEST_ANSWER >> 20} MiB to one line, and was not heard to the end"


class Flood:
    """Counts what came since something was sent."""

    def __init__(self) -> None:
        self._heard = 0

    def sent(self) -> None:
        """Begin at zero."""
        self._heard = 0

    def heard(self, size: int) -> None:
        """Count; raise EOFError, which gives the session up, where it was too much."""
        self._heard += size
        if self._heard > LARGEST_ANSWER:
            raise EOFError(TOO_MUCH)
