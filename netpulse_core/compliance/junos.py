"""What is in force of a Junos configuration in `set` lines."""

import re
from collections.abc import Mapping


def in_force(config: str) -> Mapping[str, str]:
    """Return the `set` lines of Junos that are in force, and each as it stands in the configuration.

    Lines of applied groups are as if they were written out; deactivated ones are left out. Raise ValueError where
    there is none: it is in another form.
    """
    lines = [line.strip() for line in config.splitlines()]
    off = tuple(f"{line.replace('deactivate', 'set', 1)} " for line in lines if line.startswith("deactivate "))
    kept = [line for line in lines if line.startswith("set ") and not _in(line, off)]
    if not kept:
        raise ValueError("there is no `set` line in it")
    applied = {name for line in kept for name in re.findall(r" apply-groups (\S+)$", line)}
    found = {}
    for line in kept:
        group = re.match(r"set groups (\S+) ", line)
        meant = line if group is None else f"set {line[group.end() :]}"
        if (group is None or group[1] in applied) and not _in(meant, off):
            found[meant] = line
    return found


def _in(line: str, beginnings: tuple[str, ...]) -> bool:
    return f"{line} ".startswith(beginnings)
