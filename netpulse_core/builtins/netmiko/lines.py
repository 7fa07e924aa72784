"""Which lines only read: what is not known to read, changes."""

import re
from collections.abc import Sequence
from functools import lru_cache

from netpulse_core.builtins.netmiko.platforms import Family, family

_ONE_LINE = re.compile(r"[ -~]{1,254}")
"""Printable ASCII: a device that drops the eighth bit would read a carriage return in `č`; IOS cuts at 254."""

_NEVER = re.compile(r"[;&<>`?]|\$[({]|://")
"""Second commands, redirections, substitutions, interactive help and addresses of other machines."""

_NEVER_IN_A_SHELL = re.compile(r"[^\w ./:@=,-]")

_VERBS: dict[Family, dict[str, int]] = {
    Family.CISCO: {"show": 2, "ping": 4, "traceroute": 5, "dir": 3, "more": 4},
    Family.JUNOS: {"show": 2, "ping": 4, "traceroute": 5},
    Family.VRP: {"display": 3, "ping": 4, "tracert": 6, "dir": 3, "more": 4},
    Family.VYOS: {"show": 4, "ping": 4, "traceroute": 10},
    Family.SHELL: {},
    Family.OTHER: {"show": 4, "display": 7, "get": 3, "ping": 4, "traceroute": 10},
}
"""Each verb with the letters it takes to name it and nothing else."""

_WHOLE_LINES = {
    # Settings of the session are reads where they cannot spoil it for the next who borrows it.
    Family.CISCO: r"exit|end|enable|disable|term(?:i(?:n(?:al?)?)?)? (?:length 0|width [0-9]{3}|no monitor)",
    Family.JUNOS: r"exit|set cli screen-(?:length 0|width [0-9]{3,4})",
    Family.VRP: r"screen-length (?:0 temporary|disable)",
    Family.VYOS: r"set terminal length 0",
    Family.SHELL: (
        r"uptime|whoami|id|pwd|uname(?: -[a-z]+)?|df(?: -h)?|free(?: -[mgh])?|cat /etc/os-release"
        r"|ip(?: -(?:4|6|s|br))* (?:addr|address|link|neigh|route)(?: show)?|net show [a-z0-9 -]+"
    ),
    Family.OTHER: r"(?!)",
}

_PREFIXES = {Family.CISCO: "do", Family.JUNOS: "run"}
"""What goes before a read in configuration mode."""

_FILTERS = (
    "begin", "by-linenum", "compare", "count", "display", "egrep", "end", "except", "exclude", "find", "grep", "head",
    "include", "json", "json-pretty", "last", "match", "no-more", "nz", "resolve", "section", "trim", "until", "wc",
    "xml",
)  # fmt: skip
_WRITERS = (
    "append", "awk", "bash", "copy", "diff", "file", "hold", "less", "python", "redirect", "refresh", "request", "save",
    "sed", "sort", "source", "tee", "tftp", "uniq", "utility", "vsh", "write",
)  # fmt: skip
"""Filters that write, run other commands or never end."""
_COMMON_WRITERS = (
    "append", "awk", "file", "less", "python", "redirect", "refresh", "request", "save", "sed", "sort", "source", "tee",
    "tftp", "uniq", "utility", "vsh",
)  # fmt: skip
"""Those that make an abbreviation ambiguous, as IOS-XR's `file` does `f`; `b` stays `begin`, `c` stays `count`."""
_TAKE_A_PATTERN = ("begin", "egrep", "except", "exclude", "find", "grep", "include", "match", "section", "until")


@lru_cache(4096)  # a fleet is asked the same few lines
def is_read(platform: str | None, line: str) -> bool:
    """Whether this one line can do nothing but read on this platform."""
    if not _ONE_LINE.fullmatch(line) or _NEVER.search(line):
        return False
    kind = family(platform)
    if kind in (Family.SHELL, Family.VYOS) and _NEVER_IN_A_SHELL.search(line):
        return False
    command, *filters = line.split("|")
    words = command.split()
    if len(words) > 1 and words[0].lower() == _PREFIXES.get(kind):
        words = words[1:]
    if re.fullmatch(_WHOLE_LINES[kind], " ".join(words), flags=re.IGNORECASE):
        return not filters
    return _has_a_read_verb(kind, words) and not _writes_a_report(words) and _only_filters(command, filters)


def _has_a_read_verb(kind: Family, words: Sequence[str]) -> bool:
    if kind is Family.JUNOS and words[:1] == ["file"]:
        return words[1:2] in (["list"], ["show"], ["checksum"])
    verb = words[0].lower() if words else ""
    return any(name.startswith(verb) and len(verb) >= shortest for name, shortest in _VERBS[kind].items())


def _writes_a_report(words: Sequence[str]) -> bool:
    """`show tech-support file ...` and `display diagnostic-information NAME` write on the device."""
    topic, rest = (words[1].lower(), words[2:]) if len(words) > 1 else ("", ())
    if len(topic) >= 2 and "diagnostic-information".startswith(topic):
        return bool(rest)
    if len(topic) >= 2 and "tech-support".startswith(topic):
        return any(":" in word or "file".startswith(word.lower()) for word in rest)
    return False


def _only_filters(command: str, filters: Sequence[str]) -> bool:
    before, pattern = command, False
    for stage in filters:
        words = stage.split()
        if not words:
            return False
        tight = not stage[0].isspace() and not before[-1:].isspace()
        name = _filter(words[0].lower())
        if name is None and not (pattern and tight and len(words) == 1 and _cannot_write(words[0].lower())):
            return False
        pattern = name in _TAKE_A_PATTERN if name else pattern
        before = stage
    return True


def _filter(word: str) -> str | None:
    """The filter a word names; None where it could as well name one that writes."""
    if word in _FILTERS:
        return word
    if any(writer.startswith(word) for writer in _COMMON_WRITERS):
        return None
    return next((name for name in _FILTERS if name.startswith(word)), None)


def _cannot_write(word: str) -> bool:
    """Whether `b` in `include a|b` is a piece of the pattern, however the device splits the line."""
    bare = word.strip("\"'()")
    return not any(writer.startswith(bare) or bare.startswith(writer) for writer in _WRITERS)
