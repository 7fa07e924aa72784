"""The default network: leaves, spines and edges over three sites, with a plausible configuration each."""

from collections.abc import Iterator
from typing import NamedTuple

SITES = ("ams", "fra", "lon")
PORTS = tuple(f"GigabitEthernet0/{number}" for number in range(4))
_AS_NUMBERS = {"leaf": 65100, "spine": 65000, "edge": 65200}


class Member(NamedTuple):
    """One device before it is built."""

    name: str
    role: str
    site: str
    number: int


def members(count: int) -> Iterator[Member]:
    """`count` devices, a fifth of them spines and a tenth edges, each role dealt over the sites in turn."""
    spines, edges = count // 5, count // 10
    for role, amount in (("leaf", count - spines - edges), ("spine", spines), ("edge", edges)):
        for number in range(1, amount + 1):
            yield Member(f"{role}{number}", role, SITES[(number - 1) % len(SITES)], number)


def configuration(member: Member) -> str:
    """The configuration a device is delivered with."""
    octets = f"{member.number // 250}.{member.number % 250 + 1}"
    network = {"leaf": 1, "spine": 2, "edge": 3}[member.role]
    uplinks = "\n".join(
        f"interface {port}\n description {member.site} fabric {at}\n"
        f" ip address 10.{network * 16 + at}.{octets} 255.255.255.0\n duplex auto\n speed auto"
        for at, port in enumerate(PORTS[:3])
    )
    return f"""\
service timestamps debug datetime msec
service timestamps log datetime msec
hostname {member.name}
no ip domain lookup
ip domain name {member.site}.lab.example
ip cef
interface Loopback0
 description router id
 ip address 10.{network}.{octets} 255.255.255.255
{uplinks}
interface {PORTS[3]}
 shutdown
router bgp {_AS_NUMBERS[member.role] + member.number % 100}
 bgp router-id 10.{network}.{octets}
 bgp log-neighbor-changes
 neighbor 10.{network * 16}.{octets} remote-as 65000
 neighbor 10.{network * 16}.{octets} description {member.site} uplink
ip forward-protocol nd
ip ssh version 2
logging host 10.99.0.1
snmp-server location {member.site}
ntp server 10.99.0.1
line console 0
 logging synchronous
line vty 0 4
 login local
 transport input ssh
"""
