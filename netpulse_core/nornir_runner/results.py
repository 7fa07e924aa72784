"""What a service says of one device, as the results Nornir would have given."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from nornir.core.inventory import Host
from nornir.core.task import MultiResult, Result, Task

from netpulse_core.client.failures import PREFIX, error_of
from netpulse_core.errors import NetPulseError
from netpulse_core.model.outcome import GOOD, Outcome
from netpulse_core.model.run import Job, Problem, Step


@dataclass(slots=True)
class _Node:
    """A task with the tasks it ran; `step` is None where the service kept only those."""

    name: str
    step: Step | None = None
    below: dict[int, "_Node"] = field(default_factory=dict)


def of_job(task: Task, host: Host, job: Job, steps: Sequence[Step]) -> MultiResult:
    """Return a job as Nornir would give it; its own result says the `outcome` and the `run` too."""
    made = _Maker(task, host, job)
    root = _tree(task.name, steps)
    multi = made.multi(root)
    own = multi[0]
    own.run, own.outcome = job.run, job.outcome  # type: ignore[attr-defined]  # as a task's own Result(x=...) does
    if job.outcome not in GOOD:
        _fail(own, made.error)
    elif job.outcome is Outcome.CHANGED and not multi.changed:
        own.changed = True
    return multi


def of_error(task: Task, host: Host, error: NetPulseError) -> MultiResult:
    """Return the failed result of a host on which nothing was run."""
    multi = MultiResult(task.name)
    multi.append(Result(host))
    multi[0].name = task.name  # type: ignore[assignment]  # Nornir types it by the None it begins as
    _fail(multi[0], error)
    return multi


class _Maker:
    def __init__(self, task: Task, host: Host, job: Job) -> None:
        self._host = host
        self._level = task.severity_level
        self._problem = job.problem
        words = f"{job.device}: {job.outcome or job.state}".replace("_", " ")
        self.error = _as_raised(job.problem or Problem(kind="", message=words), job.device)

    def multi(self, node: _Node) -> MultiResult:
        """Return a task's own result followed by those of the tasks it ran."""
        multi = MultiResult(node.name)
        for _, below in sorted(node.below.items()):
            made = self.multi(below)
            multi.append(made[0] if len(made) == 1 else cast("Result", made))  # as Nornir puts them, and types them
        multi.insert(0, self._own(node, failed=multi.failed))
        return multi

    def _own(self, node: _Node, *, failed: bool) -> Result:
        step = node.step or Step(label=node.name, failed=failed, severity=logging.ERROR if failed else logging.INFO)
        more: dict[str, Any] = {} if step.age is None else {"age": step.age}
        level = self._level if step.severity == logging.INFO else step.severity
        result = Result(
            self._host, result=step.body, changed=step.changed, diff=step.diff, severity_level=level, **more
        )
        result.name = node.name  # type: ignore[assignment]  # Nornir types it by the None it begins as
        if step.failed:
            _fail(result, self._raised(step.error) if step.error else None, node.name)
        return result

    def _raised(self, said: str) -> NetPulseError:
        known = self._problem is not None and self._problem.message == said
        return self.error if known else NetPulseError(said)


def _tree(name: str, steps: Sequence[Step]) -> _Node:
    root = _Node(name)
    for step in steps:
        node = root
        for number, label in step.path:
            node = node.below.setdefault(number, _Node(label))
        node.step = step
    return root


def _fail(result: Result, error: NetPulseError | None, name: str = "") -> None:
    result.failed = True
    result.exception = error
    if result.severity_level <= logging.INFO:
        result.severity_level = logging.ERROR
    if result.result is None:
        result.result = str(error) if error is not None else f"Subtask: {name} (failed)\n"


def _as_raised(problem: Problem, device: str) -> NetPulseError:
    """Return the error the service's worker raised; what is not one of ours is said by ours."""
    said = {"type": f"{PREFIX}{problem.kind}", "detail": problem.message, "hint": problem.hint, "device": device}
    return error_of(said)
