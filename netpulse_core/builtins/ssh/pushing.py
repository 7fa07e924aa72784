"""Pushing configuration line by line: which was refused is known, and what stands in the device is said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from netpulse_core import Push, PushedLine, errors
from netpulse_core.builtins.netmiko.platforms import without_secrets
from netpulse_core.builtins.ssh.line import AskedBack, Line
from netpulse_core.builtins.ssh.platform import Configuration, Platform


@dataclass
class _Pushing:
    line: Line
    how: Configuration
    lines: Sequence[str]
    read_timeout: float
    commit: str
    done: Push = field(default_factory=Push)

    @property
    def total(self) -> int:
        return len(self.lines)

    def refuse(self, said: str) -> None:
        self.done.error = errors.CommandRejected(said, device=self.line.device)


def push(line: Line, lines: Sequence[str], *, save: bool, comment: str, read_timeout: float) -> Push:
    """Send the lines, leave configuration mode whatever came, and commit or save only what was taken whole."""
    how = _how(line)
    work = _Pushing(line, how, list(lines), read_timeout, _commit_of(line, how, comment))
    units = list(_units(line.platform, work.lines))
    _check(line.platform, units)
    try:
        if _enter(work):
            _send(work, units)
            _conclude(work)
            if save and work.how.save and work.done.error is None:
                _save(work)
    except AskedBack as error:
        # The session is over, and with it a candidate; what was committed stands, and lines that took effect at once.
        work.done.changed = work.done.changed or (work.done.accepted > 0 and not work.how.commit)
        work.done.error = errors.CommandRejected(
            f"{str(error).removeprefix(f'{line.device}: ')}; {_what_stands(work)}", device=line.device, hint=error.hint
        )
    except Exception as error:
        error.add_note(f"{line.device}: {work.done.accepted} of {work.total} lines were taken before this")
        raise
    return work.done


def _how(line: Line) -> Configuration:
    if line.platform.configuration is None:
        raise errors.Refused(
            f"{line.device}: it is not known here how {line.platform.name} is configured",
            hint="describe it in a platform file of your own (docs/drivers/ssh.md)",
        )
    return line.platform.configuration


def _commit_of(line: Line, how: Configuration, comment: str) -> str:
    if not comment:
        return how.commit
    if not how.commented or not comment.isprintable() or '"' in comment:
        why = "must be printable and without quotes" if how.commented else f"{line.platform.name} keeps none"
        raise errors.InvalidParameters("send_config", [f"comment: {why}"])
    return how.commented.replace("{comment}", comment)


def _units(platform: Platform, lines: Sequence[str]) -> Iterator[list[str]]:
    """One line at a time; a banner is one unit, because no prompt comes before its end."""
    rest, kind = iter(lines), platform.units
    for line in rest:
        unit = [line]
        first = kind.first.fullmatch(line) if kind else None
        if kind and first and not kind.ends(line, first, is_first=True):
            for more in rest:
                unit.append(more)
                if kind.ends(more, first, is_first=False):
                    break
        yield unit


def _check(platform: Platform, units: list[list[str]]) -> None:
    """Raise InvalidParameters before anything is sent; inside a banner a question mark is a question mark."""
    said = [(unit[0], platform.why_not(unit[0])) for unit in units]
    said += [(more, None if more.isprintable() else "a control character") for unit in units for more in unit[1:]]
    problems = [f"lines: {without_secrets(line)!r}: {why}" for line, why in said if why]
    if not units:
        problems = ["lines: there is none"]
    if problems:
        raise errors.InvalidParameters("send_config", problems)


def enabled(line: Line, read_timeout: float) -> bool:
    """Go to the mode that may do everything; False where a secret is asked for, and the session is given up."""
    from netpulse_core.builtins.ssh.shell import Ask  # noqa: PLC0415 - it needs asyncssh

    enable = line.platform.enable
    if enable is None or line.shell.mode == enable.mode:
        return True
    if line.ask(Ask(enable.line, echo=enable.line, until=enable.asks), read_timeout).mode == enable.mode:
        return True
    line.give_up("the device asks for a secret")
    return False


def _enter(work: _Pushing) -> bool:
    line = work.line
    if not enabled(line, work.read_timeout):
        work.refuse("privileged mode needs a secret that is not in inventory/ (`secret`); no line was sent")
        return False
    answer = line.to_prompt(work.how.enter, work.read_timeout)
    if answer.mode == work.how.mode:
        return True
    why = work.line.platform.refusal(answer.text, configuring=True) or answer.text.strip() or "for no reason given"
    work.refuse(f"configuration mode refused: {why}; no line was sent")
    return False


def _send(work: _Pushing, units: list[list[str]]) -> None:
    platform = work.line.platform
    for number, unit in enumerate(units, 1):
        renames = platform.renames is not None and platform.renames.fullmatch(unit[0]) is not None
        answer = work.line.to_prompt("\n".join(unit), work.read_timeout, any_host=renames)
        said = answer.text.strip("\n")
        # what is answered to a banner is answered to its end
        work.done.lines += [*(PushedLine(line, "") for line in unit[:-1]), PushedLine(unit[-1], said)]
        refused = platform.refusal(said, configuring=True)
        if refused is not None:
            at = f"line {work.done.accepted + 1} of {work.total}"
            why = f"{at} refused: {without_secrets(unit[0])!r} ({without_secrets(refused)})"
            work.refuse(f"{why}; {_what_stands(work)}")
            return
        work.done.accepted += len(unit)
        if answer.mode != work.how.mode and number < len(units):
            left = f"line {work.done.accepted} of {work.total} left configuration mode: {without_secrets(unit[-1])!r}"
            work.refuse(f"{left}; what follows it was not sent; {_what_stands(work)}")
            return


def _what_stands(work: _Pushing) -> str:
    if work.how.commit:
        return "the lines were committed before that" if work.done.changed else "nothing was committed"
    if not work.done.accepted:
        return "no line was taken"
    one = work.done.accepted == 1
    return f"the {work.done.accepted} taken {'is' if one else 'are'} in the running configuration, unsaved"


def _conclude(work: _Pushing) -> None:
    if not work.how.commit:
        work.done.changed = work.done.accepted > 0
    elif work.done.error is None:
        _commit(work)
    if work.line.shell.mode != work.how.mode:
        return
    if work.how.commit and work.done.error is not None:
        work.line.to_prompt(work.how.discard, work.read_timeout)
    work.line.to_prompt(work.how.leave, work.read_timeout)


def _commit(work: _Pushing) -> None:
    if work.line.shell.mode != work.how.mode:
        work.refuse("the last line left configuration mode before the commit; nothing was committed")
        return
    answer = work.line.to_prompt(work.commit, work.read_timeout).text.strip("\n")
    if work.how.committed.search(answer):
        work.done.committed, work.done.changed = answer, True
    else:
        why = " ".join(without_secrets(line) for line in answer.splitlines() if line.strip())[:300]
        work.refuse(f"the commit was refused: {why or 'the device said nothing'}; nothing was committed")


def _save(work: _Pushing) -> None:
    answer = work.line.to_prompt(work.how.save, work.read_timeout).text.strip("\n")
    work.done.committed = "\n".join(filter(None, (work.done.committed, answer)))
    refused = work.line.platform.refusal(answer, configuring=True)
    if refused is not None:
        work.refuse(f"the lines are in the running configuration, but saving was refused: {refused}")
