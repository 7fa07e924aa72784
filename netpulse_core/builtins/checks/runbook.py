"""`run_checks`: collect each source of evidence once, and judge the device by every check that is asked for."""

from typing import Annotated

from pydantic import Field

from netpulse_core import Result, Task, judge, runbook
from netpulse_core.builtins.checks.collecting import Collecting

Patterns = Annotated[list[str], Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0)]


@runbook(timeout=180.0)
def run_checks(task: Task, checks: Patterns = ["*"], read_timeout: Seconds = 60.0) -> Result:  # noqa: B006  never written to
    """Judge devices by compliance checks; `checks` are names, or patterns such as `ntp_*`.

    The result is the list of findings. A device that was judged is `ok`, whatever the findings say: they carry the
    verdicts. Without a check to judge by, the job fails.
    """
    collecting = Collecting(task, read_timeout=read_timeout)
    return Result(host=task.host, result=judge(task, checks, collecting.collect))
