"""Dialogues: questions the device asks back, answered one by one and never by accident."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from netpulse_core import Turn, errors
from netpulse_core.builtins.dialogues import Sought
from netpulse_core.builtins.netmiko import keys
from netpulse_core.builtins.netmiko.platforms import rejection, without_secrets

_PROMPT_ENDS = ("#", ">", "$", "%", "]")
_LOOK = 0.01
_SETTLE, _SETTLE_WITHOUT_ECHO = 0.1, 1.0
"""Seconds of silence after a prompt that make it the end: a question may follow, or it came before what was sent."""

_TAIL = 400
"""Characters at the end of an answer in which the expected is sought: a question comes last."""


class _Heard(NamedTuple):
    answer: str
    expected: bool
    """Whether what was expected came; otherwise the device is back at its prompt."""


def converse(connection: Any, device: str, turns: Sequence[Turn], read_timeout: float) -> list[str]:
    """Send each turn and wait for what it expects; return the answers, and be back at the prompt.

    Fewer answers than turns mean that the device refused the last one of them, or was back at its prompt instead of
    asking what was expected: nothing more was sent. What does not come in time is TimedOut, the question unanswered.
    """
    keys.refuse(connection.device_type, at_a_prompt(turns), device=device)
    judge = getattr(connection, "netpulse_judge", None)  # of a lent one: each turn before the first is sent
    if judge is not None:
        judge("write_channel", "".join(f"{turn.send}\n" for turn in turns))
    connection.read_channel()  # what was left there is not the answer
    answers: list[str] = []
    for number, turn in enumerate(turns, 1):
        connection.write_channel(f"{turn.send}{connection.RETURN}")
        last = number == len(turns)
        heard = _hear(connection, turn, time.monotonic() + read_timeout, last=last)
        if isinstance(heard, str):
            raise _too_slow(device, turn, f"turn {number} of {len(turns)}", heard)
        answers.append(heard.answer)
        if not heard.expected or (not turn.expect and rejection(connection.device_type, heard.answer)):
            break
    return answers


def at_a_prompt(turns: Sequence[Turn]) -> list[str]:
    """Return the lines of those turns that answer no question; in an answer `?` is a letter."""
    before = ["", *(turn.expect for turn in turns)]
    return [turn.send for turn, asked in zip(turns, before, strict=False) if not asked]


def _hear(connection: Any, turn: Turn, until: float, *, last: bool) -> _Heard | str:
    """Return what came, or its end where it did not come in time; after the last turn the prompt must follow."""
    came, expected, heard_at = "", False, time.monotonic()
    wanted = Sought(turn.expect) if turn.expect else None
    while (now := time.monotonic()) < until:
        new = str(connection.read_channel())
        came, heard_at = came + new, now if new else heard_at
        echoed, body = _without_echo(came, turn.send)
        expected = expected or bool(wanted and body and wanted.search(body[-_TAIL:]))
        if expected and not last:
            return _Heard(body.strip("\n"), expected=True)
        silence = _SETTLE if echoed else _SETTLE_WITHOUT_ECHO
        if now - heard_at >= silence and _ends_in_a_prompt(connection, came):
            return _Heard(body.rpartition("\n")[0].strip("\n"), expected=expected or not turn.expect)
        time.sleep(_LOOK)
    return came[-_TAIL:]


def _without_echo(came: str, sent: str) -> tuple[bool, str]:
    """Return whether the device repeated the line, and what came after it; it repeats no password."""
    if not sent:
        return True, came
    _, echo, body = came.partition(sent)
    if echo:
        return True, body
    return False, "" if sent.startswith(came.strip()) else came


def _ends_in_a_prompt(connection: Any, came: str) -> bool:
    last = came.rpartition("\n")[2].strip()
    return bool(connection.base_prompt) and connection.base_prompt in last and last.endswith(_PROMPT_ENDS)


def _too_slow(device: str, turn: Turn, which: str, end: str) -> errors.TimedOut:
    wanted = f"{turn.expect!r}" if turn.expect else "the prompt"
    said = without_secrets(end.strip().rpartition("\n")[2])
    return errors.TimedOut(
        f"{which} ({without_secrets(turn.send)!r}): {wanted} did not come in time; the last line was {said!r}",
        device=device,
        hint="nothing was answered to it; give the turn the question as the device asks it",
    )
