"""Lines that a regular expression matches, made of the expression itself."""

import importlib
from collections.abc import Sequence
from random import Random
from typing import Any

_parser: Any = importlib.import_module("re._parser")
_CATEGORIES = {
    "CATEGORY_DIGIT": "0123456789",
    "CATEGORY_SPACE": "  \t",
    "CATEGORY_WORD": "abcXYZ019_",
    "CATEGORY_NOT_DIGIT": "abc -/:",
    "CATEGORY_NOT_SPACE": "abcXYZ019-./:",
    "CATEGORY_NOT_WORD": " -./:",
}
_PRINTABLE = [chr(code) for code in range(32, 127)]


def example(pattern: str, random: Random) -> str:
    """Return a text that probably matches; look-arounds are not looked at."""
    return _of(_parser.parse(pattern), random, {})


def _of(tree: Any, random: Random, groups: dict[int, str]) -> str:
    return "".join(_one(str(op), value, random, groups) for op, value in tree)


def _one(op: str, value: Any, random: Random, groups: dict[int, str]) -> str:
    match op:
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL":
            return random.choice([char for char in "ab1 -" if ord(char) != value])
        case "ANY":
            return random.choice("ab1 -.")
        case "IN":
            return _in(value, random)
        case "BRANCH":
            return _of(random.choice(value[1]), random, groups)
        case "SUBPATTERN":
            groups[value[0]] = _of(value[3], random, groups)
            return groups[value[0]]
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, tree = value
            count = random.randint(least, min(int(most), least + 2))
            return "".join(_of(tree, random, groups) for _ in range(count))
        case "GROUPREF":
            return groups.get(value, "")
    return ""


def _in(options: Sequence[tuple[Any, Any]], random: Random) -> str:
    negated = str(options[0][0]) == "NEGATE"
    allowed = {char for op, value in options if str(op) != "NEGATE" for char in _chars(str(op), value)}
    left = [char for char in _PRINTABLE if char not in allowed] if negated else sorted(allowed)
    return random.choice(left or ["x"])


def _chars(op: str, value: Any) -> str:
    if op == "RANGE":
        return "".join(map(chr, range(value[0], value[1] + 1)))
    return chr(value) if op == "LITERAL" else _CATEGORIES[str(value)]
