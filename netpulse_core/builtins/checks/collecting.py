"""Evidence of one device: its running configuration, answers to commands, and what NAPALM's getters return."""

import re
from typing import Any

from netpulse_core import Task, config_platform, errors
from netpulse_core.builtins.asking import Asking
from netpulse_core.builtins.napalm.connection import GETTERS
from netpulse_core.builtins.napalm.runbooks import CONNECTION
from netpulse_core.builtins.running import Reading, running_config

_NAME_IT = "let the check name the command instead: evidence = ('command:...',)"

_OVER_A_COMMAND_LINE = "read it over a command line: set `netpulse_driver` to netmiko, ssh or scrapli"

_GETTERS = sorted(one.removeprefix("get_") for one in GETTERS if one.startswith("get_"))


class Collecting:
    """Asks one task's device; nothing older is taken, since it is the device of now that is judged.

    `running` is its running configuration where that was read a moment ago.
    """

    def __init__(self, task: Task, *, read_timeout: float, running: Reading | None = None) -> None:
        self._task = task
        self._read_timeout = read_timeout
        self._running = running
        self._asking = Asking(task, max_age=0.0, read_timeout=read_timeout)
        self._known = {"running_config": self._running_config, "command": self._command, "getter": self._getter}

    def collect(self, kind: str, of: str) -> Any:
        """Return one source of evidence; raise one of our errors where the device has none of it."""
        return self._known[kind](of)

    def _running_config(self, _: str) -> str:
        if self._running is None:
            try:
                found = running_config(self._task, read_timeout=self._read_timeout)
            except errors.Refused as error:
                raise errors.Refused(str(error), hint=_NAME_IT) from error
            _whole(found.text, found.form or self._task.host.platform)
            self._running = found
        return _in_lines(self._running)

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


def _in_lines(found: Reading) -> str:
    """Return a configuration; raise Refused for XML: a line that must not be there is in none of it."""
    if found.form and config_platform(found.form).xml:
        raise errors.Refused(f"the configuration that {found.driver} reads is XML", hint=_OVER_A_COMMAND_LINE)
    return found.text


def _whole(text: str, platform: str | None) -> None:
    """Raise Refused for a part of a configuration: what is missing there may be in the other part."""
    end = config_platform(platform).end
    last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
    if text.strip() and end and not re.fullmatch(end, last):
        raise errors.Refused(f"the answer does not end with `{end}`, so it is not whole")
