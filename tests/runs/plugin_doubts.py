"""Runbooks whose changes can be judged when nobody saw how they ended, well or badly."""

from nornir_netmiko.tasks import netmiko_send_command, netmiko_send_config

from netpulse_core import Task, runbook


def ntp_stands(task: Task, servers: list[str]) -> str:
    """Say whether the servers are in the running configuration."""
    shown = task.run(task=netmiko_send_command, name="show running-config", command_string="show running-config")
    there = [f"ntp server {server}" in shown[0].result.splitlines() for server in servers]
    return "changed" if all(there) else "partial" if any(there) else "not_applied"


def ntp_set_again(task: Task, servers: list[str]) -> str:
    """Change, where only reading is asked for."""
    task.run(task=netmiko_send_config, config_commands=[f"ntp server {server}" for server in servers])
    return "changed"


@runbook(changes=True, verify=ntp_stands)
def set_ntp_verified(task: Task, servers: list[str]) -> None:
    """Set NTP servers, in a way that can be looked at afterwards."""
    task.run(task=netmiko_send_config, config_commands=[f"ntp server {server}" for server in servers])


@runbook(changes=True, verify=ntp_set_again)
def set_ntp_verified_badly(task: Task, servers: list[str]) -> None:
    """Set NTP servers, with a verify that sets them too."""
    task.run(task=netmiko_send_config, config_commands=[f"ntp server {server}" for server in servers])


@runbook(changes=True, baseline=True, timeout=2.0)
def push_briefly(task: Task, lines: list[str]) -> None:
    """Send lines with little time for it."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    for line in lines:
        connection.send_config_set([line], exit_config_mode=False)
