"""What lines that are added and taken back do not bring about: the order of those that stay."""

import re
from collections.abc import Iterator

_ENTRY = re.compile(r"(?:(?:ip )?access-list \S+ )?(?:permit|deny|remark)\b")
"""Entries without a number: where they stand says when they count."""


def unreached(running: str, wanted: str, lines: str) -> str:
    """Return what of the difference between two configurations a plan's lines do not lead to; empty is nothing."""
    before, after = _entries(running), _entries(wanted)
    moved = [list_ for list_, meant in after.items() if _then(before.get(list_, []), meant) != meant]
    if moved:
        more = f" and {len(moved) - 3} more" if len(moved) > 3 else ""
        return f"the order of entries, which a device does not take from lines: {', '.join(moved[:3])}{more}"
    if not lines and _said(running) != _said(wanted):
        return "their order, or lines that no plan writes, such as the version of the system"
    return ""


def _then(before: list[str], meant: list[str]) -> list[str]:
    """Return the entries as they stand once lines were taken back, and new ones put at the end."""
    return [*(one for one in before if one in meant), *(one for one in meant if one not in before)]


def _entries(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for above, line in _placed(text):
        if _ENTRY.match(line):
            numbered = re.match(r"(?:ip )?access-list \S+", line)
            found.setdefault(" / ".join((*above, *([numbered[0]] if numbered else []))), []).append(line)
    return found


def _placed(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    stack: list[tuple[int, str]] = []
    for line in text.splitlines():
        words, depth = line.strip(), len(line) - len(line.lstrip())
        while stack and stack[-1][0] >= depth:
            stack.pop()
        yield tuple(one for _, one in stack), words
        stack.append((depth, words))


def _said(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
