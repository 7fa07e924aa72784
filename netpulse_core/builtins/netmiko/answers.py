"""From what a session printed to what the device answered: without the echo, the prompts and the mode lines."""

import re
from collections.abc import Sequence

_PROMPT_ENDS = "#>$%]:)"
_MODE = re.compile(r"\[(?:edit|gl:|ex:)[^\]]*\]\s*")
"""Junos, VyOS and SR OS print where they are on a line of its own, above the prompt."""


def of_unit(printed: str, unit: Sequence[str], prompt: str) -> str:
    """Return what was answered to lines that were sent as one; `prompt` is netmiko's base prompt."""
    lines = _after_the_first_echo(printed.splitlines(), unit[0].strip())
    echoed = {line.strip() for line in unit}
    kept = [line for line in lines if not _is_echo(line, echoed, prompt)]
    return "\n".join(_without_prompt(kept, prompt)).strip("\n")


def of_one_line(printed: str, prompt: str) -> str:
    """Return what was answered to a line whose text is not known here, as netmiko's own for saving."""
    lines = printed.splitlines()
    return "\n".join(_without_prompt(lines[1:] or lines, prompt)).strip("\n")


def _after_the_first_echo(lines: list[str], sent: str) -> list[str]:
    """Leave out the echo and what came before it, which is the way into configuration mode."""
    for number, line in enumerate(lines):
        before = line.strip().removesuffix(sent)
        if line.strip().endswith(sent) and (not before or before.rstrip()[-1:] in _PROMPT_ENDS):
            return lines[number + 1 :]
    return lines


def _is_echo(line: str, echoed: set[str], prompt: str) -> bool:
    bare = line.strip()
    if bare in echoed:
        return True
    return bool(prompt) and bare.startswith(prompt) and any(one and bare.endswith(one) for one in echoed)


def _without_prompt(lines: list[str], prompt: str) -> list[str]:
    """Leave out the prompt at the end, and the line of its mode."""
    kept = list(lines)
    while kept and (not kept[-1].strip() or _is_prompt(kept[-1], prompt) or _MODE.fullmatch(kept[-1].strip())):
        kept.pop()
    return kept


def _is_prompt(line: str, prompt: str) -> bool:
    bare = line.strip()
    return bool(prompt) and prompt in bare and bare[-1:] in _PROMPT_ENDS and len(bare) < len(prompt) + 80
