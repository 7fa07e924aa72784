"""What a task holds: a command line with a plain synchronous face; the reading happens on the event loop."""

from collections.abc import Sequence

from netpulse_core import ConnectionParameters, Push, Turn, errors
from netpulse_core.builtins.ssh import dialogue, pushing
from netpulse_core.builtins.ssh.line import Line

READ_TIMEOUT = 30.0


class SshConnection:
    """One session; after a timeout or an error of it nothing more can be asked."""

    __slots__ = ("_line", "banner", "device", "platform", "username")

    def __init__(self, line: Line, parameters: ConnectionParameters, banner: str = "") -> None:
        self._line = line
        self.banner = banner
        self.device = parameters.device
        self.platform = line.platform.name
        self.username = parameters.username

    def send_command(self, command: str, *, read_timeout: float = READ_TIMEOUT) -> str:
        """Return the device's answer to one line, the echo and the prompt removed.

        Raises CommandRejected where the device asks back: nothing is answered, and the session ends.
        """
        if why := self._line.platform.why_not(command):
            raise errors.InvalidParameters("send_command", [f"command: {why}"])
        with self._line.alone:
            return self._line.to_prompt(command, read_timeout).text

    def send_config(
        self, lines: Sequence[str], *, save: bool = False, comment: str = "", read_timeout: float = READ_TIMEOUT
    ) -> Push:
        """Send configuration line by line and stop at the first one refused, of which nothing is then committed.

        `comment` is kept beside the commit by a platform that says how.
        """
        with self._line.alone:
            return pushing.push(self._line, lines, save=save, comment=comment, read_timeout=read_timeout)

    def send_dialog(self, turns: Sequence[Turn], *, read_timeout: float = READ_TIMEOUT) -> list[str]:
        """Send each turn and wait for what it expects; return the answer to each, and be back at the prompt."""
        with self._line.alone:
            return dialogue.converse(self._line, turns, read_timeout)

    def refusal(self, answer: str) -> str | None:
        """Return the line in which the device refuses what it was sent, or None."""
        return self._line.platform.refusal(answer)

    def find_prompt(self) -> str:
        """Return the prompt the session is at, without asking for it."""
        return self._line.shell.prompt
