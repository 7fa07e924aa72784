"""Runbooks for JSON APIs: read one path, and send one request."""

from typing import Annotated, Any, Literal

from pydantic import Field

from netpulse_core import Result, Task, runbook

CONNECTION = "http"
Seconds = Annotated[float, Field(gt=0)]


@runbook
def http_get(
    task: Task, path: str, params: dict[str, str | int | float | bool] | None = None, read_timeout: Seconds = 30.0
) -> Result:
    """Read one path of the device's API and return its data."""
    connection = task.host.get_connection(CONNECTION, task.nornir.config)
    return Result(host=task.host, result=connection.get(path, params=params, read_timeout=read_timeout))


@runbook(changes=True)
def http_send(
    task: Task,
    method: Literal["POST", "PUT", "PATCH", "DELETE"],
    path: str,
    body: Any = None,
    read_timeout: Seconds = 30.0,
) -> Result:
    """Send one request that changes the device, with a JSON body, and return the answer's data."""
    connection = task.host.get_connection(CONNECTION, task.nornir.config)
    answer = connection.request(method, path, body, read_timeout=read_timeout)
    return Result(host=task.host, result=answer, changed=True)
