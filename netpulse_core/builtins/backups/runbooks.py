"""`backup_config` and `nightly_compliance`: the running configuration, read once."""

from typing import Annotated, Any

from pydantic import Field

from netpulse_core import Result, Task, errors, judge, runbook
from netpulse_core.builtins.checks.collecting import Collecting
from netpulse_core.builtins.running import Reading, running_config

Patterns = Annotated[list[str], Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0)]


@runbook(timeout=180.0)
def backup_config(task: Task, read_timeout: Seconds = 120.0) -> Result:
    """Keep the running configuration of devices; a version is stored where it has changed.

    One that is not whole, or shows another device's words, fails the job and is put in quarantine. The result says
    how large it is, and never what stands in it: `netpulse config show` does.
    """
    return Result(host=task.host, result=_kept(task, running_config(task, read_timeout=read_timeout)))


@runbook(timeout=300.0)
def nightly_compliance(task: Task, checks: Patterns = ["*"], read_timeout: Seconds = 120.0) -> Result:  # noqa: B006  never written to
    """Read the running configuration once, keep it, and judge the device by compliance checks.

    The result is the list of findings, as that of `run_checks`. A configuration that is not believed is not judged.
    """
    reading = running_config(task, read_timeout=read_timeout)
    _kept(task, reading)
    collecting = Collecting(task, read_timeout=read_timeout, running=reading)
    return Result(host=task.host, result=judge(task, checks, collecting.collect))


def _kept(task: Task, reading: Reading) -> dict[str, Any]:
    backups = getattr(task.host, "backups", None)  # a host of plain Nornir has none
    if backups is None:
        raise errors.Refused(
            f"{task.host.name}: there is no ledger here that could keep a configuration",
            hint="run it by NetPulse: `netpulse run backup_config -t TARGET`",
        )
    kept: dict[str, Any] = backups.keep(reading.text, driver=reading.driver, form=reading.form)
    return kept
