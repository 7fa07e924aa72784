"""Lines that a device takes as one: a banner, because no prompt comes before its end."""

import re
from collections.abc import Callable, Iterator, Sequence

BANNER = re.compile(r'\s*banner (?!(?:file|title|value) |["^])\S+ (\S)(.*)$')
"""The first line of a banner: its delimiter, and what follows. What has no kind before a delimiter, or is a line of a
portal or a VPN (`banner title Welcome`), has no end to wait for.
"""
_EOS_BANNER = re.compile(r"\s*banner \w+\s*")
EOS_END = "EOF"


def units(device_type: str, lines: Sequence[str]) -> Iterator[tuple[list[str], bool]]:
    """Yield one line at a time, all of a banner at once, and whether its end is among them."""
    rest = iter(lines)
    for line in rest:
        unit, ends = [line], _end_of_banner(device_type, line)
        for more in rest if ends else ():
            unit.append(more)
            if ends and ends(more):
                break
        else:
            yield unit, ends is None
            continue
        yield unit, True


def is_eos(device_type: str) -> bool:
    """Whether a banner is ended by a line of its own."""
    return device_type.startswith("arista")


def _end_of_banner(device_type: str, line: str) -> Callable[[str], bool] | None:
    """Return what the last line of a banner is told by, or None where this line begins none, or ends it too."""
    if is_eos(device_type):
        return (lambda more: more.rstrip() == EOS_END) if _EOS_BANNER.fullmatch(line) else None
    banner = BANNER.match(line)
    return (lambda more: banner[1] in more) if banner and banner[1] not in banner[2] else None
