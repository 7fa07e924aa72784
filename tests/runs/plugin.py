"""The runbooks of the tests' own site: ordinary Nornir tasks, some of them ill-behaved."""

import contextlib
import sys
import threading
import time
from typing import Any, cast

import paramiko
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir_netmiko.tasks import netmiko_multiline, netmiko_save_config, netmiko_send_command, netmiko_send_config

from netpulse_core import Result, Task, runbook

KEPT: Any = sys.modules.setdefault("netpulse_tests_kept", type(sys)("netpulse_tests_kept"))
"""What runbooks leave behind for their test."""


class Paramiko:
    """A connection of Nornir's own kind, of which no driver of NetPulse knows."""

    connection: Any

    def open(self, hostname: Any, username: Any, password: Any, port: Any, *_: Any, **__: Any) -> None:
        """Log in."""
        self.connection = paramiko.SSHClient()
        self.connection.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.connection.connect(hostname, port, username, password, look_for_keys=False, allow_agent=False)

    def close(self) -> None:
        """Log out."""
        self.connection.close()


if "paramiko" not in ConnectionPluginRegister.available:
    ConnectionPluginRegister.register("paramiko", cast("Any", Paramiko))


@runbook
def ask(task: Task, commands: list[str], pause: float = 0.0) -> None:
    """Ask with nornir_netmiko's own task."""
    for command in commands:
        task.run(task=netmiko_send_command, name=command, command_string=command)
        time.sleep(pause)


@runbook(timeout=2.0, attempts=1)
def ask_briefly(task: Task, command: str, read_timeout: float = 47.0) -> None:
    """Ask once, with less time than netmiko would take."""
    task.run(task=netmiko_send_command, command_string=command, read_timeout=read_timeout)


@runbook
def ask_many(task: Task) -> None:
    """Ask with the multiline task, which may also send what reads nothing."""
    task.run(task=netmiko_multiline, commands=["show clock", "show version"])


@runbook(drivers=("netmiko",))
def ask_over(task: Task, connection: str) -> Result:
    """Ask over a connection that may be another than the one it says."""
    return Result(
        host=task.host, result=task.host.get_connection(connection, task.nornir.config).send_command("show clock")
    )


@runbook(changes=True, drivers=("netmiko",))
def set_ntp_and_look_over(task: Task, connection: str) -> None:
    """Push over the one that it says, and then ask another."""
    task.run(netmiko_send_config, config_commands=["ntp server 192.0.2.1"])
    task.host.get_connection(connection, task.nornir.config)


@runbook(changes=True)
def set_ntp(task: Task, servers: list[str], save: bool = False) -> Result:
    """Set the NTP servers with nornir_netmiko's own tasks."""
    lines = [f"ntp server {server}" for server in servers]
    task.run(task=netmiko_send_config, config_commands=lines)
    if save:
        task.run(task=netmiko_save_config)
    return Result(host=task.host, changed=True)


@runbook(changes=True, own_session=False)
def set_ntp_as_others_left_it(task: Task, servers: list[str]) -> Result:
    """Set the NTP servers on whatever session is open."""
    task.run(task=netmiko_send_config, config_commands=[f"ntp server {server}" for server in servers])
    return Result(host=task.host, changed=True)


@runbook(changes=True)
def change_slowly(task: Task, before: float = 0.0, after: float = 0.0) -> Result:
    """Wait, change, wait."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    time.sleep(before)
    connection.send_config_set(["ntp server 192.0.2.7"])
    time.sleep(after)
    return Result(host=task.host, changed=True)


@runbook(changes=True)
def change_twice_if_need_be(task: Task) -> Result:
    """Try the change again where it was refused."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    time.sleep(1.0)
    try:
        connection.send_config_set(["ntp server 192.0.2.7"])
    except Exception:  # noqa: BLE001
        connection.send_config_set(["ntp server 192.0.2.8"])
    return Result(host=task.host, changed=True)


@runbook(changes=True, attempts=3)
def lose_then_change(task: Task) -> Result:
    """Swallow that the session has ended, and change."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    try:
        connection.send_command("show clock")
    except Exception:  # noqa: BLE001
        connection.send_config_set(["ntp server 192.0.2.7"])
    return Result(host=task.host)


@runbook
def misuse(task: Task, how: str) -> Result:
    """Try, as a read, what a read may not."""
    config = task.nornir.config
    if how == "neighbour":
        other = task.nornir.inventory.hosts["leaf2"].get_connection("netmiko", config)
        return Result(host=task.host, result=other.send_command("show clock"))
    if how == "undeclared":
        task.host.get_connection("paramiko", config).exec_command("reload")
    if how == "undeclared, opened":
        task.host.open_connection("paramiko", config).connection.exec_command("reload")
    if how == "as another":
        task.host.open_connection("netmiko", config, username="root", password="toor")
    connection = task.host.get_connection("netmiko", config)
    match how:
        case "send_config_set":
            connection.send_config_set(["hostname broken"])
        case "save_config":
            connection.save_config()
        case "write_channel":
            connection.write_channel("reload\n")
        case "reload":
            connection.send_command("reload")
        case "second line":
            connection.send_command("show clock\nreload")
        case "remote_conn" | "session" | "channel" | "session_log":
            getattr(connection, how).send("reload\n")
        case "bound method":
            grabbed = connection.send_config_set
            grabbed(["hostname broken"])
        case "set":
            connection.base_prompt = ""
        case "opened":
            task.host.open_connection("netmiko", config).connection.send_config_set(["hostname broken"])
        case "connections":
            task.host.connections["netmiko"].connection.send_config_set(["hostname broken"])
    return Result(host=task.host, result="it was let through")


@runbook
def keep_the_connection(task: Task) -> None:
    """Hold on to what was lent after the job has ended."""
    KEPT.host, KEPT.config = task.host, task.nornir.config
    KEPT.connection = task.host.get_connection("netmiko", task.nornir.config)
    KEPT.method = KEPT.connection.send_command


@runbook
def leave_in_config_mode(task: Task, way: str) -> Result:
    """Leave something behind in the session that the next must not find."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    match way:
        case "error":
            connection.send_command("show clock", expect_string=42)
        case "caught error":
            try:
                connection.send_command("show clock", expect_string="never", read_timeout=0.2)
            except Exception:  # noqa: BLE001
                return Result(host=task.host, result="caught")
    return Result(host=task.host)


@runbook(changes=True, own_session=False)
def stay_in_config_mode(task: Task) -> None:
    """Configure, and forget to leave configuration mode."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    connection.send_config_set(["ntp server 192.0.2.9"], exit_config_mode=False)


@runbook(timeout=1.0, attempts=1)
def never_return(task: Task, changes: bool = False) -> str:
    """Wait for ever, or until the test says so."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    KEPT.release = release = threading.Event()
    while not release.wait(0.05):
        pass
    KEPT.after = []
    for _ in range(2):
        try:
            connection.send_command("show clock")
        except Exception as error:  # noqa: BLE001
            KEPT.after.append(error)
    KEPT.released.set()
    return "late"


@runbook
def scribble(task: Task) -> list[str]:
    """Write wherever Nornir lets a task write."""
    task.host["mark"] = "own"
    task.host.data["nested"]["list"].append("own")
    task.host.groups[0].data["role"] = "own"
    task.host.groups[0].connection_options.clear()
    task.host.defaults.data["mark"] = "own"
    task.nornir.inventory.defaults.username = "own"
    for other in task.nornir.inventory.hosts.values():
        other.get_connection_parameters("netmiko")
        other.data["mark"] = other.port = None
    for group in task.nornir.inventory.groups.values():
        group.data["mark"] = "own"
    group = task.nornir.inventory.groups["leaf"]
    assert task.host.has_parent_group(group)
    assert task.nornir.filter(name="leaf2").inventory.hosts["leaf2"].name == "leaf2"
    return sorted(dict(task.nornir.inventory.hosts))


def _says(task: Task) -> str:
    return "said"


@runbook
def nested(task: Task, name: str, nornir: int = 1) -> Result:
    """Run runbooks in runbooks."""
    task.run(task=ask, commands=["show clock"])
    task.run(task=_outer, name="outer")
    return Result(host=task.host, result=f"{name} {nornir}")


def _outer(task: Task) -> Result:
    task.run(task=_says, name="first")
    task.run(task=_says, name="second")
    return Result(host=task.host, result="both")


@runbook(timeout=20.0)
def count_beside(task: Task, pause: float) -> None:
    """Note how many run at once."""
    name = task.host.name
    with KEPT.lock:
        KEPT.two_at_once |= name in KEPT.under_way
        KEPT.under_way.append(name)
        KEPT.most = max(KEPT.most, len(KEPT.under_way))
        KEPT.order.append(name)
    time.sleep(pause)
    with KEPT.lock:
        KEPT.under_way.remove(name)


@runbook(changes=True)
def open_undeclared(task: Task) -> Any:
    """Open paramiko through Nornir's own register, as a change."""
    client = task.host.get_connection("paramiko", task.nornir.config)
    KEPT.paramiko = client
    return task.host.get_connection("paramiko", task.nornir.config) is client


@runbook(changes=True)
def push_plainly(task: Task, lines: list[str]) -> None:
    """Push as a task does that was written for a plain Nornir script."""
    task.run(netmiko_send_config, config_commands=lines)


@runbook(changes=True)
def push_unchecked(task: Task, lines: list[str]) -> None:
    """Push without looking at the answers, and say so."""
    task.run(netmiko_send_config, config_commands=lines, error_pattern="")


@runbook(changes=True)
def push_and_look_away(task: Task, lines: list[str]) -> Result:
    """Push, and call it a success whatever came."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    with contextlib.suppress(Exception):
        connection.send_config_set(lines)
    return Result(host=task.host, changed=True)


@runbook(changes=True)
def push_with_a_typo(task: Task) -> None:
    """Call a changing method with an argument it does not take."""
    task.host.get_connection("netmiko", task.nornir.config).save_config(comand="write")
