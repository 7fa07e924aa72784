"""Pushing configuration line by line: which was refused is known, and what stands in the device is said."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from netpulse_core import Push, PushedLine, errors
from netpulse_core.builtins.netmiko import keys
from netpulse_core.builtins.netmiko.answers import of_one_line, of_unit
from netpulse_core.builtins.netmiko.platforms import (
    CONFIGURE_EXCLUSIVE,
    Family,
    candidate_is_uncertain,
    commit_refusal,
    discard_line,
    family,
    nothing_to_commit,
    rejection,
    without_secrets,
)
from netpulse_core.builtins.netmiko.units import EOS_END, is_eos, units

_THROWN_AWAY = ("Uncommitted changes found", "Cannot exit: configuration modified")
"""What IOS-XR and VyOS say where a candidate is left uncommitted; netmiko then throws it away."""


@dataclass
class _Pushing:
    connection: Any
    device: str
    lines: Sequence[str]
    read_timeout: float
    done: Push = field(default_factory=Push)

    @property
    def discard(self) -> str | None:
        return discard_line(self.connection.device_type)


def push(connection: Any, device: str, lines: Sequence[str], *, save: bool, read_timeout: float = 30.0) -> Push:
    """Send the lines, leave configuration mode whatever came, and commit or save only what was taken whole."""
    if candidate_is_uncertain(connection.device_type):
        raise errors.Refused(
            f"{device}: on {connection.device_type} a refused line could stay in the candidate configuration",
            hint="write a runbook for this platform with a commit and a rollback of its own",
        )
    work = _Pushing(connection, device, lines, read_timeout)
    blocks = list(_units(connection.device_type, lines))
    keys.refuse(connection.device_type, [block[0] for block in blocks], device=device)
    judge = getattr(connection, "netpulse_judge", None)  # of a lent one: each line before the first is sent
    if judge is not None:
        judge("send_config_set", list(lines))
        if save and _saves(work):
            judge("save_config")
    connection.enable()
    exclusive = family(connection.device_type) is Family.JUNOS
    if exclusive and not _enter_exclusively(work):
        return work.done
    try:
        _send(work, blocks, inside=exclusive)
    except Exception as error:
        error.add_note(f"{device}: {work.done.accepted} of {len(lines)} lines were taken before this")
        raise
    if work.discard is not None:
        _conclude_candidate(work)
    else:
        work.done.changed = work.done.accepted > 0
    _leave(work)
    if save and work.done.error is None:
        _save(work)
    return work.done


def _enter_exclusively(work: _Pushing) -> bool:
    """Enter configuration mode of Junos; netmiko's plain `configure` would share the candidate with everybody."""
    connection = work.connection
    printed = connection.send_command(
        CONFIGURE_EXCLUSIVE,
        expect_string=rf"{re.escape(connection.base_prompt)}\s*[>#] ?\Z",
        read_timeout=work.read_timeout,
        strip_prompt=False,
        strip_command=False,
    )
    answer = of_one_line(str(printed), connection.base_prompt)
    if "Entering configuration mode" in answer and str(printed).rstrip().endswith("#"):
        return True
    why = " ".join(answer.split())[:300] or "for no reason given"
    work.done.error = errors.CommandRejected(
        f"configuration mode refused: {why}; no line was sent",
        device=work.device,
        hint="somebody else may be changing it: see who (`show system users`), and what is not committed yet",
    )
    return False


def _send(work: _Pushing, units: Sequence[list[str]], *, inside: bool) -> None:
    for number, unit in enumerate(units):
        enter = number == 0 and not inside
        answer = of_unit(_send_unit(work, unit, enter=enter), unit, work.connection.base_prompt)
        # what is answered to a banner is answered to its end
        work.done.lines += [*(PushedLine(line, "") for line in unit[:-1]), PushedLine(unit[-1], answer)]
        refused = rejection(work.connection.device_type, answer, configuring=True)
        if refused is not None:
            work.done.error = _refusal(work, unit[0], refused)
            return
        work.done.accepted += len(unit)


def _send_unit(work: _Pushing, unit: list[str], *, enter: bool) -> str:
    return str(
        work.connection.send_config_set(
            # no pattern: the whole answer is wanted, to say what was refused and what stands
            unit,
            enter_config_mode=enter,
            exit_config_mode=False,
            read_timeout=work.read_timeout,
            error_pattern="",
        )
    )


def _units(device_type: str, lines: Sequence[str]) -> Iterator[list[str]]:
    """One line at a time, or a banner, which on EOS has to be ended: else it would never be."""
    for unit, is_whole in units(device_type, lines):
        if not is_whole and is_eos(device_type):
            raise errors.InvalidParameters("send_config", [f"lines: {unit[0]!r} has no end, a line `{EOS_END}`"])
        yield unit


def _refusal(work: _Pushing, line: str, refused: str) -> errors.CommandRejected:
    accepted, total = work.done.accepted, len(work.lines)
    if work.discard is not None:
        state = "nothing was committed"
    elif accepted:
        state = f"the {accepted} before it {'is' if accepted == 1 else 'are'} in the running configuration, unsaved"
    else:
        state = "no line was taken"
    return errors.CommandRejected(
        f"line {accepted + 1} of {total} refused: {without_secrets(line)!r} ({without_secrets(refused)}); {state}",
        device=work.device,
    )


def _conclude_candidate(work: _Pushing) -> None:
    if work.done.error is None:
        _commit(work)
    if work.done.error is not None and work.discard is not None:
        # netmiko's commit has left configuration mode on VRP
        _send_unit(work, [work.discard], enter=family(work.connection.device_type) is Family.VRP)


def _commit(work: _Pushing) -> None:
    if family(work.connection.device_type) is Family.JUNOS and not work.connection.check_config_mode():
        # netmiko's commit would enter it again, where the candidate is everybody's
        _not_committed(work, "the last line left configuration mode before the commit")
        return
    try:
        answer = of_one_line(str(work.connection.commit()), work.connection.base_prompt)
    except ValueError as error:  # netmiko's word for some of the commits that a device refuses
        _not_committed(work, " ".join(str(error).split())[:300])
        return
    refused = commit_refusal(work.connection.device_type, answer)
    if refused is not None:
        _not_committed(work, f"the commit was refused: {without_secrets(refused)}")
        return
    work.done.committed, work.done.changed = answer, not nothing_to_commit(answer)


def _leave(work: _Pushing) -> None:
    """Leave configuration mode, where the device says that a candidate it took to be committed is not."""
    said = str(work.connection.exit_config_mode())
    left = next((words for words in _THROWN_AWAY if words in said), None)
    if left is not None and work.discard is not None and work.done.error is None:
        _not_committed(work, f"the device did not commit: {left}")


def _not_committed(work: _Pushing, why: str) -> None:
    work.done.changed = False
    work.done.error = errors.CommandRejected(f"{why}; nothing was committed", device=work.device)


def _saves(work: _Pushing) -> bool:
    return work.discard is None or family(work.connection.device_type) is Family.VYOS


def _save(work: _Pushing) -> None:
    """Save, where a commit has not done so already."""
    if not _saves(work):
        return
    answer = of_one_line(str(work.connection.save_config()), work.connection.base_prompt)
    work.done.committed = "\n".join(filter(None, (work.done.committed, answer)))
    refused = rejection(work.connection.device_type, answer, configuring=True)
    if refused is not None:
        work.done.error = errors.CommandRejected(
            f"the lines are in the running configuration, but saving was refused: {refused}", device=work.device
        )
