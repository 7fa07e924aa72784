"""What a rule demands of each thing that lines name: of each neighbour, each group, each server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import regex

from netpulse_core.compliance.rules import patterns
from netpulse_core.compliance.rules.patterns import PLACE, Seeking
from netpulse_core.model.policy import Contains, Line

type Names = Mapping[str, str]
"""What the named groups of patterns were found to be; `{peer}` stands for that of `(?P<peer>...)`."""


def named(pattern: str, text: str, seeking: Seeking) -> Names | None:
    """Return what a pattern names in a text; None where it does not stand there."""
    match = seeking.match(pattern, text)
    return None if match is None else {name: value for name, value in match.groupdict().items() if value}


def filled(pattern: str, names: Names) -> str:
    """Return a pattern with names in it, each meaning itself alone."""
    return PLACE.sub(lambda place: regex.escape(names[place[1]]) if place[1] in names else place[0], pattern)


def line(wanted: Line, names: Names) -> Line:
    """Return a line with names in it."""
    text = PLACE.sub(lambda place: names.get(place[1], place[0]), wanted.text)
    return replace(wanted, text=text, pattern=filled(wanted.pattern, names))


def things(wanted: Contains, above: Names, lines: Sequence[str], seeking: Seeking) -> Iterator[Sequence[Names]]:
    """Yield each thing that is meant, followed by those it inherits from; without `each`, the section itself."""
    if not wanted.each:
        yield [above]
        return
    pattern, seen = filled(wanted.each, above), list[Names]()
    for one in lines:
        found = named(pattern, one, seeking)
        if found is None or (names := {**above, **found}) in seen:
            continue
        seen.append(names)
        heirs = _inherited(wanted, names, lines, seeking)
        if not any(seeking.found(filled(no, heir), one) for heir in heirs for no in wanted.unless for one in lines):
            yield heirs


def _inherited(wanted: Contains, names: Names, lines: Sequence[str], seeking: Seeking) -> Sequence[Names]:
    found = [names]
    for heir in found:  # which grows meanwhile
        for pattern in (filled(one, heir) for one in wanted.inherits):
            more = (named(pattern, one, seeking) for one in lines)
            found += [new for one in more if one and (new := {**heir, **one}) not in found]
    return found


def unknown(wanted: Contains) -> list[str]:
    """Return the names that stand in a rule and that nothing in it can be found to be."""
    known = {name for one in (*wanted.within, wanted.each) if one for name in patterns.groups(one)}
    lines = (*wanted.must, *wanted.must_not)
    # A text may have braces of its own, unless there are things it could name.
    said = (*wanted.unless, *wanted.inherits, wanted.each, *(one.pattern + one.text * bool(known) for one in lines))
    return sorted({name for one in said for name in PLACE.findall(one)} - known)
