"""A netmiko connection, lent or of a plain Nornir script, as the command line that built-in runbooks use."""

from collections.abc import Sequence
from typing import Any

from netpulse_core import Push, Turn
from netpulse_core.builtins.netmiko import configuring, dialogue, keys, prompts
from netpulse_core.builtins.netmiko.platforms import rejection


class NetmikoLine:
    """Calls the connection's own methods, so that the gate of a lent one judges each of them."""

    def __init__(self, connection: Any, device: str) -> None:
        self._connection = connection
        self._device = device

    def send_command(self, command: str, *, read_timeout: float = 30.0) -> str:
        """Return the device's answer to one line."""
        keys.refuse(self._connection.device_type, [command], device=self._device)
        return prompts.ask(self._connection, command, read_timeout)

    def send_config(self, lines: Sequence[str], *, save: bool = False, read_timeout: float = 30.0) -> Push:
        """Send configuration, and stop at the first line refused."""
        return configuring.push(self._connection, self._device, lines, save=save, read_timeout=read_timeout)

    def send_dialog(self, turns: Sequence[Turn], *, read_timeout: float = 30.0) -> list[str]:
        """Send each turn and wait for what it expects."""
        return dialogue.converse(self._connection, self._device, turns, read_timeout)

    def find_prompt(self) -> str:
        """Return the prompt the session is at."""
        return str(self._connection.find_prompt())

    @property
    def banner(self) -> str:
        """What the device said before its first prompt; nothing in a session that another opened."""
        return str(getattr(self._connection, "netpulse_banner", ""))

    def refusal(self, answer: str) -> str | None:
        """Return the line in which the device refuses what it was sent, or None."""
        return rejection(self._connection.device_type, answer)
