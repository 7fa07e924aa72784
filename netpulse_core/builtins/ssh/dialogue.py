"""Dialogues: questions the device asks back, answered one by one and never by accident."""

from collections.abc import Sequence

from netpulse_core import Turn, errors
from netpulse_core.builtins.dialogues import Sought
from netpulse_core.builtins.netmiko.platforms import without_secrets
from netpulse_core.builtins.ssh.line import Line


def converse(line: Line, turns: Sequence[Turn], read_timeout: float) -> list[str]:
    """Send each turn and wait for what it expects; return the answers, and be back at the prompt.

    Fewer answers than turns mean that the device refused the last one of them, or was back at its prompt instead of
    asking what was expected: nothing more was sent. Raises TimedOut where it asks something else, or nothing.
    """
    from netpulse_core.builtins.ssh.shell import Ask  # noqa: PLC0415 - it needs asyncssh

    _check(turns)
    answers: list[str] = []
    for number, turn in enumerate(turns, 1):
        last = number == len(turns)
        wanted = Sought(turn.expect) if turn.expect and not last else None
        answer = line.ask(Ask(turn.send, echo=turn.send, unseen=True, until=wanted), read_timeout)
        asked = wanted is not None and wanted.search(answer.text[-len(answer.last) - 400 :])
        if not answer.mode and not asked:
            line.give_up("the device waits for an answer")
            raise _something_else(line.device, turn, f"turn {number} of {len(turns)}", answer.last)
        answers.append(answer.text.strip("\n"))
        if answer.mode and (wanted is not None or (not turn.expect and line.platform.refusal(answer.text))):
            break
    return answers


def _check(turns: Sequence[Turn]) -> None:
    problems = ["turns: there is none"] if not turns else []
    problems += [f"turn {number}: must be one line" for number, turn in enumerate(turns, 1) if "\n" in turn.send]
    if problems:
        raise errors.InvalidParameters("send_dialog", problems)


def _something_else(device: str, turn: Turn, which: str, asked: str) -> errors.TimedOut:
    wanted = repr(turn.expect) if turn.expect else "the prompt"
    return errors.TimedOut(
        f"{which} ({without_secrets(turn.send)!r}): {wanted} did not come; the device asks {without_secrets(asked)!r}",
        device=device,
        hint="nothing was answered to it; give the turn the question as the device asks it",
    )
