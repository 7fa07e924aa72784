"""The connection a task holds: commands as data, and the command line that built-in runbooks use."""

import re
from collections.abc import Sequence
from typing import Any

from netpulse_core import Push, Turn, errors
from netpulse_core.builtins.eapi.calls import Calls, Failed, Format
from netpulse_core.builtins.eapi.configuring import ConfigurationSession
from netpulse_core.builtins.http.connection import READ_TIMEOUT, HttpConnection
from netpulse_core.builtins.netmiko import lines as reading
from netpulse_core.builtins.netmiko.platforms import without_secrets

PLATFORM = "arista_eos"
_REFUSED = "% Command refused: "


class EapiConnection:
    """One switch. Nothing of a call is left in the next: no mode, no terminal, no session."""

    def __init__(self, http: HttpConnection, secret: str | None) -> None:
        self.http = http
        self.device = http.device
        self._calls = Calls(http, secret)

    def __repr__(self) -> str:
        return f"<EapiConnection to {self.device}>"

    def run_commands(
        self, commands: Sequence[str], *, format: Format = "json", read_timeout: float = READ_TIMEOUT
    ) -> list[Any]:
        """Return each command's answer, in privileged mode: data, or text where `format` is `text`.

        All go in one call and stop at the first refused, which raises CommandRejected; a DeviceError that is none
        where a command before it may have changed something.
        """
        reads = [is_read(command) for command in commands]
        try:
            results = self._calls.run(commands, format, reads=all(reads), read_timeout=read_timeout)
        except Failed as failure:
            raise self._explained(commands, reads, failure) from None
        return [_text(result) for result in results] if format == "text" else results

    def send_command(self, command: str, *, read_timeout: float = READ_TIMEOUT) -> str:
        """Return the switch's answer as text; a refusal is part of it, as `refusal` finds."""
        try:
            (result,) = self._calls.run([command], "text", reads=is_read(command), read_timeout=read_timeout)
        except Failed as failure:
            if failure.internal:
                raise self._explained([command], [is_read(command)], failure) from None
            return f"{_REFUSED}{failure.why()}"
        return _text(result)

    def send_config(self, lines: Sequence[str], *, save: bool = False, read_timeout: float = READ_TIMEOUT) -> Push:
        """Put the lines into a configuration session and commit it; after a refused line nothing of them stands."""
        return ConfigurationSession(self._calls, self.device, read_timeout).push(lines, save=save)

    def send_dialog(self, turns: Sequence[Turn], *, read_timeout: float = READ_TIMEOUT) -> list[str]:
        """Raise CommandRejected: eAPI has no terminal to hold a dialogue on."""
        raise no_dialogue(self.device)

    def refusal(self, answer: str) -> str | None:
        """Return why the switch refused a command, or None."""
        return answer.removeprefix(_REFUSED) if answer.startswith(_REFUSED) else None

    def probe(self, timeout: float) -> None:
        """Ask for the version, in privileged mode."""
        self.run_commands(["show version"], read_timeout=timeout)

    def _explained(self, commands: Sequence[str], reads: Sequence[bool], failure: Failed) -> errors.DeviceError:
        number = failure.number
        words = f"{without_secrets(commands[number])!r} refused: {failure.why()}"
        if failure.internal:
            return errors.DeviceError(words, device=self.device)
        if not all(reads[:number]):
            return errors.DeviceError(f"{words}; what came before it was run", device=self.device)
        return errors.CommandRejected(words, device=self.device)


def is_read(line: str) -> bool:
    """Whether EOS can do nothing but read on this line."""
    return reading.is_read(PLATFORM, line)


def no_dialogue(device: str) -> errors.CommandRejected:
    """Return why there is no dialogue."""
    return errors.CommandRejected(
        "nothing was sent: eAPI has no terminal to hold a dialogue on", device=device, hint="use a driver over SSH"
    )


def one_line(command: Any) -> str:
    """Return a command; raise InvalidParameters for what is not one line of printable text."""
    if not isinstance(command, str) or not command.strip() or re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", command):
        raise errors.InvalidParameters("eapi", ["command: one line of printable text"])
    return command


def _text(result: Any) -> str:
    output = result.get("output", "") if isinstance(result, dict) else result
    return str(output).rstrip("\n")
