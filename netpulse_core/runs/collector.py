"""The Nornir processor that collects each step as it ends, so that what was done before a timeout is not lost."""

import math
import time
from collections.abc import Callable

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Result, Task

from netpulse_core.model.run import Step
from netpulse_core.runs.plain import kept, plain, said


class Collector:
    """Collects the steps of one job; `redact` removes secrets, `explain` says an exception in one sentence."""

    def __init__(self, redact: Callable[[str], str], explain: Callable[[BaseException], str]) -> None:
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
                body=None if body is None else plain(body, self._redact),
                changed=bool(result.changed),
                failed=bool(result.failed),
                diff=kept(said(result.diff or "", str), self._redact),
                error=kept(error, self._redact),
                elapsed=round(time.monotonic() - began, 6),
                age=_age(result),
            )
        )


def _age(result: Result) -> float | None:
    """Return what a runbook says of how old its answer is; anything may stand there."""
    age = getattr(result, "age", None)
    return round(float(age), 3) if isinstance(age, int | float) and math.isfinite(age) and age >= 0 else None
