"""What the show commands print: text from a machine, and the filters behind a pipe."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Interface
from zlib import crc32

from netpulse_core.lab.config import Section
from netpulse_core.lab.grammar import Refusal
from netpulse_core.lab.machine import Machine

_UNITS = (("year", 365 * 86400), ("week", 7 * 86400), ("day", 86400), ("hour", 3600), ("minute", 60))


def clock(_: Machine) -> str:
    now = datetime.now(UTC)
    return f"*{now:%H:%M:%S}.{now.microsecond // 1000:03d} UTC {now:%a %b} {now.day} {now.year}\n"


def version(machine: Machine) -> str:
    name = machine.running.hostname
    model = machine.model.upper()
    return f"""\
Cisco IOS Software, {machine.model} Software (V{model}-ADVENTERPRISEK9-M), Version {machine.version}, RELEASE SOFTWARE (fc1)
Simulated by the NetPulse lab; this is no vendor's software.

ROM: Bootstrap program is {machine.model}

{name} uptime is {_uptime(datetime.now(UTC) - machine.booted)}
System returned to ROM by {machine.reload_reason}
System image file is "flash0:/v{model.lower()}-adventerprisek9-m"
Last reload reason: {machine.reload_reason}

Cisco {machine.model} (revision 1.0) with 984321K/62464K bytes of memory.
Processor board ID {machine.serial}
{len(machine.ports)} Gigabit Ethernet interfaces
DRAM configuration is 72 bits wide with parity disabled.
256K bytes of non-volatile configuration memory.
2097152K bytes of ATA System CompactFlash 0 (Read/Write)

Configuration register is 0x2102

"""  # noqa: E501 - the line is as long as the device prints it


def inventory(machine: Machine) -> str:
    return (
        f'NAME: "{machine.model}", DESCR: "{machine.model} chassis, Hw Serial#: {machine.serial}"\n'
        f"PID: {machine.model:<18}, VID: V01, SN: {machine.serial}\n\n"
    )


def running(machine: Machine) -> str:
    body = machine.running_text
    heading = ""
    if machine.changed is not None:
        at, user = machine.changed
        date = f"{at:%H:%M:%S} UTC {at:%a %b} {at.day} {at.year}"
        heading = f"!\n! Last configuration change at {date} by {user}\n"
    return f"Building configuration...\n\nCurrent configuration : {len(body)} bytes\n{heading}!\n{body}\n"


def running_interface(machine: Machine, name: str) -> str:
    section = _interface(machine, name)
    body = "\n".join([f"interface {name}", *section.lines(" "), "end", "", ""])
    return f"Building configuration...\n\nCurrent configuration : {len(body)} bytes\n!\n{body}"


def startup(machine: Machine) -> str:
    if not machine.startup:
        return "startup-config is not present\n"
    body = f"!\nversion 15.9\n!\n{machine.startup}end\n"
    return f"Using {len(body)} out of 262144 bytes\n{body}\n"


def users(machine: Machine, own_line: int) -> str:
    rows = ["    Line       User       Host(s)              Idle       Location"]
    for line, session in sorted(machine.sessions.items()):
        mark = "*" if line == own_line else " "
        rows.append(
            f"{mark}{line + 2:>3} {f'vty {line}':<10} {session.user:<10} idle                 "
            f"00:00:00   {session.source[0]}"
        )
    rows += ["", "  Interface    User               Mode         Idle     Peer Address", "", ""]
    return "\n".join(rows)


def tcp_brief(machine: Machine) -> str:
    rows = ["TCB       Local Address               Foreign Address             (state)"]
    for line, session in sorted(machine.sessions.items()):
        here, there = (f"{address}.{port}" for address, port in (session.local, session.source))
        rows.append(f"{0x7F0000000000 + 0x1A0 * line:012X}  {here:<26}  {there:<26}  ESTAB")
    return "\n".join([*rows, ""])


def interface_brief(machine: Machine) -> str:
    rows = [f"{'Interface':<26} {'IP-Address':<15} OK? Method {'Status':<21} Protocol"]
    for name, section in machine.running.interfaces.items():
        address = section.value("ip address")
        status, protocol = _state(section)
        rows.append(
            f"{name:<26} {address.split()[0] if address else 'unassigned':<15} YES "
            f"{'NVRAM' if address else 'unset':<6} {status:<21} {protocol:<8}"
        )
    return "\n".join([*rows, ""])


def descriptions(machine: Machine) -> str:
    rows = [f"{'Interface':<30} {'Status':<14} {'Protocol':<8} Description"]
    for name, section in machine.running.interfaces.items():
        status, protocol = _state(section)
        short = "admin down" if status.startswith("admin") else status
        rows.append(f"{name:<30} {short:<14} {protocol:<8} {section.value('description') or ''}")
    return "\n".join([*rows, ""])


def interfaces(machine: Machine) -> str:
    found = machine.running.interfaces.items()
    return "".join(_one_interface(machine, name, section) for name, section in found)


def interface(machine: Machine, name: str) -> str:
    return _one_interface(machine, name, _interface(machine, name))


def filtered(text: str, pipe: str) -> str:
    """`text` through what follows the pipe; raises Refusal where that is no filter."""
    word, _, pattern = pipe.strip().partition(" ")
    names = [name for name in _FILTERS if word and name.startswith(word.lower())]
    if len(names) != 1 or not pattern.strip():
        raise Refusal("% Incomplete command.\n\n" if names else "% Invalid input detected at '^' marker.\n\n")
    try:
        wanted = re.compile(pattern.strip())
    except re.error:
        raise Refusal(f"% Failed to compile regular expression {pattern.strip()!r}\n") from None
    return "".join(f"{line}\n" for line in _FILTERS[names[0]](text.splitlines(), wanted))


def _include(lines: list[str], wanted: re.Pattern[str]) -> Iterator[str]:
    return (line for line in lines if wanted.search(line))


def _exclude(lines: list[str], wanted: re.Pattern[str]) -> Iterator[str]:
    return (line for line in lines if not wanted.search(line))


def _begin(lines: list[str], wanted: re.Pattern[str]) -> Iterator[str]:
    first = next((at for at, line in enumerate(lines) if wanted.search(line)), len(lines))
    return iter(lines[first:])


def _section(lines: list[str], wanted: re.Pattern[str]) -> Iterator[str]:
    depth: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if depth is not None and (indent <= depth or not line.strip()):
            depth = None
        if depth is None and wanted.search(line):
            depth = indent
        if depth is not None:
            yield line


def _count(lines: list[str], wanted: re.Pattern[str]) -> Iterator[str]:
    yield f"Number of lines which match regexp = {sum(bool(wanted.search(line)) for line in lines)}"


_FILTERS: dict[str, Callable[[list[str], re.Pattern[str]], Iterator[str]]] = {
    "include": _include,
    "exclude": _exclude,
    "begin": _begin,
    "section": _section,
    "count": _count,
}


def _interface(machine: Machine, name: str) -> Section:
    try:
        return machine.running.interfaces[name]
    except KeyError:
        raise Refusal("% Invalid input detected at '^' marker.\n\n") from None


def _state(section: Section) -> tuple[str, str]:
    return ("administratively down", "down") if "shutdown" in section.children else ("up", "up")


def _one_interface(machine: Machine, name: str, section: Section) -> str:
    status, protocol = _state(section)
    mac = f"{0x5254_0000_0000 + crc32(f'{machine.name} {name}'.encode()):012x}"
    mac = ".".join((mac[:4], mac[4:8], mac[8:]))
    rows = [f"{name} is {status}, line protocol is {protocol} "]
    if name.startswith(("Loopback", "Tunnel", "Null")):
        rows.append(f"  Hardware is {name.rstrip('0123456789')}")
    else:
        rows.append(f"  Hardware is iGbE, address is {mac} (bia {mac})")
    if description := section.value("description"):
        rows.append(f"  Description: {description}")
    if (address := section.value("ip address")) and address[0].isdigit():
        rows.append(f"  Internet address is {IPv4Interface('/'.join(address.split()[:2]))}")
    rows += [
        f"  MTU {section.value('mtu') or 1500} bytes, BW {section.value('bandwidth') or 1000000} Kbit/sec, "
        "DLY 10 usec, ",
        "     reliability 255/255, txload 1/255, rxload 1/255",
        "  Encapsulation ARPA, loopback not set",
        "  Keepalive set (10 sec)",
        "  Full Duplex, 1Gbps, link type is auto, media type is RJ45",
        "  Last input 00:00:01, output 00:00:00, output hang never",
        "  Input queue: 0/75/0/0 (size/max/drops/flushes); Total output drops: 0",
        "  Queueing strategy: fifo",
        "  5 minute input rate 1000 bits/sec, 1 packets/sec",
        "  5 minute output rate 1000 bits/sec, 1 packets/sec",
        "     1000 packets input, 100000 bytes, 0 no buffer",
        "     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored",
        "     1000 packets output, 100000 bytes, 0 underruns",
        "     0 output errors, 0 collisions, 1 interface resets",
        "",
    ]
    return "\n".join(rows)


def _uptime(length: timedelta) -> str:
    left, parts = int(length.total_seconds()), list[str]()
    for unit, seconds in _UNITS:
        amount, left = divmod(left, seconds)
        if amount or unit == "minute":
            parts.append(f"{amount} {unit}{'' if amount == 1 else 's'}")
    return ", ".join(parts)


def ping(target: str) -> str:
    return (
        "Type escape sequence to abort.\n"
        f"Sending 5, 100-byte ICMP Echos to {target}, timeout is 2 seconds:\n!!!!!\n"
        "Success rate is 100 percent (5/5), round-trip min/avg/max = 1/1/2 ms\n"
    )


ALL: dict[str, Callable[[Machine], str]] = {
    "show clock": clock,
    "show version": version,
    "show inventory": inventory,
    "show running-config": running,
    "show startup-config": startup,
    "show interfaces": interfaces,
    "show interfaces description": descriptions,
    "show ip interface brief": interface_brief,
    "show tcp brief": tcp_brief,
}
OF_ONE: dict[str, Callable[[Machine, str], str]] = {
    "show running-config interface": running_interface,
    "show interfaces": interface,
}
