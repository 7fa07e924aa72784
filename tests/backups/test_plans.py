"""The lines that lead back to a version: none is cut, none is missing unsaid, and a banner's words are no commands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netpulse_core.configs.ordering import unreached
from netpulse_core.configs.platforms import fitting
from netpulse_core.configs.trees import remediation
from netpulse_core.errors import Refused
from netpulse_core.model.backup import Copy
from netpulse_core.model.caller import LOCAL
from tests.runs.service import Service


def planned(platform: str, running: str, wanted: str) -> list[str]:
    return [line.strip() for line in remediation(running, wanted, fitting(platform)).splitlines()]


@pytest.mark.parametrize(
    ("platform", "running", "wanted", "lines"),
    [
        ("ios", "banner motd ^CWelcome^C", "banner motd ^C\nHello\n^C", ["banner motd ^C", "Hello", "^C"]),
        ("ios", "banner motd ^C^C\nbanner login ^C\nbye\n^C", "banner motd ^C^C", ["no banner login"]),
        ("iosxr", "banner motd $ a $", "banner motd $ b $", ["banner motd $ b $"]),
        ("nxos", "banner motd #a!b#\nbanner exec #a#", "banner motd #a!b#", ["no banner exec"]),
        ("eos", "banner motd\na\nEOF", "banner login\nb\nEOF", ["no banner motd", "banner login", "b", "EOF"]),
        ("cisco_asa", "", "banner login (c) 2020 Company", ["banner login (c) 2020 Company"]),
        ("asa", "banner motd #", "banner motd #\nbanner login b", ["banner login b"]),
        ("frr", "banner motd line a", "banner motd line b", ["banner motd line b"]),
    ],
)
def test_a_banner_is_taken_back_by_its_name_and_hides_nothing(
    platform: str, running: str, wanted: str, lines: list[str]
) -> None:
    head = "hostname leaf1\n"
    after = "ntp server 10.0.0.1\n"
    assert planned(platform, f"{head}{running}\n", f"{head}{wanted}\n{after}") == [*lines, after.strip()]


@pytest.mark.parametrize(
    ("platform", "running", "wanted", "line"),
    [
        ("nxos", "radius-server host 10.0.0.1 key 0 Ab", "radius-server host 10.0.0.1 key 0 Ab!cd99", ""),
        ("nxos", "interface Ethernet1/1\n  mtu 9216", "interface Ethernet1/1\n  description to core!1", ""),
        ("iosxr", "interface GigabitEthernet0/0/0/1\n speed 100", "interface GigabitEthernet0/0/0/1\n speed 1000", ""),
        ("iosxr", "controller x\n duplex half", "controller x\n duplex full", ""),
        (
            "ios",
            "ip access-list extended A\n permit ip any any",
            "ip access-list extended A\n remark why",
            "remark why",
        ),
        ("ios", "vlan 10,20", "vlan 10,30", "vlan 30"),
    ],
)
def test_a_line_is_planned_as_it_is_written(platform: str, running: str, wanted: str, line: str) -> None:
    assert (line or wanted.splitlines()[-1].strip()) in planned(platform, f"{running}\n", f"{wanted}\n")


@pytest.mark.parametrize(
    ("platform", "running", "wanted", "said"),
    [
        ("ios", "access-list 10 {0}\naccess-list 10 {1}", "access-list 10 {1}\naccess-list 10 {0}", "access-list 10"),
        ("ios", "ip access-list extended A\n {0}\n {1}", "ip access-list extended A\n {1}\n {0}", "extended A"),
        ("eos", "ip access-list A\n {0}\n {1}", "ip access-list A\n {1}\n {0}", "ip access-list A"),
        ("nxos", "ip access-list A\n  {0}\n  {1}", "ip access-list A\n  {1}\n  {0}", "ip access-list A"),
        ("iosxr", "ipv4 access-list A\n {0}\n {1}", "ipv4 access-list A\n {1}\n {0}", "ipv4 access-list A"),
        ("ios", "ip access-list standard A\n {1}", "ip access-list standard A\n {0}\n {1}", "standard A"),
        *(
            (platform, f"{begin} {{0}}\n{begin} {{1}}", f"{begin} {{1}}\n{begin} {{0}}", said)
            for platform, begin, said in [
                (
                    "cisco_asa",
                    "access-list O extended",
                    "entries, which a device does not take from lines: access-list O",
                ),
                ("cisco_asa", "access-list O standard", "access-list O"),
                ("ios", "ip as-path access-list 1", "ip as-path access-list 1"),
                ("frr", "bgp as-path access-list A", "bgp as-path access-list A"),
                ("ios", "ip prefix-list A", "ip prefix-list A"),
                ("ios", "ip community-list standard A", "ip community-list standard A"),
                ("ios", "ip community-list 1", "ip community-list 1"),
                ("frr", "bgp large-community-list expanded A", "bgp large-community-list expanded A"),
            ]
        ),
        (
            "cisco_asa",
            "access-list O extended {1}",
            "access-list O extended {0}\naccess-list O extended {1}",
            "access-list O",
        ),
        ("cisco_asa", "banner motd a", "banner motd b\nhostname x", "the lines of a banner"),
        ("cisco_asa", "banner motd a\nbanner motd b", "banner motd a\nhostname x", "`no banner` first"),
        ("ios", "policy-map P\n class {0}\n class {1}", "policy-map P\n class {1}\n class {0}", "policy-map P"),
        ("ios", "version 15.2\nhostname a", "version 15.4\nhostname a", "the version of the system"),
    ],
)
def test_what_no_line_brings_about_is_named(platform: str, running: str, wanted: str, said: str) -> None:
    entries = "permit 10.0.0.0 0.255.255.255", "deny any"
    now, then = (f"{text.format(*entries)}\n" for text in (running, wanted))
    assert said in unreached(now, then, remediation(now, then, fitting(platform)), fitting(platform))
    assert unreached(now, now, "", fitting(platform)) == ""


def test_a_class_that_comes_before_the_default_is_no_matter_of_order() -> None:
    now = "policy-map P\n class A\n class class-default\n"
    then = "policy-map P\n class A\n class B\n class class-default\n"
    assert unreached(now, then, remediation(now, then, fitting("ios")), fitting("ios")) == ""


@pytest.mark.parametrize("text", ["banner motd ^C\nnever ends\n", "hostname leaf1\nhostname leaf1\n", "x\0\n"])
def test_what_no_tree_is_made_of_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(Refused, match="nothing is planned") as told:
        remediation("hostname leaf1\n", text, fitting("ios"))
    assert "netpulse config diff" in told.value.hint


def test_a_plan_says_that_the_order_of_an_access_list_is_not_reached(
    service: Service, by_hand: Callable[..., None]
) -> None:
    entries = "access-list 10 permit 10.0.0.1", "access-list 10 deny 10.0.0.2"
    by_hand(*entries)
    service.run("backup_config")
    by_hand(*(f"no {one}" for one in entries), *reversed(entries))
    service.run("backup_config")
    plan = service.netpulse.configs.plan("leaf1", LOCAL, 1, Copy.NORMALISED)
    assert (plan.lines, plan.incomplete) == ("", True)
    assert "access-list 10" in plan.unreached
