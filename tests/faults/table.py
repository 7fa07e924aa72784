"""The results as people read them: one row a seed, and the sum of each ledger."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tests.faults.plan import KILLS

COLUMNS = (
    "seed", "pushes", "on a device", "reads", "kill -9", "other blows", "looked into", "by a person", "drained in",
    "violations",
)  # fmt: skip
SHORT = {blow.value: blow.value.removeprefix("kill -9 ") for blow in KILLS}
LEDGERS = {"postgresql": "PostgreSQL, Redis, three workers, an API and a scheduler", "sqlite": "SQLite, one process"}


def markdown(results: Sequence[dict[str, Any]], made_by: str) -> str:
    """Return the tables as the documentation holds them, between its two markers."""
    return "\n".join(_lines(results, made_by))


def total(results: Sequence[dict[str, Any]]) -> str:
    """Say in one line what all of them came to."""
    pushes, reached = (sum(int(one[name]) for one in results) for name in ("pushes", "reached"))
    kills, violations = (sum(_kills(one).total() for one in results), sum(len(one["violations"]) for one in results))
    return (
        f"{len(results)} seeds, {pushes:,} pushes of which {reached:,} reached their device, {kills:,} kill -9, "
        f"{violations:,} violations"
    )


def _lines(results: Sequence[dict[str, Any]], made_by: str) -> Iterator[str]:
    yield f"{made_by}."
    for kind, name in LEDGERS.items():
        own = sorted((one for one in results if one["kind"] == kind), key=lambda one: int(one["seed"]))
        if not own:
            continue
        yield from ("", f"**{name}**: {total(own)}.", "")
        yield f"| {' | '.join(COLUMNS)} |"
        yield f"|{'|'.join('--:' if column not in {'kill -9', 'other blows'} else '---' for column in COLUMNS)}|"
        yield from (_row(one) for one in own)
        outcomes, blows = Counter[str](), Counter[str]()
        for one in own:
            outcomes.update(one["outcomes"])
            blows.update(one["blows"])
        yield from ("", f"What became of the pushes: {_counted(outcomes)}. Blows: {_counted(blows)}.")


def _row(one: dict[str, Any]) -> str:
    kills = _kills(one)
    others = sum(one["blows"].values()) - kills.total()
    by_kind = " · ".join(f"{count} {SHORT[name]}" for name, count in kills.items())
    cells = (
        one["seed"], one["pushes"], one["reached"], one["reads"], by_kind, others, one["doubts"], one["resolved"],
        f"{one['drained']:.0f} s", len(one["violations"]),
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def _kills(one: dict[str, Any]) -> Counter[str]:
    return Counter({name: count for name, count in one["blows"].items() if name in SHORT})


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common())
