"""Patterns mean what they meant to an engine that goes back, and take no longer the more of them is tried."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from netpulse_core.model.commandrules import CommandRules
from netpulse_core.model.globs import Line

LONGEST = 4096
MOST_STARS = 4
"""What they are compared with goes back, and takes a power of them."""
WORDS = (
    st.lists(st.text("aAbß*?", min_size=1, max_size=4), min_size=1, max_size=4)
    .map(" ".join)
    .filter(lambda pattern: pattern.count("*") <= MOST_STARS)
)
LINES = st.lists(st.text("aBbß|", min_size=1, max_size=4), min_size=1, max_size=5).map(" ".join)


def plain(pattern: str, any_letter: str = ".") -> str:
    return "".join(f"{any_letter}*" if one == "*" else any_letter if one == "?" else re.escape(one) for one in pattern)


def abbreviated(pattern: str) -> str:
    """What a pattern with abbreviations means, word by word, in the words of `re`."""
    found = []
    for word in pattern.split(" "):
        head = re.split(r"[*?]", word, maxsplit=1)[0]
        beginnings = [re.escape(head[:length]) for length in range(1, len(head) + 1)]
        rest = "(?: .*)?" if word.endswith("*") else ""
        found.append("(?:" + "|".join([plain(word), *(one + rest for one in beginnings)]) + ")")
    return " ".join(found)


@settings(deadline=None)
@given(pattern=WORDS, line=LINES)
@example(pattern="*a*", line="|")
def test_a_pattern_means_what_it_always_meant(pattern: str, line: str) -> None:
    assert Line(line).meant_by(pattern) is bool(re.fullmatch(plain(pattern), line, re.IGNORECASE))
    assert Line(line).meant_by_abbreviated(pattern) is bool(re.fullmatch(abbreviated(pattern), line, re.IGNORECASE))


@settings(deadline=None)
@given(pattern=WORDS, line=LINES)
def test_a_wildcard_does_not_mean_what_is_beyond_it(pattern: str, line: str) -> None:
    meant = bool(re.fullmatch(plain(pattern, "[^|]"), line, re.IGNORECASE))
    assert Line(line, beyond="|").meant_by(pattern) is meant


@settings(deadline=None)
@given(line=LINES, pattern=WORDS)
def test_of_several_beginnings_and_ends_any_two_do(line: str, pattern: str) -> None:
    begins, ends = range(0, len(line), 2), range(1, len(line) + 1, 2)
    given_line = Line(line, starts=sum(1 << one for one in begins), ends=sum(1 << one for one in ends))
    parts = [line[begin:end] for begin in begins for end in ends if begin <= end]
    assert given_line.meant_by(pattern) is any(re.fullmatch(plain(pattern), one, re.IGNORECASE) for one in parts)


@settings(deadline=None)
@given(line=LINES, pattern=WORDS)
def test_what_is_written_out_begins_where_nothing_is_abbreviated(line: str, pattern: str) -> None:
    abbreviable, written = 1, sum(1 << one for one in range(1, len(line), 2))
    given_line = Line(line, starts=abbreviable, written=written)
    assert given_line.meant_by(pattern) is Line(line, starts=abbreviable | written).meant_by(pattern)
    assert given_line.meant_by_abbreviated(pattern) is Line(line).meant_by_abbreviated(pattern)


@pytest.mark.timeout(60)  # an engine that goes back takes hours over most of these
@pytest.mark.parametrize(
    ("pattern", "line", "meant"),
    [
        ("show *a*b*c", "show " + "a" * (LONGEST - 5), False),
        ("show " + "*a" * 50 + "*b", "show " + "a" * (LONGEST - 5), False),
        ("show *a*b*c", "show " + "ab" * 2000 + "c", True),
        ("*a* " * 40 + "x", "a " * 2047 + "y", False),
        ("a* " * 40 + "x", "a " * 2047 + "y", False),
        ("a* " * 40 + "x", "a " * 2047 + "x", True),
        ("?*" * 200 + "x", "a" * LONGEST, False),
        ("*" * 2000 + "x", "a" * LONGEST, False),
        ("do do do *do*do*do*x", "do " * 1365 + "y", False),
        ("x", "do " * 1365 + "x", True),
    ],
)
def test_hostile_patterns_and_lines_are_judged(pattern: str, line: str, meant: bool) -> None:
    assert bool(CommandRules(deny=(pattern,)).refusal([line])) is meant
    if not line.startswith("do "):
        assert (CommandRules(allow=(pattern,)).refusal([line]) == "") is meant


@pytest.mark.timeout(60)
def test_many_long_lines_are_judged_in_one_request() -> None:
    rules = CommandRules(deny=tuple(f"show *a*b*{letter}" for letter in "cdefghij"))
    assert rules.refusal(["show " + "ab" * 2000 + "x" for _ in range(200)]) == ""
