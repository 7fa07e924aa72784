"""Target expressions: which devices a run is for, as people say it.

    expression = both { ("|" | "or") both }
    both       = each { ("&" | "and") each }
    each       = ("!" | "not") each | "(" expression ")" | test | names
    test       = key ("=" | "==" | "!=") (value | list) | key ["not"] "in" list
    names      = item { "," item }                  leaf1,leaf2   leaf*   @spines
    item       = value | "@" value                  a device's name, or a group it belongs to
    list       = "[" value { "," value } "]" | "(" value { "," value } ")"
    key        = "name" | "hostname" | "platform" | "group" | data key, dots descend: bgp.asn
    value      = word with * ? [abc] as in a shell, or a quoted text, which is taken as it is

A class such as `[0-2]` is one character; `[10-12]` and `[10:12]`, which would mean other devices, are refused.

A value that no device has is refused, in a negation, where a misspelt one would spare nobody, as in a list and in any
other alternative, where it would be lost beside the others; quoted, it is meant so. A pattern that is like no value is
refused as well, of names and groups too.

`*` is every device and `vrf=*` every device that has a vrf. `a!=b` is `!(a=b)`: it holds where there is no `a`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import translate

from netpulse_core.errors import InvalidParameters, Refused

ATTRIBUTES = ("name", "hostname", "platform", "group")
"""Keys with a meaning of their own, whatever a device's data holds under the same name."""

LONGEST = 1 << 18
"""Characters of an expression: those of ten thousand names of twenty characters, written out."""

DEEPEST = 50

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<sign>&&?|\|\|?|!=|==?|[!()\[\],@])
      | (?P<quoted>"[^"]*"|'[^']*')
      | (?P<word>[^\s()\[\]|&!=,@"'<>;`]+ (?:\[[^\]\s]*\] | [^\s()\[\]|&!=,"'<>;`]+)*)
    )""",
    re.VERBOSE,
)
_RANGE = re.compile(r"\[(?:[^\]]*:|(?=[^\]]*\d\d)[^\]]*[-,.])[^\]]*\]")
"""A class as people write it who mean numbers: `leaf[10-12]` would be leaf0, leaf1 and leaf2. `leaf[12]` is a class."""
_ONE_CHARACTER = "[...] is one character: say `leaf1[0-2]` for leaf10 to leaf12, or `leaf9 | leaf10`"
_SIGNS = {"&&": "&", "||": "|", "==": "="}
_WORDS = {"and": "&", "or": "|", "not": "!", "in": "in"}


@dataclass(frozen=True, slots=True)
class Value:
    """What a value is compared with; a glob unless it was quoted."""

    text: str
    glob: bool
    quoted: bool = field(default=False, compare=False)
    """Whether it is meant as it stands, also where no device has it."""

    def matcher(self) -> re.Pattern[str]:
        """Return the pattern of the whole text."""
        return re.compile(translate(self.text) if self.glob else re.escape(self.text))


@dataclass(frozen=True, slots=True)
class Test:
    """A device passes when any of its values under `path` is like any of `values`."""

    attribute: str
    """One of ATTRIBUTES, or empty where `path` leads into the device's data."""
    path: tuple[str, ...]
    values: tuple[Value, ...]

    def __str__(self) -> str:
        values = ",".join(value.text for value in self.values)
        if self.attribute in ("name", "group"):
            return values if self.attribute == "name" else f"@{values}"
        return f"{'.'.join(self.path)}={f'[{values}]' if len(self.values) > 1 else values}"


@dataclass(frozen=True, slots=True)
class Not:
    """Devices that the part does not select."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class Both:
    """Devices that every part selects."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Devices that any part selects."""

    parts: tuple["Expression", ...]


Expression = Test | Not | Both | Either


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """A sign, "in", "word", "quoted" or "end"."""
    text: str
    at: int


def parse(expression: str) -> Expression:
    """Return what an expression means; raise InvalidParameters with a caret where it stops making sense."""
    if not expression.strip():
        raise Refused("an empty target selects no device", hint="say `*` to mean every device")
    if len(expression) > LONGEST:
        raise InvalidParameters("target", [f"longer than {LONGEST:,} characters"], hint="use a group")
    return _Parser(expression).whole()


def naming(names: Iterable[str]) -> str:
    """Return the expression that means these devices and no other, whatever characters their names hold."""
    return ",".join(f"'{name}'" if '"' in name else f'"{name}"' for name in names)


class _Parser:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = list(_tokens(expression))
        self._next = 0
        self._depth = 0

    def whole(self) -> Expression:
        found = self._either()
        if self._kind != "end":
            raise self._wrong("expected `&`, `|` or the end")
        return found

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._accept("|"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Expression:
        parts = [self._each()]
        while self._accept("&"):
            parts.append(self._each())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _each(self) -> Expression:
        if self._kind not in ("!", "("):
            return self._test_or_names()
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(f"nested deeper than {DEEPEST} levels")
        if self._accept("!"):
            found: Expression = Not(self._each())
        else:
            self._take()
            found = self._either()
            self._expect(")", "expected `)`")
        self._depth -= 1
        return found

    def _test_or_names(self) -> Expression:
        after = self._tokens[self._next + 1].kind if self._kind in ("word", "quoted") else ""
        if after in ("=", "!="):
            key, sign = self._take(), self._take().kind
            values = self._list() if self._kind == "[" else (self._value("a value"),)
            return _test(key, values) if sign == "=" else Not(_test(key, values))
        if after == "in" or (after == "!" and self._tokens[self._next + 2].kind == "in"):
            key, negated = self._take(), self._accept("!")
            self._take()
            test = _test(key, self._list())
            return Not(test) if negated else test
        return self._names()

    def _names(self) -> Expression:
        names, groups = [], []
        while True:
            if self._accept("@"):
                groups.append(self._value("a group"))
            else:
                names.append(self._value("a device name or a test"))
            if self._kind in ("=", "!="):
                raise self._wrong("a test cannot stand in a list of names: join it with `|` or `&`")
            if not self._accept(","):
                break
        tests = [
            Test(attribute, (attribute,), tuple(values))
            for attribute, values in (("name", names), ("group", groups))
            if values
        ]
        return tests[0] if len(tests) == 1 else Either(tuple(tests))

    def _list(self) -> tuple[Value, ...]:
        closing = {"[": "]", "(": ")"}.get(self._kind)
        if closing is None:
            raise self._wrong("expected a list: `(a, b)`")
        self._take()
        values = [self._value("a value")]
        while self._accept(","):
            values.append(self._value("a value"))
        self._expect(closing, f"expected `,` or `{closing}`")
        return tuple(values)

    def _value(self, what: str) -> Value:
        token = self._tokens[self._next]
        if token.kind not in ("word", "quoted"):
            raise self._wrong(f"expected {what}")
        self._take()
        glob = token.kind == "word" and any(char in token.text for char in "*?[")
        return Value(token.text, glob, quoted=token.kind == "quoted")

    @property
    def _kind(self) -> str:
        return self._tokens[self._next].kind

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _accept(self, kind: str) -> bool:
        if self._kind != kind:
            return False
        self._next += 1
        return True

    def _expect(self, kind: str, message: str) -> None:
        if not self._accept(kind):
            raise self._wrong(message)

    def _wrong(self, message: str) -> InvalidParameters:
        return _wrong(self._expression, self._tokens[self._next].at, message)


def _test(key: _Token, values: tuple[Value, ...]) -> Test:
    if key.kind == "word" and key.text in ATTRIBUTES:
        return Test(key.text, (key.text,), values)
    return Test("", tuple(key.text.split(".")) if key.kind == "word" else (key.text,), values)


def _tokens(expression: str) -> Iterator[_Token]:
    at, end = 0, len(expression.rstrip())
    while at < end:
        found = _TOKEN.match(expression, at)
        if found is None:
            start = at + len(expression[at:]) - len(expression[at:].lstrip())
            char = expression[start]
            unclosed = "this quote is not closed" if char in "\"'" else f"unexpected {char!r}: quote the value it is in"
            raise _wrong(expression, start, unclosed)
        kind, text = found.lastgroup or "", found[found.lastgroup or 0]
        start, at = found.start(kind), found.end()
        if kind == "sign":
            kind = text = _SIGNS.get(text, text)
        elif kind == "quoted":
            text = text[1:-1]
        elif number := _RANGE.search(text):
            message = f"{number[0]} is no range of numbers"
            raise _wrong(expression, start + number.start(), message, _ONE_CHARACTER)
        elif text.lower() in _WORDS:
            kind = _WORDS[text.lower()]
        yield _Token(kind, text, start)
    yield _Token("end", "", end)


def _wrong(expression: str, at: int, message: str, advice: str = "") -> InvalidParameters:
    where = f"at position {at + 1}" if at < len(expression.rstrip()) else "at the end"
    marked = f"{' '.join(expression.split(chr(10)))}\n{' ' * at}^"
    return InvalidParameters("target", [f"{message} {where}"], hint="\n".join(filter(None, (marked, advice))))
