"""Which suspects of one node run now, each in a process of its own: a few beside each other, or one beside none."""

import threading
from dataclasses import dataclass

from netpulse_core.model.run import Claim


@dataclass(slots=True, eq=False)
class Stay:
    """One suspect's process, from before it begins until it has ended."""

    beside_none: bool
    had_company: bool = False
    """Whether another such process lived at any time of it: where memory ran out, either may be why."""


class Suspects:
    """Lets processes begin; one whose process was killed beside others before runs beside none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._within: set[Stay] = set()

    def enter(self, claim: Claim) -> Stay | None:
        """Let a suspect begin, or return None where it or one that runs now has to be beside none."""
        stay = Stay(beside_none=claim.crashes > 1)
        with self._lock:
            if self._within and (stay.beside_none or any(other.beside_none for other in self._within)):
                return None
            stay.had_company = bool(self._within)
            for other in self._within:
                other.had_company = True
            self._within.add(stay)
            return stay

    def leave(self, stay: Stay) -> None:
        """Note that its process has ended, or could not be started."""
        with self._lock:
            self._within.discard(stay)
