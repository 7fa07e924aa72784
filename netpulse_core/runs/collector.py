"""The Nornir processor that collects each step as it ends, so that what was done before a timeout is not lost."""

import logging
import math
import time
from collections.abc import Callable, Sequence

from nornir.core.exceptions import NornirSubTaskError
from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Result, Task

from netpulse_core.model.run import Step
from netpulse_core.runs.plain import MOST, Masks, Room, kept, plain, said


class Collector:
    """Collects the steps of one job; `redact` removes secrets, `explain` says an exception in one sentence.

    `most` is how many bytes of output are kept of all steps together.
    """

    def __init__(self, redact: Masks, explain: Callable[[BaseException], str], *, most: int = MOST) -> None:
        self._room = Room(most)
        self._redact = redact
        self._explain = explain
        self._started: dict[int, float] = {}
        self.steps: list[Step] = []

    def task_started(self, task: Task) -> None:
        """Nothing to collect yet."""

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """Nothing to collect any more."""

    def task_instance_started(self, task: Task, host: Host) -> None:
        """Note when the runbook began."""
        self._started[id(task)] = time.monotonic()

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Collect the runbook's own result, where it says more than its steps did."""
        self._collect_own(task, result)

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """Note when a step began."""
        self._started[id(task)] = time.monotonic()

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Collect a step; one that is made of steps comes after them, where it says more than they did."""
        if result[0].failed and not isinstance(result[0].exception, NornirSubTaskError):
            self._collect(task, result[0])  # by itself, and not because of a step beneath
        else:
            self._collect_own(task, result)

    def _collect_own(self, task: Task, result: MultiResult) -> None:
        own = result[0]
        if len(result) == 1 or (own.result is not None and not own.failed):
            self._collect(task, own)

    def _collect(self, task: Task, result: Result) -> None:
        began = self._started.pop(id(task), time.monotonic())
        error = self._explain(result.exception) if result.exception else ""
        body = result.result
        if isinstance(body, str) and body.startswith("Traceback (most recent call last)") and result.exception:
            body = None  # Nornir puts the traceback there; it may quote a secret, and the error says what happened
        self.steps.append(
            Step(
                label=kept(said(task.name, str), self._redact),
                body=None if body is None else self._room.value(plain(body, self._redact)),
                changed=bool(result.changed),
                failed=bool(result.failed),
                diff=self._room.text(kept(said(result.diff or "", str), self._redact)),
                error=self._room.text(kept(error, self._redact)),
                elapsed=round(time.monotonic() - began, 6),
                age=_age(result),
                path=tuple((number, kept(said(name, str), self._redact)) for number, name in _path(task)),
                severity=_severity(result),
            )
        )


def _path(task: Task) -> Sequence[tuple[int, str]]:
    """Return the way from the runbook to a task of it that is just ending."""
    way: list[tuple[int, str]] = []
    while task.parent_task is not None:
        way.insert(0, (len(task.parent_task.results), task.name))  # it is not among its siblings' results yet
        task = task.parent_task
    return way


def _severity(result: Result) -> int:
    """Return the level a result has; anything may stand there."""
    level = result.severity_level
    return int(level) if isinstance(level, int) and 0 <= level <= logging.CRITICAL * 2 else logging.INFO


def _age(result: Result) -> float | None:
    """Return what a runbook says of how old its answer is; anything may stand there."""
    age = getattr(result, "age", None)
    return round(float(age), 3) if isinstance(age, int | float) and math.isfinite(age) and age >= 0 else None
