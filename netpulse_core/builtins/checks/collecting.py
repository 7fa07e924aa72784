"""Evidence of one device: its running configuration, answers to commands, and what NAPALM's getters return."""

from collections.abc import Mapping
from typing import Any

from netpulse_core import Task, errors
from netpulse_core.builtins.asking import Asking
from netpulse_core.builtins.napalm.connection import GETTERS
from netpulse_core.builtins.napalm.runbooks import CONNECTION
from netpulse_core.builtins.netmiko.platforms import Family, family, netmiko_type

RUNNING: Mapping[Family, str] = {
    Family.CISCO: "show running-config",
    Family.JUNOS: "show configuration | display set",
    Family.VRP: "display current-configuration",
    Family.VYOS: "show configuration commands",
}

_OTHER_NAMES: Mapping[str, str] = {"frrouting": "frr", "ios_xe": "cisco_xe", "iosxe": "cisco_xe"}
"""Names of platforms that NetPulse's own driver takes and netmiko has otherwise."""

_SAY_END = frozenset({"arista_eos", "cisco_ios", "cisco_xe", "cisco_xr", "frr"})
"""Platforms whose whole configuration ends with `end`: what is missing in a part of one may be in the other part."""


_GETTERS = sorted(one.removeprefix("get_") for one in GETTERS if one.startswith("get_"))


class Collecting:
    """Asks one task's device; nothing older is taken, since it is the device of now that is judged."""

    def __init__(self, task: Task, *, read_timeout: float) -> None:
        self._task = task
        self._asking = Asking(task, max_age=0.0, read_timeout=read_timeout)
        self._known = {"running_config": self._running_config, "command": self._command, "getter": self._getter}

    def collect(self, kind: str, of: str) -> Any:
        """Return one source of evidence; raise one of our errors where the device has none of it."""
        return self._known[kind](of)

    def _running_config(self, _: str) -> str:
        platform = self._task.host.platform or ""
        name = netmiko_type(_OTHER_NAMES.get(platform.lower(), platform))
        command = RUNNING.get(family(name))
        if command is None:
            raise errors.Refused(
                f"how {platform or 'a device without a platform'} shows its running configuration is not known",
                hint="let the check name the command instead: evidence = ('command:...',)",
            )
        text = self._command(command)
        whole = text.rstrip().splitlines()[-1:] == ["end"]
        if text.strip() and name.removesuffix("_telnet") in _SAY_END and not whole:
            raise errors.Refused(f"{command}: the answer does not end with `end`, so it is not whole")
        return text

    def _command(self, command: str) -> str:
        answer = self._asking.ask(command)
        if answer.refused is not None:
            raise errors.CommandRejected(f"{command}: refused: {answer.refused}", device=self._task.host.name)
        return answer.text

    def _getter(self, name: str) -> Any:
        method = f"get_{name.removeprefix('get_')}"
        if method not in GETTERS:
            raise errors.NotFound("NAPALM getter", name, known=_GETTERS)
        connection = self._task.host.get_connection(CONNECTION, self._task.nornir.config)
        try:
            return getattr(connection, method)()
        except NotImplementedError:
            raise errors.Refused(f"NAPALM has no {method} for {self._task.host.platform}") from None
