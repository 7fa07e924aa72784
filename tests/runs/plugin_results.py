"""More runbooks of the tests' own site: ways to end, and things to say."""

import contextlib
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any

from netpulse_core import Result, Task, errors, runbook


@runbook(changes=True)
def push_and_say_nothing(task: Task, then: str = "") -> str:
    """Push, and return no Result that could say so; or raise after it."""
    task.host.get_connection("netmiko", task.nornir.config).save_config()
    if then:
        raise ValueError(then)
    return "done"


@runbook(changes=True)
def push_and_swallow(task: Task) -> None:
    """Push a line and one that is refused, and take no notice."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    with contextlib.suppress(errors.CommandRejected):
        connection.send_config_set(["ntp server 192.0.2.9", "bogus line"])


@runbook(changes=True)
def keep_and_push(task: Task, lines: list[str]) -> Any:
    """Keep the configuration, then change it, in one job."""
    text = task.host.get_connection("netmiko", task.nornir.config).send_command("show running-config")
    task.host.backups.keep(text, driver="netmiko", form="ios")
    said = task.host.get_connection("netmiko", task.nornir.config).send_config_set(lines)
    return Result(host=task.host, result=said, changed=True)


@runbook
def end_badly(task: Task, how: str) -> Any:
    """End in one of the ways a runbook should not."""
    match how:
        case "exit":
            sys.exit(3)
        case "interrupt":
            raise KeyboardInterrupt
        case "base":
            raise BaseException("beneath all")
        case "python":
            return dict[str, str]()["no such key"]
        case "file":
            return Path("/no/such/file").read_text()
        case "failed":
            return Result(host=task.host, failed=True, result="the peers are down")
        case "failed, mute":
            return Result(host=task.host, failed=True)
        case "unspeakable error":
            raise Unspeakable
        case "step":
            task.run(task=_fails, name="inner")
        case "caught":
            try:
                task.run(task=_fails, name="inner")
            except Exception:  # noqa: BLE001
                return "went on"
    return None


def _fails(task: Task) -> Result:
    return Result(host=task.host, failed=True, result="the step says no")


class Unspeakable(Exception):
    """Cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


@runbook
def say_what_json_cannot(task: Task, what: str) -> Any:
    """Return a value that is no JSON."""
    ring: list[Any] = []
    ring.append(ring)
    values: dict[str, Any] = {
        "set": {1},
        "date": date(2026, 1, 2),
        "keys": {("a", 1): "tuple", 2: "number"},
        "ring": ring,
        "nan": [float("nan"), 10**5000],
        "surrogate": {"half": "\ud800 here"},
        "surrogate text": "\ud800 here",
        "bytes": b"\x00\xff",
        "unspeakable": [Unspeakable()],
        "nothing": None,
    }
    return values[what]


@runbook
def tell_the_secret(task: Task, how: str) -> Any:
    """Let the device's password out."""
    task.host.get_connection("netmiko", task.nornir.config)
    secret = os.environ["NETPULSE_TEST_PASSWORD"]
    match how:
        case "text":
            return f"password {secret}"
        case "json":
            return {"deep": [{secret: f"is {secret}"}], "object": Result(host=None, result=secret)}
        case "error":
            raise ValueError(f"bad password {secret}")
        case "key error":
            return dict[str, str]()[secret]
        case "label":
            task.run(task=_says, name=f"login {secret}")
        case "diff":
            return Result(host=task.host, diff=f"+ {secret}")
        case "failed":
            return Result(host=task.host, failed=True, result=f"not {secret}")
    return None


def _says(task: Task) -> str:
    return "said"
