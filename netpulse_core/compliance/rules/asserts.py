"""Assertions on the data of a getter, or on the records of a command's answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from netpulse_core.compliance.rules.means import Bench
from netpulse_core.compliance.rules.patterns import Seeking
from netpulse_core.errors import NetPulseError
from netpulse_core.model.check import Finding, FindingVerdict
from netpulse_core.model.policy import Assertion, Asserts

_LONGEST = 300
"""Characters of a value that a finding repeats."""

_WORST = (FindingVerdict.FAIL, FindingVerdict.ERROR, FindingVerdict.WARN, FindingVerdict.NOT_APPLICABLE)


def judge(wanted: Asserts, answer: Any, bench: Bench) -> Finding:
    """Say which of the assertions do not hold, each with what was wanted and what is there."""
    data = answer
    if wanted.source.startswith("command:"):
        data = bench.records(answer, wanted.source.partition(":")[2], wanted.template, wanted.parser)
    told = [_assertion(one, data, bench) for one in wanted.assertions]
    if wanted.schema is not None:
        told += [
            (FindingVerdict.FAIL, "the JSON Schema", one, one) for one in bench.asked("schema", data, wanted.schema)
        ]
    bad = [one for one in told if one[0] is not FindingVerdict.PASS]
    if not bad:
        return Finding.passed(wanted=[one[1] for one in told], found=[one[2] for one in told])
    worst = next(verdict for verdict in _WORST if any(one[0] is verdict for one in bad))
    why = [one[3] for one in bad if one[0] is worst]
    more = f", and {len(why) - 1} more" if len(why) > 1 else ""
    return Finding(worst, f"{why[0]}{more}", wanted=[one[1] for one in bad], found=[one[2] for one in bad])


type _Told = tuple[FindingVerdict, str, str, str]
"""A verdict, what was wanted, what was found, and the reason."""


def _assertion(one: Assertion, data: Any, bench: Bench) -> _Told:
    wanted = one.path if one.test == "is_true" else f"{one.path} {one.test.replace('_', ' ')} {_shown(one.value)}"
    try:
        found = bench.asked("query", data, one.path)
    except NetPulseError as error:
        return FindingVerdict.ERROR, wanted, "", str(error)
    value, unknown = found["value"], found["unknown"]
    if one.test == "exists":
        there = value is not None
        verdict = FindingVerdict.PASS if there is one.value else FindingVerdict.FAIL
        return verdict, wanted, _shown(value), f"{one.path} {'is there' if there else 'is not there'}"
    if unknown:
        # A filter by a key that nothing has finds nothing, which would look as if nothing were wrong.
        return one.missing, wanted, "", f"{one.path}: nothing in the data is called {unknown[0]!r}"
    if value is None:
        return one.missing, wanted, "", f"{one.path} leads nowhere"
    try:
        holds = _TESTS[one.test](value, one.value)
    except (TypeError, NetPulseError) as error:
        return FindingVerdict.ERROR, wanted, _shown(value), f"{one.path}: {error}"
    return (
        (FindingVerdict.PASS if holds else FindingVerdict.FAIL),
        wanted,
        _shown(value),
        f"{one.path} is {_shown(value)}",
    )


def _is_true(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"it is {_shown(value)}, and neither true nor false: say what it should be, as `equals`")
    return value


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) is not isinstance(wanted, bool):
        return False  # 1 is not true
    return bool(value == wanted)


def _within(value: Any, wanted: Sequence[Any]) -> bool:
    return any(_equal(value, one) for one in wanted)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, str):
        return str(wanted) in value
    if isinstance(value, list | Mapping):
        return any(_equal(one, wanted) for one in value)
    raise TypeError(f"it is {_shown(value)}, which contains nothing")


def _matches(value: Any, wanted: str) -> bool:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return Seeking().found(wanted, str(value))
    raise TypeError(f"it is {_shown(value)}, and no text")


def _number(value: Any) -> float:
    if isinstance(value, str):  # TextFSM knows nothing but texts
        try:
            return float(value)
        except ValueError:
            raise TypeError(f"it is {_shown(value)}, and no number") from None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise TypeError(f"it is {_shown(value)}, and no number")


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is_true": _is_true,
    "equals": _equal,
    "not_equals": lambda value, wanted: not _equal(value, wanted),
    "in": _within,
    "not_in": lambda value, wanted: not _within(value, wanted),
    "contains": _contains,
    "not_contains": lambda value, wanted: not _contains(value, wanted),
    "matches": _matches,
    "at_least": lambda value, wanted: _number(value) >= wanted,
    "at_most": lambda value, wanted: _number(value) <= wanted,
}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
