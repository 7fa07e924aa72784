"""The runbook that records a session as a cassette: a device of the lab, a test's fixture, a part of a bug report."""

import time
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from netpulse_core import CommandLine, Result, Task, errors, runbook
from netpulse_core.builtins.commandline import command_line, driver_of
from netpulse_core.builtins.recording import platforms
from netpulse_core.builtins.recording.redaction import Redaction
from netpulse_core.builtins.runbooks import Lines, Seconds, several

VERSION = 1
"""Of the format, which `netpulse_core.lab.Cassette` reads."""

_SECRET_OPTIONS = ("secret", "password", "passphrase", "passwd")


@runbook(timeout=600.0, attempts=1)
def record_session(task: Task, commands: Lines, timings: bool = False, read_timeout: Seconds = 30.0) -> Result:
    """Run commands that read, and return the session as a cassette without secrets.

    A command that the device refuses is recorded with what it says. `timings` records how long each answer took.
    """
    redact = Redaction(_known(task))
    line = command_line(task)
    tape = _Tape(task, line, redact, timings=timings, read_timeout=read_timeout)
    for command in (*platforms.asked(task.host.platform), *several(commands)):
        tape.record(command.strip())
    return Result(
        host=task.host,
        result={
            "cassette": VERSION,
            "platform": task.host.platform or "",
            "recorded": {
                "device": task.host.name,
                "driver": driver_of(task.host),
                "by": f"netpulse {version('netpulse')}",
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
            },
            "prompt": tape.first_prompt,
            "banner": redact(str(getattr(line, "banner", "") or "")),
            "lines": [*tape.lines, *platforms.settings(task.host.platform), platforms.LEAVES],
            "refuses": platforms.refusal(task.host.platform),
            "redacted": redact.found,
        },
    )


class _Tape:
    """What was said, command by command; one that was asked again has all its answers."""

    def __init__(self, task: Task, line: CommandLine, redact: Redaction, *, timings: bool, read_timeout: float) -> None:
        self._find_prompt: Any = getattr(line, "find_prompt", None)
        if self._find_prompt is None:
            raise errors.Refused(
                f"{task.host.name}: the driver {driver_of(task.host)!r} does not show a session as it was",
                hint="record over netmiko or ssh, or a driver of yours with `find_prompt`: data key `netpulse_driver`",
            )
        self._line = line
        self._redact = redact
        self._timings = timings
        self._read_timeout = read_timeout
        self._prompt = self.first_prompt = self._prompt_now()
        self._said: dict[str, dict[str, Any]] = {}

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of the cassette."""
        return list(self._said.values())

    def record(self, command: str) -> None:
        """Ask one command and keep what was said."""
        began = time.monotonic()
        answer = self._line.send_command(command, read_timeout=self._read_timeout)
        took = time.monotonic() - began
        said = self._said.setdefault(command, {"command": self._redact.by_value(command)})
        # The line end before the prompt is no part of an answer here, and is one of the cassette's.
        text = f"{self._redact(answer)}\n" if answer else ""
        before = said.get("answer")
        said["answer"] = text if before is None else [*(before if isinstance(before, list) else [before]), text]
        if self._timings:
            said["delay"] = round(took, 3)
        if (now := self._prompt_now()) != self._prompt:
            said["prompt"] = self._prompt = now

    def _prompt_now(self) -> str:
        return str(self._find_prompt()).strip()


def _known(task: Task) -> Any:
    """Return what masks the secrets of this device by their value, those that stand in clear in the inventory too."""
    secrets: Any = getattr(task.host, "secrets", None)
    if secrets is None:
        raise errors.Refused(
            f"{task.host.name}: only a service knows which secrets to leave out of a cassette",
            hint="run it by NetPulse: `netpulse record DEVICE -- COMMANDS...`",
        )
    options = task.host.get_connection_parameters(driver_of(task.host))
    extras = options.extras or {}
    for value in (options.password, *(extras.get(name) for name in _SECRET_OPTIONS)):
        if isinstance(value, str) and value:
            secrets.learn(value)
    return secrets
