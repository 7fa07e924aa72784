"""Telling the processors of this process what happened in another, in the order Nornir tells it."""

from nornir.core.inventory import Host
from nornir.core.task import MultiResult, Result, Task


def replay(task: Task, host: Host, result: MultiResult) -> None:
    """Tell the task's processors of one host, once it has ended."""
    if not task.processors:
        return
    told = task.copy()
    told.host = host
    task.processors.task_instance_started(told, host)
    _subtasks(told, host, result)
    told.results = result
    task.processors.task_instance_completed(told, host, result)


def _subtasks(parent: Task, host: Host, result: MultiResult) -> None:
    for one in result[1:]:
        multi = _multi(one)
        own = multi[0]
        told = Task(
            parent.task,
            parent.nornir,
            parent.global_dry_run,
            parent.processors,
            multi.name,
            own.severity_level,
            parent,
        )
        told.host = host
        parent.processors.subtask_instance_started(told, host)
        _subtasks(told, host, multi)
        told.results = multi
        parent.processors.subtask_instance_completed(told, host, multi)


def _multi(one: Result) -> MultiResult:
    nested: object = one  # Nornir puts a MultiResult there and types it a Result
    if isinstance(nested, MultiResult):
        return nested
    multi = MultiResult(str(one.name))
    multi.append(one)
    return multi
