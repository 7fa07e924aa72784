"""Keys that a command line acts on while a line is typed, so that the device takes another line than was sent."""

from collections.abc import Iterable, Sequence

from netpulse_core import errors
from netpulse_core.builtins.netmiko.platforms import Family, family, without_secrets
from netpulse_core.builtins.netmiko.units import units

_HELP = "'?' asks for help, after which the device takes the rest of the line"
_COMPLETES = "a TAB completes a word, or does nothing"
HINT = "write the line without it; the text of a banner may hold it, and so may an answer to a question"


def refuse(platform: str | None, lines: Iterable[str], *, device: str) -> None:
    """Raise CommandRejected where one of these lines, typed at a prompt, would not be taken as it is written."""
    if why := problem(platform, lines):
        raise errors.CommandRejected(f"nothing was sent: {why}", device=device, hint=HINT)


def refuse_call(platform: str | None, lines: Iterable[str]) -> None:
    """Raise LineRefused of a call whose lines are told, for no device yet."""
    if why := problem(platform, lines):
        raise errors.LineRefused(why, device="", hint=HINT)


def problem(platform: str | None, lines: Iterable[str]) -> str:
    """Return which of these lines would not be taken as it is written, and why; empty where all would.

    Before the first word a TAB is a blank. A shell knows no help by `?`, which stands for a letter there.
    """
    for line in lines:
        if "?" in line and family(platform) is not Family.SHELL:
            return f"{without_secrets(line)!r}: {_HELP}"
        if "\t" in line.lstrip():
            return f"{without_secrets(line)!r}: {_COMPLETES}"
    return ""


def typed(platform: str | None, lines: Sequence[str]) -> list[str]:
    """Return those lines of a block that are typed at a prompt: inside a banner these keys are text."""
    return [unit[0] for unit, _ in units(platform or "", lines)]
