"""What every benchmark is given: how thorough to be, a folder to throw away, and whom to tell how far it is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One run of the benchmarks."""

    quick: bool
    folder: Path
    tell: Callable[[str], None]
    rounds: int = ROUNDS

    def size(self, whole: int, quick: int) -> int:
        """Choose a size by how thorough to be."""
        return quick if self.quick else whole

    def teller(self, what: str) -> Callable[[], None]:
        """Return what to call after each round of a comparison; says which one it is."""
        done = 0

        def tell() -> None:
            self.tell(f"{what}: round {min(done + 1, self.rounds)} of {self.rounds}")

        def round_done() -> None:
            nonlocal done
            done += 1
            tell()

        tell()
        return round_done
