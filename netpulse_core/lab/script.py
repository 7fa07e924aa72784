"""A device as a script tells it: a prompt, what is answered to which line, and how everything else is refused."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import yaml

from netpulse_core.lab.faults import Fate
from netpulse_core.lab.ios import Reply


@dataclass(frozen=True, kw_only=True)
class Line:
    """What becomes of a line.

    command: the line, word for word
    pattern: instead of it, a regular expression of the whole line
    at: the prompt at which this holds; at every prompt where it is None
    answer: what is said; of several, one each time the line comes, and the last one from then on
    prompt: the prompt from then on, or what is asked; the same as before where it is None
    hidden: what is typed next is a secret, and not echoed
    delay: seconds until the answer
    drops: the session breaks off instead of an answer
    closes: the session ends, as after `exit`
    """

    command: str = ""
    pattern: str = ""
    at: str | None = None
    answer: str | tuple[str, ...] = ""
    prompt: str | None = None
    hidden: bool = False
    delay: float = 0.0
    drops: bool = False
    closes: bool = False

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """What a whole line is matched against."""
        return re.compile(self.pattern or re.escape(self.command.strip()))

    def holds(self, line: str, prompt: str) -> bool:
        """Whether this is about a line that is typed at a prompt."""
        return self.at in (None, prompt) and self.expression.fullmatch(line.strip()) is not None

    def answers(self, time: int) -> str:
        """Return what is said the first time (0) the line comes, and each time after that."""
        if isinstance(self.answer, str):
            return self.answer
        return self.answer[min(time, len(self.answer) - 1)] if self.answer else ""


@dataclass(frozen=True, kw_only=True)
class Script:
    """What a device says.

    prompt: what it shows when it waits for a line; a space at its end is shown too
    banner: what it says before the first prompt
    lines: what becomes of each line; the first that holds
    refuses: the answer to any other line; `{line}` is that line
    """

    prompt: str
    banner: str = ""
    lines: tuple[Line, ...] = field(default_factory=tuple)
    refuses: str = "% unknown command: {line}"

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Make one of plain values, as a YAML file holds them; raises ValueError where they tell no script."""
        told = _checked(cls, values, "the script")
        listed = told.pop("lines", ())
        if not isinstance(listed, list | tuple):
            raise ValueError("lines: must be a list")
        return cls(**told, lines=tuple(_line(number, one) for number, one in enumerate(listed, 1)))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read one from a YAML file; raises ValueError naming it."""
        try:
            return cls.of(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (yaml.YAMLError, ValueError) as error:
            raise ValueError(f"{path}: {error}") from error

    def find(self, line: str, prompt: str) -> Line | None:
        """Return what becomes of a line at a prompt, or None where nothing is said of it."""
        return next((one for one in self.lines if one.holds(line, prompt)), None)


class ScriptedShell:
    """One session's command line of a script."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._came: dict[Line, int] = {}
        self.prompt = script.prompt
        self.hidden = False
        self.length = 0
        """Lines of a screen; 0 shows no page."""

    asking = True
    """A question mark is a letter: a script knows no help."""
    configuring = False

    def fate(self, line: str) -> Fate:
        """Return whether a line is answered late, or not at all."""
        found = self._script.find(line, self.prompt)
        return Fate() if found is None else Fate(wait=found.delay, drops=found.drops, executes=False)

    def execute(self, line: str) -> Reply:
        """Say what the script says."""
        found = self._script.find(line, self.prompt)
        if found is None:
            if not line.strip():
                return Reply()
            shown = "" if self.hidden else line.strip()
            return Reply(_whole(self._script.refuses.replace("{line}", shown)))
        time = self._came.get(found, 0)
        self._came[found] = time + 1
        self.hidden = found.hidden
        if found.prompt is not None:
            self.prompt = found.prompt
        return Reply(_whole(found.answers(time)), closes=found.closes)

    def interrupt(self) -> None:
        """Control-C: back to the first prompt."""
        self.prompt, self.hidden = self._script.prompt, False

    def completions(self, line: str) -> list[str]:
        """Return nothing."""
        return []


def _whole(text: str) -> str:
    """Return text that ends its last line, as the prompt begins the next."""
    return text if not text or text.endswith("\n") else f"{text}\n"


def _line(number: int, values: object) -> Line:
    where = f"lines, number {number}"
    told = _checked(Line, values, where)
    if bool(told.get("command")) == bool(told.get("pattern")) and told.get("command") != "":
        raise ValueError(f"{where}: give it a `command` or a `pattern`, one of them")
    if isinstance(told.get("answer"), list):
        told["answer"] = tuple(map(str, told["answer"]))
    made = Line(**told)
    try:
        made.expression  # noqa: B018 - compiled here, so that it is refused here
    except re.error as error:
        raise ValueError(f"{where}: {made.pattern!r} is no regular expression: {error}") from error
    return made


def _checked(kind: type[Any], values: object, where: str) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise ValueError(f"{where}: must be a mapping of {', '.join(one.name for one in fields(kind))}")
    known = {one.name: one for one in fields(kind)}
    if unknown := sorted(str(name) for name in values if name not in known):
        raise ValueError(f"{where}: no such key: {', '.join(unknown)}; there are {', '.join(known)}")
    for name, one in known.items():
        _refuse_what_is_no_text(f"{where}: {name}", one, values.get(name))
    needed = [name for name, one in known.items() if one.default is MISSING and one.default_factory is MISSING]
    if missing := [name for name in needed if name not in values]:
        raise ValueError(f"{where}: {', '.join(missing)} is missing")
    return dict(values)


def _refuse_what_is_no_text(where: str, known: Field[Any], given: object) -> None:
    """Refuse a number or a `yes` where a text is meant: YAML reads `answer: 42` so, and a device would not say it."""
    is_text = known.default_factory is MISSING and (known.default in (MISSING, None) or isinstance(known.default, str))
    wrong = [one for one in (given if isinstance(given, list) else [given]) if not isinstance(one, str)]
    if is_text and given is not None and wrong:
        raise ValueError(f"{where}: {wrong[0]!r} is no text: put it in quotes")
