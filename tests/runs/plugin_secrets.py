"""Runbooks of the tests' own site that take a secret."""

from netpulse_core import Result, Secret, Task, runbook


@runbook(attempts=1, timeout=20)
def use_secret(task: Task, password: Secret, others: list[Secret] | None = None, how: str = "tell") -> Result:
    """Tell of a secret, or fail with it in the message, so that what is kept of it can be looked at."""
    told = [password, *(others or ())]
    if how == "raise":
        raise ValueError(f"the device refused {told}")
    if how == "hang":
        task.host.get_connection("netmiko", task.nornir.config).send_command("show clock", read_timeout=60)
    return Result(host=task.host, result={"lengths": [len(one) for one in told], "told": told})
