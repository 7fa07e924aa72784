"""Which command lines only read: each is named here with the words it may take; everything else may change."""

import re

_PLAIN = re.compile(r"[\w ./:@=,+%-]{1,1000}", re.ASCII)
"""No quotes, wildcards, variables, pipes, redirections or second commands."""

_ANY = r"(?: \S+)*"
_OPTION = r"(?: -[a-zA-Z0-9]+)*"
_NAMES = r"(?: [\w.@/:][\w.@/:-]*)*"

_TAKES: dict[str, str] = {
    **dict.fromkeys(
        (
            "cat", "df", "du", "free", "getent", "grep", "groups", "head", "id", "last", "ls", "lsblk", "lscpu",
            "lsmod", "lspci", "lsusb", "md5sum", "nproc", "ps", "pwd", "readlink", "realpath", "sha256sum",
            "sha512sum", "stat",
            "true", "uname", "uptime", "vmstat", "w", "wc", "which", "who", "whoami",
        ),
        _ANY,
    ),
    "bridge": r"(?: -(?:j|json|p|pretty|d|s|br|c))* (?:fdb|link|mdb|vlan)(?: show" + _ANY + ")?",
    "date": r"(?: -[uR])*(?: \+[\w%:-]+)?",
    "dmesg": r"(?: -(?:T|H|x|k|u|r|t))*",
    "ethtool": r"(?: -[iSkgalmnT])? [\w.@-]+",
    "hostname": r"(?: -[fsIdiA])?",
    "ip": (
        r"(?: -(?:4|6|s|d|j|p|o|br|brief|json|pretty|oneline|stats|details|family inet6?))*"
        r" (?:a|addr|address|l|link|r|ro|route|n|neigh|neighbour|ru|rule|maddr|mroute|vrf|tunnel|nexthop)"
        r"(?: (?:show|list|ls|get)" + _ANY + ")?"
    ),
    "journalctl": r"(?: (?:--no-pager|-[eqxkra]|-[nupbo] [\w.@:-]+|--(?:since|until|output|unit|lines)=[\w.@:-]+))*",
    "mount": "",
    "findmnt": r"(?: -[a-zA-Z]+)*" + _NAMES,
    "netstat": _OPTION,
    "ss": r"(?: -(?:[natupslrmiohexZ046]+))*",
    "sysctl": r"(?: -[aen])*" + _NAMES,
    "systemctl": (
        r"(?: --no-pager)?"
        r"(?: (?:status|show|is-active|is-enabled|is-failed|list-units|list-unit-files|list-timers|cat))"
        r"(?: --(?:no-pager|all|failed|type=\w+|state=\w+|property=[\w,]+))*" + _NAMES
    ),
    "tail": r"(?: -[cn] ?[0-9+]+| -[0-9]+)*" + _NAMES,
    "timedatectl": r"(?: (?:status|show))?",
}  # fmt: skip
"""What may follow each command; `ip route get` asks the kernel and sends nothing."""

_READERS = {verb: re.compile(f"{verb}{words}") for verb, words in _TAKES.items()}

_NEVER = re.compile(r"(?:^|[/ ])dev/|proc/kmsg|trace_pipe")
"""Where reading does something: to open /dev/watchdog is to start it."""


_WHOLE = frozenset({"vtysh -c 'show running-config'"})
"""Lines that are known as they stand, quotes and all."""


def is_read(line: str) -> bool:
    """Whether this one line can do nothing but read."""
    if line in _WHOLE:
        return True
    if not _PLAIN.fullmatch(line) or _NEVER.search(line):
        return False
    words = " ".join(line.split())
    reader = _READERS.get(words.partition(" ")[0])
    return reader is not None and reader.fullmatch(words) is not None
