"""What two readings of a configuration prove of a change: never more than is so, and rather nothing."""

import pytest

from netpulse_core.configs.normalising import normalised
from netpulse_core.configs.platforms import config_platform
from netpulse_core.model.outcome import Outcome
from netpulse_core.runs.comparing import compare

BEFORE = """\
hostname r1
ntp server 192.0.2.1
no ip http server
interface Loopback0
 description old
 ip address 10.0.0.1 255.255.255.255
interface GigabitEthernet0/1
 description uplink
 shutdown
router bgp 65001
 neighbor 10.0.0.2 remote-as 65002
"""

CHANGED, PARTIAL, NOT_APPLIED = Outcome.CHANGED, Outcome.PARTIAL, Outcome.NOT_APPLIED
DESCRIBED = BEFORE.replace("description old", "description new")
NTP = BEFORE.replace("192.0.2.1\n", "192.0.2.1\nntp server 192.0.2.2\n")


def judged(asked: str, now: str) -> Outcome | None:
    return compare(BEFORE, now, asked.splitlines()).outcome


@pytest.mark.parametrize(
    ("asked", "now", "outcome"),
    [
        ("ntp server 192.0.2.2", BEFORE, NOT_APPLIED),
        ("ntp server 192.0.2.1", BEFORE, NOT_APPLIED),
        ("ntp server 192.0.2.2", NTP, CHANGED),
        ("ntp server 192.0.2.1\nntp server 192.0.2.2", NTP, CHANGED),
        ("ntp server 192.0.2.2\nntp server 192.0.2.3", NTP, PARTIAL),
        ("interface Loopback0\ndescription new", DESCRIBED, CHANGED),
        ("interface Loopback0\n description new", DESCRIBED, CHANGED),
        ("interface Loopback0\n description new\nntp server 192.0.2.3", DESCRIBED, PARTIAL),
        ("no ntp server 192.0.2.1", BEFORE.replace("ntp server 192.0.2.1\n", ""), CHANGED),
        ("no ntp server 192.0.2.1\nno router bgp 65001", BEFORE.replace("ntp server 192.0.2.1\n", ""), PARTIAL),
        ("interface GigabitEthernet0/1\nno shutdown\nexit", BEFORE.replace(" shutdown\n", ""), CHANGED),
        (
            "router bgp 65001\n neighbor 10.0.0.9 remote-as 65009",
            f"{BEFORE} neighbor 10.0.0.9 remote-as 65009\n",
            CHANGED,
        ),
        (
            "interface Loopback9\n description nine\nntp server 192.0.2.9",
            f"{BEFORE}interface Loopback9\n no ip address\n",
            PARTIAL,
        ),
    ],
)
def test_what_is_proven(asked: str, now: str, outcome: Outcome) -> None:
    assert judged(asked, now) is outcome


@pytest.mark.parametrize(
    ("asked", "now"),
    [
        # It was somebody else, or it was that and us.
        ("ntp server 192.0.2.2", BEFORE.replace("hostname r1", "hostname r2")),
        ("ntp server 192.0.2.1", NTP),
        ("ntp server 192.0.2.2\nntp server 192.0.2.3", NTP.replace("hostname r1", "hostname r2")),
        ("ntp server 192.0.2.2\nntp server 192.0.2.3", f"{NTP}ip domain lookup\n"),
        # It stands there in other words, or may.
        ("int lo0\ndesc new", DESCRIBED),
        ("ntp server 192.0.2.2\ninterface Loopback0\nip address 10.0.0.1/32", NTP),
        ("ntp server 192.0.2.2\ninterface Loopback0\ndesc old", NTP),
        ("ntp server 192.0.2.2\nusername ops password 0 x", NTP),
        ("ntp server 192.0.2.2\nint gi0/1\ndescription uplink", NTP),
        # The device may do it anyway, and show nothing.
        ("ntp server 192.0.2.2\ncdp run", NTP),
        ("ntp server 192.0.2.2\nno cdp run", NTP),
        ("ntp server 192.0.2.2\ninterface GigabitEthernet0/1\nip mtu 1500", NTP),
        # A configuration does not show it.
        ("do clear ip bgp *", BEFORE),
        ("ntp server 192.0.2.2\ndo reload", NTP),
        ("snmp-server user ops admins v3", BEFORE),
        ("vlan 10", BEFORE),
        ("crypto key generate rsa", BEFORE),
        # Of another section, or out of order.
        ("ntp server 192.0.2.2\ninterface GigabitEthernet0/1\nhostname r1", NTP),
        ("ntp server 192.0.2.3\nntp server 192.0.2.2", NTP),
    ],
)
def test_what_is_not(asked: str, now: str) -> None:
    assert judged(asked, now) is None


def test_a_description_of_one_interface_is_not_that_of_another() -> None:
    now = BEFORE.replace("description old", "description uplink")
    asked = "interface Loopback0\ndescription uplink\ninterface GigabitEthernet0/1\ndescription uplink two"
    assert judged(asked, now) is PARTIAL


def test_without_lines_only_that_nothing_changed_is_proven() -> None:
    assert compare(BEFORE, BEFORE, None).outcome is NOT_APPLIED
    assert compare(BEFORE, NTP, None).outcome is None


def test_what_a_device_says_of_its_clock_is_no_difference() -> None:
    heading = "Building configuration...\n\nCurrent configuration : {} bytes\n!\n! Last configuration change at {}\n!\n"
    one, other = (heading.format(*facts) + BEFORE + "end\n" for facts in ((700, "12:00"), (712, "12:05")))
    ios = config_platform("ios")
    assert normalised(one, ios) == normalised(other, ios) == BEFORE


def test_a_secret_is_not_in_the_reason() -> None:
    why = compare(BEFORE, NTP, ["ntp server 192.0.2.2", "snmp-server community s3cret ro"]).why
    assert "s3cret" not in why
