"""Running configurations as checks read them: the sections of indented ones."""

from collections.abc import Mapping, Sequence

IOS = ("cisco_ios", "cisco_ios_telnet", "cisco_xe", "ios", "ios_xe", "iosxe")
EOS = ("arista_eos", "arista_eos_telnet", "eos")
JUNOS = ("juniper_junos", "juniper_junos_telnet", "juniper", "junos")
FRR = ("frr", "frrouting")


def sections(config: str, platform: str | None = None) -> Mapping[str, Sequence[str]]:
    """Return the lines of the top, each with the lines below it, however deep; banners are no lines of the top."""
    from netutils.config import parser  # noqa: PLC0415  a part of netutils that nobody else needs

    found: dict[str, list[str]] = {}
    kind = parser.EOSConfigParser if platform in EOS else parser.IOSConfigParser
    for line in kind(config).config_lines:
        if line.parents:
            found[line.parents[0]].append(line.config_line.strip())
        else:
            found.setdefault(line.config_line.rstrip(), [])
    return found
