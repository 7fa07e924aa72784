"""Runbooks that end the process they run in."""

import os
import signal
import time
from pathlib import Path

from netpulse_core import Queue, Result, Task, runbook


def _end(how: str) -> None:
    match how:
        case "exit":
            os._exit(7)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)


def _asked(task: Task) -> None:
    task.host.get_connection("netmiko", task.nornir.config).send_command("show clock")


def _beside_others(task: Task, how: str, mark: str, who: str) -> Result:
    Path(mark).with_name(f"{Path(mark).name}.{task.host.name}.{os.getpid()}").touch()
    _asked(task)
    if task.host.name == who:
        time.sleep(1.0)  # the others are at work by then
        _end(how)
    time.sleep(2.0)
    return Result(host=task.host, result="survived")


@runbook(timeout=20.0)
def end_the_process(task: Task, how: str, mark: str, who: str) -> Result:
    """Leave a mark, ask, and end the process on one device."""
    return _beside_others(task, how, mark, who)


@runbook(timeout=20.0, queue=Queue.FIFO)
def end_the_process_without_a_session(task: Task, how: str, mark: str, who: str) -> Result:
    """Do the same from the queue of what keeps no session."""
    return _beside_others(task, how, mark, who)


@runbook(timeout=20.0)
def end_at_once(task: Task, how: str) -> Result:
    """Ask, and end the process."""
    _asked(task)
    _end(how)
    return Result(host=task.host, result="survived")


@runbook(changes=True, timeout=20.0)
def end_in_a_change(task: Task, how: str, pause: float = 0.0) -> Result:
    """Change, and end the process."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    connection.send_config_set(["ntp server 192.0.2.7"])
    time.sleep(pause)
    _end(how)
    return Result(host=task.host, changed=True)


@runbook(timeout=1.0, attempts=1)
def hold_the_interpreter(task: Task) -> Result:
    """Ask, and then let no other thread of the process run."""
    _asked(task)
    return Result(host=task.host, result=3**400_000_000 > 0)
