"""A TextFSM template compiled to run fast, with the rows and errors of textfsm itself.

textfsm reads the template, so that the grammar is its own. What costs time there is trying the rules of a state one by
one and objects for every value and row: here the rules of a state are one alternation, whose last group says which
rule it was, and a record is a list.
"""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from functools import cached_property
from io import StringIO
from typing import Any, NamedTuple

_NAMED = re.compile(r"\(\?P<\w+>")
_ACTING = frozenset({"Filldown", "Fillup", "List"})
_ENDS = frozenset({"End", "EOF"})
_REMEMBERED = 1000
"""Different lines of a state whose matches are kept for the rest of an output: most lines of large ones come again."""

_UNSEEN = object()
_REFERS_BACK = re.compile(r"\\[1-9]|\(\?P=|\(\?\(")


class _Rule(NamedTuple):
    """What a matching line does; groups are numbered as in the pattern the rule was found with."""

    rule: Any
    plain: tuple[tuple[int, int], ...]
    """Values that are only taken, each with its group."""
    special: tuple[tuple[int, int], ...]
    """Values with an option that acts when they are taken."""
    record: str
    """What it does with the record: `Record`, `Clear`, `Clearall`, or nothing."""
    target: str
    """The state to go on in; empty is this one."""
    after: int
    """Where to go on in the state for the same line; -1 is the next line."""
    fails: bool


class _Tried(NamedTuple):
    """The rules of a state from one on: the last group that `match` closed says which of them matched."""

    match: Callable[[str], Any]
    rules: Mapping[int | None, _Rule]


class _Found:
    """A match of a rule that cannot be part of an alternation, looking like one of an alternation."""

    __slots__ = ("_match", "lastindex")

    def __init__(self, match: re.Match[str], number: int) -> None:
        self._match = match
        self.lastindex = number

    def __getitem__(self, group: int) -> Any:
        return self._match[group]


class Machine:
    """One compiled template; `run` may be called again and again, from one thread at a time."""

    def __init__(self, text: str) -> None:
        import textfsm  # noqa: PLC0415

        self.failure = textfsm.TextFSMError
        self.fsm = textfsm.TextFSM(StringIO(text))
        self.header: list[str] = list(self.fsm.header)
        self.keys: list[str] = self.fsm.GetValuesByAttrib("Key")
        self._values = {value.name: number for number, value in enumerate(self.fsm.values)}
        options = [tuple(value.OptionNames()) for value in self.fsm.values]
        self._plan = _Plan(self.fsm.values, options)
        self.lists = self._plan.all_lists
        acting = {number for number, given in enumerate(options) if _ACTING & set(given)}
        self._states = {name: _State(rules, self._values, acting) for name, rules in self.fsm.states.items()}
        self._records_at_end = "EOF" not in self.fsm.states

    def run(self, text: str) -> tuple[list[list[Any]], int]:
        """Return the rows as textfsm gives them, and how many lines a rule matched; raise TextFSMError as it does."""
        record = _Record(self._plan)
        now, save = record.now, record.save
        state, name, matched = self._states["Start"], "Start", 0
        seen_in: dict[str, dict[str, Any]] = {}
        seen = seen_in.setdefault(name, {})
        for line in text.splitlines():
            tried = state.first
            found = seen.get(line, _UNSEEN)
            if found is _UNSEEN:
                found = tried.match(line)
                if len(seen) < _REMEMBERED:
                    seen[line] = found
            if found is None:
                continue
            matched += 1
            while found is not None:
                rule, plain, special, action, target, after, fails = tried.rules[found.lastindex]
                for value, group in plain:
                    now[value] = found[group]
                for value, group in special:
                    record.take(value, found[group])
                if action == "Record":
                    save()
                elif action:
                    record.act(action)
                if fails:
                    raise self.failure(_words(rule, line))
                if after < 0:
                    if target:
                        name, state = target, self._states.get(target, state)
                        seen = seen_in.setdefault(name, {})
                    break
                tried = state.rest(after)
                found = tried.match(line)
            if name in _ENDS:
                break
        if name != "End" and self._records_at_end:
            record.save()
        return record.rows, matched


class _State:
    """The rules of a state; from each place where a line may go on, they are one pattern, compiled when needed."""

    def __init__(self, rules: Sequence[Any], values: Mapping[str, int], acting: Container[int]) -> None:
        self._rules = rules
        self._values = values
        self._acting = acting
        self.together = not any(_alone(rule.regex_obj.regex) for rule in rules)
        self._from: dict[int, _Tried] = {}

    @cached_property
    def first(self) -> _Tried:
        """Every rule of the state."""
        return self.rest(0)

    def rest(self, at: int) -> _Tried:
        """Return the rules from one on."""
        found = self._from.get(at)
        if found is None:
            made = self._joined if self.together else self._one_by_one
            found = self._from[at] = made(at) if at < len(self._rules) else _Tried(lambda line: None, {})
        return found

    def _joined(self, at: int) -> _Tried:
        rules: dict[int | None, _Rule] = {}
        group, parts = 0, []
        for number, rule in enumerate(self._rules[at:], at):
            pattern = rule.regex_obj.regex
            made = self._rule(rule, number, shift=group)
            group += pattern.groups + 1
            rules[group] = made
            # Nothing stands before the first letter, so that `re` can pass over a rule by that letter alone; a match
            # begins where the line does anyway. The empty group closes last, and so says which rule it was.
            parts.append(f"(?:{_NAMED.sub('(', pattern.pattern.removeprefix('^'))})()")
        return _Tried(re.compile("|".join(parts)).match, rules)

    def _one_by_one(self, at: int) -> _Tried:
        matches = [(number, rule.regex_obj.regex.match) for number, rule in enumerate(self._rules)][at:]

        def one_by_one(line: str) -> _Found | None:
            tried = ((number, match(line)) for number, match in matches)
            return next((_Found(found, number) for number, found in tried if found is not None), None)

        return _Tried(one_by_one, {n: self._rule(rule, n, shift=0) for n, rule in enumerate(self._rules)})

    def _rule(self, rule: Any, number: int, *, shift: int) -> _Rule:
        named = rule.regex_obj.regex.groupindex.items()
        taken = [(self._values[name], group + shift) for name, group in named if name in self._values]
        return _Rule(
            rule=rule,
            plain=tuple(one for one in taken if one[0] not in self._acting),
            special=tuple(one for one in taken if one[0] in self._acting),
            record=rule.record_op if rule.record_op in ("Record", "Clear", "Clearall") else "",
            target=rule.new_state,
            after=number + 1 if rule.line_op == "Continue" else -1,
            fails=rule.line_op == "Error",
        )


class _Plan:
    """What the options of a template's values ask for, by the numbers of the values."""

    def __init__(self, values: Sequence[Any], options: Sequence[tuple[str, ...]]) -> None:
        self.options = options
        self.nested = [
            value.compiled_regex if "List" in given else None for value, given in zip(values, options, strict=True)
        ]
        self.saving = [
            (number, option == "Required")
            for number, given in enumerate(options)
            for option in given
            if option in ("Required", "List")
        ]
        self.filldown = [number for number, given in enumerate(options) if "Filldown" in given]
        self.all_lists = [number for number, given in enumerate(options) if "List" in given]
        self.lists = [number for number in self.all_lists if number not in self.filldown]
        self.empty: list[Any] = [None] * len(values)


class _Record:
    """The record being built and the rows that are done; options act in the order in which a value names them."""

    def __init__(self, plan: _Plan) -> None:
        self.rows: list[list[Any]] = []
        self.now = plan.empty.copy()
        self._plan = plan
        self._kept = plan.empty.copy()
        self._lists: dict[int, list[Any]] = {number: [] for number in plan.all_lists}

    def take(self, number: int, value: Any) -> None:
        """Assign a value whose options act on it."""
        self.now[number] = value
        for option in self._plan.options[number]:
            if option == "Filldown":
                self._kept[number] = value
            elif option == "Fillup" and value:
                self._fill_up(number, value)
            elif option == "List":
                self._lists[number].append(self._item(number, value))

    def _item(self, number: int, value: Any) -> Any:
        nested = self._plan.nested[number]
        assert nested is not None
        match = nested.match(value) if nested.groups > 1 else None
        return match.groupdict() if match and match.groupdict() else value

    def _fill_up(self, number: int, value: Any) -> None:
        for row in reversed(self.rows):
            if row[number]:
                break
            row[number] = value

    def act(self, action: str) -> None:
        """Do what a rule says with the record, other than to save it."""
        if action == "Clear":
            self.clear()
        else:
            self.clear_all()

    def save(self) -> None:
        """Add the record to the rows where it has what is required, and begin the next."""
        now = self.now
        if not now:
            return
        for number, required in self._plan.saving:
            if not required:
                now[number] = list(self._lists[number])
            elif not now[number]:
                self.clear()
                return
        if not any(now) and all(value is None or value == [] for value in now):
            return
        self.rows.append(["" if value is None else value for value in now] if None in now else now.copy())
        self.clear()

    def clear(self) -> None:
        """Forget all but what is filled down."""
        self.now[:] = self._plan.empty
        for number in self._plan.filldown:
            self.now[number] = self._kept[number]
        for number in self._plan.lists:
            self._lists[number] = []

    def clear_all(self) -> None:
        """Forget everything."""
        self.now[:] = self._plan.empty
        for number in self._plan.filldown:
            self._kept[number] = None
        for number in self._plan.all_lists:
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
