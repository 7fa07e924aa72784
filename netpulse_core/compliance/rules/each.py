"""What a rule demands of each thing that lines name: of each neighbour, each group, each server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import regex

from netpulse_core.compliance.rules import patterns
from netpulse_core.compliance.rules.patterns import PLACE, Seeking
from netpulse_core.model.policy import Contains, Line

_SHORTCUT_LESS = regex.compile(r"\(\?(?![:=]|P[<=])|[*+?}]\+|\[[^\]]*\{[^\]]*\]")
"""What a pattern may hold that stands where something more general does not: a negative look around, an atomic group, a
possessive quantifier, flags, a name within a set of characters."""

type Names = Mapping[str, str]
"""What the named groups of patterns were found to be; `{peer}` stands for that of `(?P<peer>...)`."""


def named(pattern: str, text: str, seeking: Seeking) -> Names | None:
    """Return what a pattern names in a text, a part that is left out as empty; None where it does not stand there."""
    match = seeking.match(pattern, text)
    return None if match is None else {name: value or "" for name, value in match.groupdict().items()}


def filled(pattern: str, names: Names) -> str:
    """Return a pattern with names in it, each meaning itself alone."""
    return PLACE.sub(lambda place: regex.escape(names[place[1]]) if place[1] in names else place[0], pattern)


def line(wanted: Line, names: Names) -> Line:
    """Return a line with names in it."""
    text = PLACE.sub(lambda place: names.get(place[1], place[0]), wanted.text)
    return replace(wanted, text=text, pattern=filled(wanted.pattern, names))


class Index:
    """Which lines a pattern may stand in once names are in it: each line is looked at once, and not once a name."""

    def __init__(self, lines: Sequence[str], seeking: Seeking) -> None:
        self._lines, self._seeking = lines, seeking
        self._near: dict[str, list[tuple[int, str | None]]] = {}
        self._found: dict[str, list[Names]] = {}

    def near(self, pattern: str, names: Names) -> Iterator[int]:
        """Yield the numbers of these lines."""
        if pattern not in self._near:
            self._near[pattern] = list(self._candidates(pattern))
        used = [names[name].lower() for name in set(PLACE.findall(pattern)) if name in names]
        return (place for place, line in self._near[pattern] if line is None or any(one in line for one in used))

    def found(self, pattern: str, names: Names) -> Sequence[Names]:
        """Return what it names in each line it stands in; many inherit from one, which is sought once."""
        wanted = filled(pattern, names)
        if wanted not in self._found:
            lines = (self._lines[place] for place in self.near(pattern, names))
            found = (named(wanted, line, self._seeking) for line in lines)
            self._found[wanted] = [one for one in found if one is not None]
        return self._found[wanted]

    def _candidates(self, pattern: str) -> Iterator[tuple[int, str | None]]:
        """Yield lines it may stand in, each with its text where a name must be in that."""
        if _SHORTCUT_LESS.search(pattern):
            yield from ((place, None) for place in range(len(self._lines)))
            return
        anything, nothing = PLACE.sub("(?s:.*)", pattern), PLACE.sub("(?!)", pattern)
        for place, line in enumerate(self._lines):
            if self._seeking.found(anything, line):
                yield place, None if self._seeking.found(nothing, line) else line.lower()


def things(wanted: Contains, above: Names, lines: Sequence[str], seeking: Seeking) -> Iterator[Sequence[Names]]:
    """Yield each thing that is meant, followed by those it inherits from; without `each`, the section itself."""
    if not wanted.each:
        yield [above]
        return
    pattern, seen, index = filled(wanted.each, above), set[tuple[tuple[str, str], ...]](), Index(lines, seeking)
    for one in lines:
        found = named(pattern, one, seeking)
        if found is None or tuple(found.items()) in seen:
            continue
        seen.add(tuple(found.items()))
        heirs = _inherited(wanted, {**above, **found}, index)
        if not any(index.found(no, heir) for heir in heirs for no in wanted.unless):
            yield heirs


def _inherited(wanted: Contains, names: Names, index: Index) -> Sequence[Names]:
    found = [names]
    for heir in found:  # which grows meanwhile
        for pattern in wanted.inherits:
            found += [new for one in index.found(pattern, heir) if (new := {**heir, **one}) not in found]
    return found


def unknown(wanted: Contains) -> list[str]:
    """Return the names that stand in a rule and that nothing in it can be found to be."""
    known = {name for one in (*wanted.within, wanted.each) if one for name in patterns.groups(one)}
    lines = (*wanted.must, *wanted.must_not)
    # A text may have braces of its own, unless there are things it could name.
    said = (*wanted.unless, *wanted.inherits, wanted.each, *(one.pattern + one.text * bool(known) for one in lines))
    return sorted({name for one in said for name in PLACE.findall(one)} - known)
