"""The running configuration of a task's device, over whatever driver the inventory names."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from netpulse_core import Task, config_platform, errors
from netpulse_core.builtins.commandline import command_line, driver_of

_NONE: Mapping[str, str] = {
    "http": "an HTTP API has no running configuration that all of them show alike",
    "snmp": "SNMP shows values, and no running configuration",
}


class Reading(NamedTuple):
    """A running configuration; `form` names the data file to read it by where that is not its platform's own."""

    text: str
    driver: str
    form: str = ""


def running_config(task: Task, *, read_timeout: float) -> Reading:
    """Ask the device for all that is configured; raise Refused where its driver or platform cannot show it."""
    name = driver_of(task.host)
    if name in _NONE:
        raise errors.Refused(
            f"{task.host.name}: the driver {name!r} has no configuration to keep: {_NONE[name]}",
            hint="name a driver that reads it under the data key `netpulse_driver`, such as netmiko or netconf",
        )
    read = _OF_DRIVER.get(name, _of_command_line)
    found = read(task, name, read_timeout)
    if not found.text.strip():
        return found._replace(text="")
    return found


def _of_command_line(task: Task, name: str, read_timeout: float) -> Reading:
    command = config_platform(task.host.platform).show_command
    return Reading(_asked(task, command, read_timeout), name)


def _of_eapi(task: Task, name: str, read_timeout: float) -> Reading:
    return Reading(_asked(task, config_platform("eos").show_command, read_timeout), name, "eos")


def _of_shell(task: Task, name: str, read_timeout: float) -> Reading:
    platform = task.host.platform
    known = None if (platform or "linux") == "linux" else config_platform(platform)
    if known is None or not known.shell:
        raise errors.Refused(
            f"{task.host.name}: a server has files, and no running configuration that a command shows",
            hint="set `platform: frr` where FRRouting runs on it, or fetch its files with `get_file`",
        )
    # Standard output alone: vtysh warns on the other stream, and what is warned of is no configuration.
    result = task.host.get_connection(name, task.nornir.config).run(known.shell, timeout=read_timeout)
    if not result.ok:
        words = " ".join(result.stderr.split())[-300:] or f"exit status {result.exit_status}"
        raise errors.CommandRejected(f"{known.shell}: {words}", device=task.host.name)
    return Reading(result.stdout, name)


def _of_netconf(task: Task, name: str, read_timeout: float) -> Reading:
    connection = task.host.get_connection(name, task.nornir.config)
    return Reading(connection.get_config("running", read_timeout=read_timeout), name, "xml")


def _of_napalm(task: Task, name: str, read_timeout: float) -> Reading:
    connection = task.host.get_connection(name, task.nornir.config)
    platform = (task.host.platform or "").lower()
    form = "junos-braces" if platform in {"junos", "juniper_junos", "juniper"} else ""
    return Reading(connection.get_config(retrieve="running")["running"], name, form)


def _asked(task: Task, command: str, read_timeout: float) -> str:
    line = command_line(task)
    answer = line.send_command(command, read_timeout=read_timeout)
    refused = line.refusal(answer)
    if refused is not None:
        raise errors.CommandRejected(f"{command}: refused: {refused}", device=task.host.name)
    return answer


_OF_DRIVER: Mapping[str, Callable[[Task, str, float], Reading]] = {
    "eapi": _of_eapi,
    "linux": _of_shell,
    "napalm": _of_napalm,
    "netconf": _of_netconf,
}
