"""An example of a runbook that changes devices."""

from netpulse_core import Result, Task, runbook


@runbook(changes=True)
def set_ntp(task: Task, servers: list[str]) -> Result:
    """Configure these NTP servers, beside those that are configured already."""
    from nornir_netmiko.tasks import netmiko_send_config  # noqa: PLC0415 - only workers load a device library

    lines = [f"ntp server {server}" for server in servers]
    sent = task.run(netmiko_send_config, config_commands=lines)
    return Result(host=task.host, changed=sent.changed)
