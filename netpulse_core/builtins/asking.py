"""Asking a device's command line, or an earlier job's answer where the caller takes an older one."""

import time
from functools import cached_property
from typing import Any, NamedTuple

from netpulse_core import CommandLine, Task
from netpulse_core.builtins.commandline import command_line, driver_of


class Answered(NamedTuple):
    """An answer; `age` is seconds where an earlier job was given it, `refused` the line that refuses the command."""

    text: str
    age: float | None = None
    refused: str | None = None


class Asking:
    """The command line of one task's device, opened at the first command that has to be sent."""

    def __init__(self, task: Task, *, max_age: float, read_timeout: float) -> None:
        self._task = task
        self._max_age = max_age
        self._read_timeout = read_timeout
        self._driver = driver_of(task.host)
        self._older: Any = getattr(task.host, "answers", None)  # a host of plain Nornir has none

    def ask(self, command: str) -> Answered:
        """Return the answer to one command; a refusal is kept for nobody."""
        if self._older is not None and self._max_age > 0:
            found = self._older.recall(self._driver, command, self._max_age)
            if found is not None:
                return Answered(found.text, age=found.age)
        line, asked = self._line, time.monotonic()
        text = line.send_command(command, read_timeout=self._read_timeout)
        refused = line.refusal(text)
        if refused is None and self._older is not None:
            self._older.remember(self._driver, command, text, asked=asked)
        return Answered(text, refused=refused)

    @cached_property
    def _line(self) -> CommandLine:
        return command_line(self._task)
