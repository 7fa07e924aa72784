"""Runbooks that are hard to stop."""

import contextlib
import sys
import threading
import time
from typing import Any

from netpulse_core import Result, Task, runbook

KEPT: Any = sys.modules.setdefault("netpulse_tests_kept", type(sys)("netpulse_tests_kept"))


@runbook(timeout=100.0)
def never_return_by_itself(task: Task) -> str:
    """Wait until the test says so, and ask the device nothing."""
    KEPT.release = release = threading.Event()
    release.wait()
    KEPT.released.set()
    return "late"


@runbook(changes=True)
def change_and_look_away(task: Task, before: float) -> Result:
    """Wait, change, and call it a success whatever came."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    time.sleep(before)
    with contextlib.suppress(Exception):
        connection.send_config_set(["ntp server 192.0.2.7"])
    return Result(host=task.host, changed=True)


@runbook(changes=True, drivers=("netmiko", "ssh"))
def change_over_two_and_look_away(task: Task) -> Result:
    """Change over one driver and then over another, and swallow that the second may not."""
    over_netmiko = task.host.get_connection("netmiko", task.nornir.config)
    over_netmiko.send_config_set(["ntp server 192.0.2.7"])
    with contextlib.suppress(Exception):
        task.host.get_connection("ssh", task.nornir.config).send_config(["ntp server 192.0.2.8"])
    return Result(host=task.host, changed=True)
