"""Runbooks of the tests' own site that take a secret."""

import logging

from netpulse_core import Result, Secret, Task, runbook


@runbook(changes=True, attempts=1, timeout=5)
def use_secret(task: Task, password: Secret, others: list[Secret] | None = None, how: str = "tell") -> Result:
    """Tell of a secret, or fail with it in the message, so that what is kept of it can be looked at."""
    told = [password, *(others or ())]
    if how == "raise":
        raise ValueError(f"the device refused {told}")
    if how == "log":
        logging.getLogger("a.library").warning("it takes %s", password)
        logging.getLogger("a.library").warning(password)
        try:
            raise ValueError(password)
        except ValueError:
            logging.getLogger("a.library").exception("it was refused", stack_info=True)
    if how == "hang":
        task.host.get_connection("netmiko", task.nornir.config).send_command("show clock", read_timeout=60)
    if how == "snmp":
        task.host.get_connection("snmp", task.nornir.config).get("1.3.6.1.2.1.1.3.0")
    if how == "http":
        task.host.get_connection("http", task.nornir.config).get("/")
    if how == "push":
        line = f"snmp-server contact {password.splitlines()[0]}"
        sent = task.host.get_connection("netmiko", task.nornir.config).send_config_set([line])
        return Result(host=task.host, result=sent, changed=True)
    return Result(host=task.host, result={"lengths": [len(one) for one in told], "told": told})
