"""A TextFSM template compiled to run fast, with the rows and errors of textfsm itself.

textfsm reads the template, so that the grammar is its own. What costs time there is trying the rules of a state one by
one and objects for every value and row: here the rules of a state are one alternation, whose last group says which
rule it was, and a record is a list.
"""

import re
from collections.abc import Callable, Sequence
from io import StringIO
from typing import Any, NamedTuple

Match = re.Match[str]
Assign = Callable[[int, Any], None]

_NAMED = re.compile(r"\(\?P<\w+>")
_REFERS_BACK = re.compile(r"\\[1-9]|\(\?P=|\(\?\(")


class _Rule(NamedTuple):
    """What a matching line does; `groups` are numbered as in the pattern the rule was found with."""

    rule: Any
    groups: tuple[int, ...]
    values: tuple[int, ...]
    after: int
    """Where to go on in the state for the same line; -1 is the next line."""
    records: bool
    clears: bool
    clears_all: bool
    fails: bool
    target: str


class Machine:
    """One compiled template; `run` may be called again and again, from one thread at a time."""

    def __init__(self, text: str) -> None:
        import textfsm  # noqa: PLC0415

        self.failure = textfsm.TextFSMError
        self.fsm = textfsm.TextFSM(StringIO(text))
        self.header: list[str] = list(self.fsm.header)
        self.keys: list[str] = self.fsm.GetValuesByAttrib("Key")
        self._values = {value.name: number for number, value in enumerate(self.fsm.values)}
        self._options = [tuple(value.OptionNames()) for value in self.fsm.values]
        self.lists = [number for number, given in enumerate(self._options) if "List" in given]
        self._states = {name: _State(rules, self._values) for name, rules in self.fsm.states.items()}
        self._records_at_end = "EOF" not in self.fsm.states

    def run(self, text: str) -> tuple[list[list[Any]], int]:
        """Return the rows as textfsm gives them, and how many lines a rule matched; raise TextFSMError as it does."""
        record = _Record(self.fsm.values, self._options)
        state, name, matched = self._states["Start"], "Start", 0
        plain, set_one = record.plain, record.set
        for line in text.splitlines():
            at = 0
            known = False
            while True:
                found = state.match(at, line)
                if found is None:
                    break
                match, rule = found
                known = True
                for value, group in zip(rule.values, rule.groups, strict=True):
                    if plain[value]:
                        record.now[value] = match[group]
                    else:
                        set_one(value, match[group])
                if rule.records:
                    record.save()
                elif rule.clears:
                    record.clear()
                elif rule.clears_all:
                    record.clear_all()
                if rule.fails:
                    raise self.failure(_words(rule.rule, line))
                if rule.after < 0:
                    if rule.target:
                        name = rule.target
                        state = self._states[name] if name not in ("End", "EOF") else state
                    break
                at = rule.after
            matched += known
            if name in ("End", "EOF"):
                break
        if name != "End" and self._records_at_end:
            record.save()
        return record.rows, matched


class _State:
    """The rules of a state; from each place where a line may go on, they are one pattern, compiled when needed."""

    def __init__(self, rules: Sequence[Any], values: dict[str, int]) -> None:
        self._rules = rules
        self._values = values
        self._together = not any(_alone(rule.regex_obj.regex) for rule in rules)
        self._from: dict[int, Callable[[str], tuple[Match, _Rule] | None]] = {}

    def match(self, at: int, line: str) -> tuple[Match, _Rule] | None:
        """Return the first rule from `at` on that matches."""
        found = self._from.get(at)
        if found is None:
            found = self._from[at] = self._joined(at) if self._together else self._one_by_one(at)
        return found(line)

    def _joined(self, at: int) -> Callable[[str], tuple[Match, _Rule] | None]:
        rules = list(self._rules[at:])
        if not rules:
            return lambda line: None
        outer, group, parts = {}, 1, []
        for number, rule in enumerate(rules, at):
            pattern = rule.regex_obj.regex
            outer[group] = self._rule(rule, number, shift=group)
            parts.append(f"({_NAMED.sub('(', pattern.pattern)})")
            group += pattern.groups + 1
        match = re.compile("|".join(parts)).match

        def joined(line: str) -> tuple[Match, _Rule] | None:
            found = match(line)
            # The last group that was closed is the outermost of the rule that matched.
            return None if found is None else (found, outer[found.lastindex or 0])

        return joined

    def _one_by_one(self, at: int) -> Callable[[str], tuple[Match, _Rule] | None]:
        tried = [(one.regex_obj.regex.match, self._rule(one, n, shift=0)) for n, one in enumerate(self._rules)][at:]

        def one_by_one(line: str) -> tuple[Match, _Rule] | None:
            for match, rule in tried:
                found = match(line)
                if found is not None:
                    return found, rule
            return None

        return one_by_one

    def _rule(self, rule: Any, number: int, *, shift: int) -> _Rule:
        named = [(name, group) for name, group in rule.regex_obj.regex.groupindex.items() if name in self._values]
        return _Rule(
            rule=rule,
            groups=tuple(group + shift for _, group in named),
            values=tuple(self._values[name] for name, _ in named),
            after=number + 1 if rule.line_op == "Continue" else -1,
            records=rule.record_op == "Record",
            clears=rule.record_op == "Clear",
            clears_all=rule.record_op == "Clearall",
            fails=rule.line_op == "Error",
            target=rule.new_state,
        )


class _Record:
    """The record being built and the rows that are done; options act in the order in which a value names them."""

    def __init__(self, values: Sequence[Any], options: Sequence[tuple[str, ...]]) -> None:
        self.rows: list[list[Any]] = []
        self.now: list[Any] = [None] * len(values)
        self._options = options
        self._nested = [
            value.compiled_regex if "List" in given else None for value, given in zip(values, options, strict=True)
        ]
        self.plain = [not set(given) & {"Filldown", "Fillup", "List"} for given in options]
        self._kept: list[Any] = [None] * len(values)
        self._lists: list[list[Any]] = [[] for _ in values]
        self._saving = [(number, given) for number, given in enumerate(options) if set(given) & {"Required", "List"}]
        self._filldown = [number for number, given in enumerate(options) if "Filldown" in given]
        self._list = [number for number, given in enumerate(options) if "List" in given and "Filldown" not in given]
        self._all_lists = [number for number, given in enumerate(options) if "List" in given]
        self._empty: list[Any] = [None] * len(values)

    def set(self, number: int, value: Any) -> None:
        """Assign a value that has options."""
        self.now[number] = value
        for option in self._options[number]:
            if option == "Filldown":
                self._kept[number] = value
            elif option == "Fillup" and value:
                self._fill_up(number, value)
            elif option == "List":
                self._lists[number].append(self._item(number, value))

    def _item(self, number: int, value: Any) -> Any:
        nested = self._nested[number]
        assert nested is not None
        match = nested.match(value) if nested.groups > 1 else None
        return match.groupdict() if match and match.groupdict() else value

    def _fill_up(self, number: int, value: Any) -> None:
        for row in reversed(self.rows):
            if row[number]:
                break
            row[number] = value

    def save(self) -> None:
        """Add the record to the rows where it has what is required, and begin the next."""
        now = self.now
        if not now:
            return
        for number, options in self._saving:
            for option in options:
                if option == "Required":
                    if not now[number]:
                        self.clear()
                        return
                elif option == "List":
                    now[number] = list(self._lists[number])
        if now.count(None) + now.count([]) == len(now):
            return
        self.rows.append(["" if value is None else value for value in now])
        self.clear()

    def clear(self) -> None:
        """Forget all but what is filled down."""
        self.now[:] = self._empty
        for number in self._filldown:
            self.now[number] = self._kept[number]
        for number in self._list:
            self._lists[number] = []

    def clear_all(self) -> None:
        """Forget everything."""
        self.now[:] = self._empty
        for number in self._filldown:
            self._kept[number] = None
        for number in self._all_lists:
            self._lists[number] = []


def _alone(pattern: re.Pattern[str]) -> bool:
    """Whether a rule cannot stand in an alternation: flags and references would mean something else there."""
    plain = _NAMED.sub("(", pattern.pattern)
    if pattern.flags != re.compile("").flags or _REFERS_BACK.search(plain):
        return True
    try:
        return re.compile(f"({plain})").groups != pattern.groups + 1
    except re.error:
        return True


def _words(rule: Any, line: str) -> str:
    """Say a failure as textfsm does."""
    if rule.new_state:
        return f"Error: {rule.new_state}. Rule Line: {rule.line_num}. Input Line: {line}."
    return f"State Error raised. Rule Line: {rule.line_num}. Input Line: {line}"
