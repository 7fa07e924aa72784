"""Chance, so that many processes do not do the same at one moment; it guards nothing."""

from secrets import SystemRandom

dice = SystemRandom()  # not the shared generator, whose seed is its owner's


def spread(seconds: float) -> float:
    """Return these seconds, or up to a quarter less or more."""
    return seconds * dice.uniform(0.75, 1.25)
