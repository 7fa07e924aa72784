"""The Nornir processor that collects each step as it ends, so that what was done before a timeout is not lost."""

import json
import time
from collections.abc import Callable
from typing import Any

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Result, Task

from netpulse_core.model.run import Step

MOST = 16 * 1024 * 1024
"""Characters of one output that are kept: a device that never stops talking must not fill the ledger."""


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
        own = result[0]
        if len(result) == 1 or (own.result is not None and not own.failed):
            self._collect(task, own)

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """Note when a step began."""
        self._started[id(task)] = time.monotonic()

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Collect a step; one that is made of steps is collected through them."""
        if len(result) == 1:
            self._collect(task, result[0])

    def _collect(self, task: Task, result: Result) -> None:
        began = self._started.pop(id(task), time.monotonic())
        error = self._explain(result.exception) if result.exception else ""
        body = result.result
        if isinstance(body, str) and body.startswith("Traceback (most recent call last)") and result.exception:
            body = None  # Nornir puts the traceback there; it may quote a secret, and the error says what happened
        self.steps.append(
            Step(
                label=self._redact(task.name),
                body=self._kept(body),
                changed=bool(result.changed),
                failed=bool(result.failed),
                diff=self._redact(str(result.diff or "")),
                error=self._redact(error),
                elapsed=round(time.monotonic() - began, 6),
            )
        )

    def _kept(self, body: Any) -> Any:
        if body is None:
            return ""
        if isinstance(body, str):
            return self._redact(body[:MOST])
        return json.loads(self._redact(json.dumps(body, default=repr, skipkeys=True)))
