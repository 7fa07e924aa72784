"""What IOS does with configurations that stand in files: merge, replace, compare, and take back in time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import unified_diff
from typing import TYPE_CHECKING

from netpulse_core.lab.config import Configuration, Editor
from netpulse_core.lab.grammar import Refusal

if TYPE_CHECKING:
    from netpulse_core.lab.machine import Machine

_NOT_CONFIGURATION = ("version ", "Building configuration", "Current configuration")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that takes itself back at `until` (monotonic seconds) unless it is confirmed."""

    until: float
    minutes: int
    user: str
    before: str
    since: datetime


def archives(machine: "Machine") -> str:
    """What `show archive` prints."""
    section = machine.running.children.get("archive")
    if section is None or section.value("path") is None:
        return "Archive feature not enabled\n"
    following = f"The next archive file will be named {section.value('path')}-1"
    return f"The maximum archive configurations allowed is 10.\n{following}\n"


def merge(machine: "Machine", text: str) -> str:
    """Enter each line as if typed, go on after a refused one, and print what was refused."""
    editor, said = Editor(machine.running), ""
    for line in _lines(text):
        try:
            editor.enter(line.strip())
        except Refusal as refusal:
            said += f"{line}\n{refusal.answer}"
    return f"{said}\n{len(text)} bytes copied in 0.112 secs ({len(text) * 9} bytes/sec)\n"


def replace(machine: "Machine", text: str) -> str:
    """Put a whole configuration in the place of the running one; a line that cannot be read leaves all as it was."""
    try:
        machine.boot("".join(f"{line}\n" for line in _lines(text)))
    except Refusal as refusal:
        return f"{refusal.answer}\nThe original configuration has been successfully restored.\n"
    return "Total number of passes: 1\nRollback Done\n"


def differences(machine: "Machine", one: str, other: str) -> str:
    """What `show archive config differences` prints."""
    before, after = (
        _lines(machine.running_text if "running-config" in path else machine.flash.read(path)) for path in (one, other)
    )
    found = [
        line for line in unified_diff(before, after, n=0, lineterm="") if not line.startswith(("---", "+++", "@@"))
    ]
    return "\n".join(["!Contextual Config Diffs:", *(found or ["!No changes were found"]), ""])


def additions(machine: "Machine", path: str) -> str:
    """What `show archive config incremental-diffs` prints: the lines of a file that would change something."""
    copy = Configuration.parse(machine.running.text)
    editor, shown, heading = Editor(copy), list[str](), ""
    for line in _lines(machine.flash.read(path)):
        heading = heading if line.startswith(" ") else line
        before = copy.text
        try:
            editor.enter(line.strip())
            changes = copy.text != before
        except Refusal:
            changes = True  # it is the text that is compared: whether the line can be read shows when it is applied
        if changes:
            shown += [heading] if line.startswith(" ") and heading not in shown else []
            shown.append(line)
    return "\n".join(["!List of Commands:", *shown, "end", *([] if shown else ["!No changes were found"]), ""])


def wait_for_confirmation(machine: "Machine", minutes: int, user: str) -> None:
    """Remember what to go back to when nobody confirms in time."""
    now = time.monotonic()
    machine.waiting = Waiting(now + 60.0 * minutes, minutes, user, machine.running_text, datetime.now(UTC))


def take_back(machine: "Machine") -> str:
    """Go back to before the change that waits."""
    if machine.waiting is None:
        raise Refusal("%No Rollback Confirmed Change pending\n")
    waiting, machine.waiting = machine.waiting, None
    return replace(machine, waiting.before)


def timer(machine: "Machine") -> str:
    """What `show archive config rollback timer` prints."""
    if machine.waiting is None:
        return "%No Rollback Confirmed Change pending\n"
    at = f"{machine.waiting.since:%H:%M:%S} UTC {machine.waiting.since:%a %b %d %Y}"
    minutes = machine.waiting.minutes
    return (
        f"Time configured: {at}\nTimer type: absolute timer\nTimer value: {minutes} min\nUser: {machine.waiting.user}\n"
    )


def _lines(text: str) -> list[str]:
    """The lines that configure something."""
    lines = (line.rstrip() for line in text.splitlines())
    wanted = (line for line in lines if line and line != "end" and not line.lstrip().startswith("!"))
    return [line for line in wanted if not line.startswith(_NOT_CONFIGURATION)]


def _replace(machine: "Machine", arguments: list[str], user: str) -> str:
    words = arguments[1].split()
    if "timer" in words:
        wait_for_confirmation(machine, int(words[words.index("timer") + 1]), user)
    said = replace(machine, machine.flash.read(arguments[0]))
    if "restored" in said:
        machine.waiting = None
    return said


def _confirm(machine: "Machine") -> str:
    if machine.waiting is None:
        raise Refusal("%No Rollback Confirmed Change pending\n")
    machine.waiting = None
    return "Rollback Confirmed Change is confirmed\n"


COMMANDS: dict[str, Callable[["Machine", list[str], str], str]] = {
    "dir": lambda machine, path, _: machine.flash.directory(*path),
    "more": lambda machine, path, _: machine.flash.read(path[0]),
    "verify /md5": lambda machine, path, _: machine.flash.checksum(path[0]),
    "show archive": lambda machine, _, __: archives(machine),
    "show archive config differences": lambda machine, paths, _: differences(machine, *paths),
    "show archive config incremental-diffs ignorecase": lambda machine, path, _: additions(machine, path[0]),
    "show archive config rollback timer": lambda machine, _, __: timer(machine),
    "configure replace": _replace,
    "configure confirm": lambda machine, _, __: _confirm(machine),
    "configure revert now": lambda machine, _, __: take_back(machine),
}
