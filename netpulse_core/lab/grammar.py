"""Commands as IOS reads them: abbreviated words, typed arguments and four ways to refuse.

A pattern is one line of words: lower case is literal, upper case an argument (`WORD`, `KEY`, `NUMBER`,
`ADDRESS`, `INTERFACE`, and `LINE` for the rest). Marks may follow: `+` many such lines stand side by side,
`!` on by default (its absence is what gets written down), `>mode` opens a section. `KEY` is an argument that
belongs to the identity of a line, as the name in `username KEY LINE`; what trails it is a replaceable value.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address
from itertools import takewhile
from typing import NamedTuple

INTERFACES = (
    "GigabitEthernet", "TenGigabitEthernet", "HundredGigE", "FastEthernet", "Ethernet", "Loopback",
    "Port-channel", "Tunnel", "Vlan", "Null",
)  # fmt: skip

_INTERFACE = re.compile(r"([A-Za-z-]+)\s*(\d[\d/.:]*)")
_WORDS = re.compile(r"\S+")


class Refusal(Exception):
    """A line the device did not accept, with the text it answers."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class Rule(NamedTuple):
    """What a complete command means."""

    name: str
    identity: int
    many: bool
    on_by_default: bool
    opens: str | None


class Match(NamedTuple):
    """A line read against a grammar; `rule` is None where the line stops short and that was allowed."""

    rule: Rule | None
    parts: list[str]
    arguments: list[str]

    @property
    def text(self) -> str:
        return " ".join(self.parts)

    @property
    def key(self) -> str:
        """What two lines share when the second replaces the first."""
        if self.rule is None or self.rule.many or self.rule.opens:
            return self.text
        return " ".join(self.parts[: self.rule.identity])


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    argument: tuple[str, "_Node"] | None = None
    rule: Rule | None = None


class Grammar:
    """The commands of one mode."""

    def __init__(self, *patterns: str) -> None:
        self._root = _Node()
        for text in patterns:
            for pattern in text.splitlines():
                if pattern.strip():
                    self._learn(pattern.split())

    def _learn(self, tokens: list[str]) -> None:
        marks = [token for token in tokens if token[0] in "+!>"]
        tokens = [token for token in tokens if token[0] not in "+!>"]
        node = self._root
        for token in tokens:
            node = _kind(node, token) if token.isupper() else node.literals.setdefault(token, _Node())
        identity = len(tokens)
        while identity and tokens[identity - 1].isupper() and tokens[identity - 1] != "KEY":
            identity -= 1
        opens = next((mark[1:] for mark in marks if mark[0] == ">"), None)
        name = " ".join(token for token in tokens if not token.isupper())
        node.rule = Rule(name, identity, "+" in marks, "!" in marks, opens)

    def match(self, line: str, *, column: int = 0, partial: bool = False) -> Match:
        """Read `line`, typed after `column` characters; a `partial` one may stop before its end.

        Raises Refusal with the caret under the character that could not be read.
        """
        node, parts, arguments = self._root, list[str](), list[str]()
        words = list(_WORDS.finditer(line))
        while words:
            word = words.pop(0)
            literal = _literal(node, word[0].lower(), line)
            if literal is not None:
                parts.append(literal)
                node = node.literals[literal]
                continue
            if node.argument is None:
                raise invalid(column + word.start() + _read_so_far(node, word[0].lower()))
            kind, node = node.argument
            if kind == "LINE":
                value: str | None = line[word.start() :].rstrip()
                words.clear()
            elif kind == "INTERFACE" and word[0].isalpha() and words:
                value = _READERS[kind](word[0] + words.pop(0)[0])
            else:
                value = _READERS[kind](word[0])
            if value is None:
                raise invalid(column + word.start())
            parts.append(value)
            arguments.append(value)
        if node.rule is None and not (partial and parts):
            raise Refusal("% Incomplete command.\n\n")
        return Match(node.rule, parts, arguments)

    def completions(self, line: str) -> list[str]:
        """What may stand where `line` ends: the answer to a question mark."""
        node, head, tail = self._root, line, ""
        if line and not line[-1].isspace():
            head, _, tail = line.rpartition(" ")
        for word in head.split():
            literal = _literal(node, word.lower(), line)
            if literal is not None:
                node = node.literals[literal]
            elif node.argument is not None and node.argument[0] != "LINE":
                node = node.argument[1]
            else:
                return [node.argument[0]] if node.argument else []
        found = sorted(name for name in node.literals if name.startswith(tail.lower()))
        if node.argument is not None and not tail:
            found.append(node.argument[0])
        if node.rule is not None and not tail:
            found.append("<cr>")
        return found


def invalid(column: int) -> Refusal:
    return Refusal(f"{' ' * column}^\n% Invalid input detected at '^' marker.\n\n")


def interface_name(text: str) -> str | None:
    """The full name of an interface, or None where it is unknown or more than one could be meant."""
    read = _INTERFACE.fullmatch(text)
    if read is None:
        return None
    kinds = [kind for kind in INTERFACES if kind.lower().startswith(read[1].lower())]
    return f"{kinds[0]}{read[2]}" if len(kinds) == 1 else None


def _kind(node: _Node, kind: str) -> _Node:
    if node.argument is None:
        node.argument = (kind, _Node())
    if node.argument[0] != kind:
        raise ValueError(f"one place in a grammar cannot be both {node.argument[0]} and {kind}")
    return node.argument[1]


def _literal(node: _Node, word: str, line: str) -> str | None:
    if word in node.literals:
        return word
    fitting = [name for name in node.literals if name.startswith(word)]
    if len(fitting) > 1:
        raise Refusal(f'% Ambiguous command:  "{line.strip()}"\n')
    return fitting[0] if fitting else None


def _read_so_far(node: _Node, word: str) -> int:
    return max((_shared(name, word) for name in node.literals), default=0)


def _shared(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _word(text: str) -> str | None:
    return text


def _number(text: str) -> str | None:
    return text if text.isdecimal() else None


def _address(text: str) -> str | None:
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        return None


_READERS: dict[str, Callable[[str], str | None]] = {
    "WORD": _word,
    "KEY": _word,
    "NUMBER": _number,
    "ADDRESS": _address,
    "INTERFACE": interface_name,
}
