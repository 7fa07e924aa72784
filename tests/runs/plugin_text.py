"""Runbooks that make and read text."""

from netpulse_core import Result, Task, parse, render, runbook


@runbook
def describe(task: Task, greeting: str) -> Result:
    """Render a text with the device's data, and parse it again."""
    task.host["mood"] = "calm"
    text = render(task, "hello.j2", greeting=greeting)
    found = parse(task, text, template="hello.textfsm")
    return Result(host=task.host, result={"text": text, "records": found.records, "version": found.version})
