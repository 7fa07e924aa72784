"""Spans of time, as pairs of their ends: when nobody could have done anything."""

from collections.abc import Iterator, Sequence

Span = tuple[float, float]


def common(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """Return what is in one of the first and in one of the others."""
    pairs = ((max(a, c), min(b, d)) for a, b in spans for c, d in others)
    return [(begins, ends) for begins, ends in pairs if begins < ends]


def joined(spans: Sequence[Span]) -> list[Span]:
    """Return the same time in spans that do not overlap, in their order."""
    return list(_joined(sorted(spans)))


def within(spans: Sequence[Span], begins: float, ends: float) -> float:
    """Return how much of a time these spans, which do not overlap, take."""
    return sum(max(0.0, min(b, ends) - max(a, begins)) for a, b in spans)


def _joined(spans: Sequence[Span]) -> Iterator[Span]:
    last: Span | None = None
    for begins, ends in spans:
        if last is not None and begins <= last[1]:
            last = last[0], max(last[1], ends)
            continue
        if last is not None:
            yield last
        last = begins, ends
    if last is not None:
        yield last
