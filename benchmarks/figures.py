"""What a comparison comes to: two medians, their ratio, and whether it reaches its goal."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Samples = Mapping[str, Sequence[float]]
"""What each side measured, one number a round, by the name of the quantity."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should reach: its ratio, or what we ourselves measured."""

    of: Literal["ratio", "ours"]
    sense: Literal["≥", "≤"]
    bound: float

    def met(self, figure: "Figure") -> bool:
        """Whether the figure reaches it."""
        value = figure.ratio if self.of == "ratio" else figure.ours
        return value >= self.bound if self.sense == "≥" else value <= self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One comparison: `ratio` is how many times better ours is, so that more is always better."""

    what: str
    against: str
    unit: str
    ours: float
    theirs: float
    ratio: float
    least: float
    most: float
    """The ratio of the worst and the best round."""
    goal: Goal | None = None

    @property
    def verdict(self) -> str:
        """Whether it reaches its goal, in a word; empty where it has none."""
        return "" if self.goal is None else "meets" if self.goal.met(self) else "misses"


@dataclass(slots=True)
class Row:
    """One benchmark's figures, and sentences about what could not be measured."""

    name: str
    sentence: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def compared(
    samples: Samples,
    ours: str,
    theirs: str,
    *,
    what: str,
    against: str,
    unit: str,
    goal: Goal | None = None,
) -> Figure:
    """Compare two quantities of the same rounds; a unit that ends in `/s` is better the more there is of it."""
    a, b = samples[ours], samples[theirs]
    better = _more if unit.endswith("/s") else _less
    ratios = [better(mine, other) for mine, other in zip(a, b, strict=True)]
    mine, other = statistics.median(a), statistics.median(b)
    return Figure(
        what=what,
        against=against,
        unit=unit,
        ours=mine,
        theirs=other,
        ratio=better(mine, other),
        least=min(ratios),
        most=max(ratios),
        goal=goal,
    )


def alternated(
    rounds: int, sides: Iterable[Callable[[], Mapping[str, float]]], round_done: Callable[[], None]
) -> dict[str, list[float]]:
    """Let the sides measure in turns, A B A B A B, so that a busy minute of the machine meets them all."""
    sides = tuple(sides)
    samples: dict[str, list[float]] = {}
    for _ in range(rounds):
        for side in sides:
            for name, value in side().items():
                samples.setdefault(name, []).append(value)
        round_done()
    return samples


def _more(mine: float, other: float) -> float:
    return mine / other


def _less(mine: float, other: float) -> float:
    return other / mine
