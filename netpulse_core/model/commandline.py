"""A device's command line as built-in runbooks use it, whichever driver is below."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from netpulse_core.errors import CommandRejected


class PushedLine(NamedTuple):
    """One configuration line and what the device answered, the echo and the prompt removed."""

    line: str
    answer: str


@dataclass(slots=True, kw_only=True)
class Push:
    """What became of configuration lines; `changed` is what the running configuration says."""

    lines: list[PushedLine] = field(default_factory=list)
    """The lines that were sent, the refused one last."""
    accepted: int = 0
    changed: bool = False
    committed: str = ""
    """What the device answered to the commit, and to saving."""
    error: CommandRejected | None = None


class Turn(NamedTuple):
    """One turn of a dialogue: what is sent, and a regular expression of what ends the device's answer to it.

    An empty `expect` is the prompt.
    """

    send: str
    expect: str


class CommandLine(Protocol):
    """What a driver's connection offers to the runbooks every site starts with."""

    def send_command(self, command: str, *, read_timeout: float = 30.0) -> str:
        """Return the device's answer to one line, the echo and the prompt removed.

        A refusal is part of the answer; `refusal` finds it.
        """

    def send_config(self, lines: Sequence[str], *, save: bool = False, read_timeout: float = 30.0) -> Push:
        """Send configuration line by line and stop at the first one refused, of which nothing is then committed."""

    def send_dialog(self, turns: Sequence[Turn], *, read_timeout: float = 30.0) -> list[str]:
        """Send each turn and wait for what it expects; return the answer to each, and be back at the prompt.

        A dialogue ends where a turn that expects the prompt is refused, or where the prompt comes instead of what is
        expected: nothing more is sent, and the answer to that turn is the last one returned.
        """

    def refusal(self, answer: str) -> str | None:
        """Return the line in which the device refuses what it was sent, or None."""
