"""A scrapli connection as the command line that built-in runbooks use."""

from collections.abc import Sequence
from typing import Any

from netpulse_core import Push, Turn
from netpulse_core.builtins.netmiko.platforms import rejection
from netpulse_core.builtins.scrapli.platforms import netmiko_name


class ScrapliLine:
    """Calls the connection's own methods, so that the gate of a lent one judges each of them."""

    def __init__(self, connection: Any, device: str) -> None:
        self._connection = connection

    def send_command(self, command: str, *, read_timeout: float = 30.0) -> str:
        """Return the device's answer to one line, a refusal too."""
        response = self._connection.send_command(command, failed_when_contains=[], timeout_ops=read_timeout)
        return str(response.result)

    def send_config(self, lines: Sequence[str], *, save: bool = False, read_timeout: float = 30.0) -> Push:
        """Send configuration, and stop at the first line refused."""
        done: Push = self._connection.push(lines, save=save, read_timeout=read_timeout)
        return done

    def send_dialog(self, turns: Sequence[Turn], *, read_timeout: float = 30.0) -> list[str]:
        """Send each turn and wait for what it expects."""
        answers: list[str] = self._connection.converse(turns, read_timeout)
        return answers

    def refusal(self, answer: str) -> str | None:
        """Return the line in which the device refuses what it was sent, or None."""
        return rejection(netmiko_name(self._connection.platform), answer)
