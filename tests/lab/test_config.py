"""The configuration tree: what lines add, replace and remove."""

import pytest

from netpulse_core.lab.config import Configuration, Editor
from netpulse_core.lab.grammar import Refusal

BASE = "hostname r1\ninterface GigabitEthernet0/0\n description old\n ip address 10.0.0.1 255.255.255.0\n"


def edited(*lines: str, base: str = BASE) -> str:
    configuration = Configuration.parse(base)
    editor = Editor(configuration)
    for line in lines:
        editor.enter(line)
    return configuration.text


def test_what_is_printed_reads_back_the_same() -> None:
    text = edited("router bgp 65000", "neighbor 10.0.0.2 remote-as 65001", "address-family ipv4", "network 10.0.0.0")
    assert Configuration.parse(text).text == text
    assert "\n address-family ipv4\n  network 10.0.0.0\n" in text


def test_a_value_replaces_and_a_list_grows() -> None:
    text = edited("hostname r2", "ntp server 1.1.1.1", "ntp server 2.2.2.2")
    assert "hostname r2" in text
    assert "hostname r1" not in text
    assert text.count("ntp server") == 2


def test_abbreviations_are_written_out() -> None:
    text = edited("int gi 0/0", "desc new text  here", "ip addr 10.9.9.9 255.255.255.0")
    assert " description new text  here\n ip address 10.9.9.9 255.255.255.0\n" in text
    assert "10.0.0.1" not in text


def test_no_removes_by_prefix_and_only_there() -> None:
    text = edited("interface Gi0/0", "no description", "no ip address")
    assert text == "hostname r1\n!\ninterface GigabitEthernet0/0\n!\n"
    bgp = ("router bgp 1", "neighbor 1.1.1.1 remote-as 2", "neighbor 1.1.1.10 remote-as 3")
    assert "1.1.1.10 remote-as 3" in edited(*bgp, "no neighbor 1.1.1.1")
    assert "1.1.1.1 " not in edited(*bgp, "no neighbor 1.1.1.1")


def test_a_default_that_is_off_is_written_down() -> None:
    assert "no ip domain lookup" in edited("no ip domain lookup")
    assert "domain" not in edited("no ip domain lookup", "ip domain lookup")
    assert "shutdown" not in edited("interface Gi0/0", "shutdown", "no shutdown")


def test_a_line_of_the_level_above_leaves_the_section() -> None:
    text = edited("interface Lo1", "description one", "interface Lo2", "description two", "ntp server 1.1.1.1")
    assert "interface Loopback1\n description one\n!\ninterface Loopback2\n description two\n!" in text
    assert "\nntp server 1.1.1.1\n" in text


def test_an_access_list_keeps_its_order() -> None:
    text = edited("ip access-list extended A", "permit ip any any", "deny ip any any", "permit icmp any any")
    assert " permit ip any any\n deny ip any any\n permit icmp any any\n" in text


@pytest.mark.parametrize(
    "line",
    ["interface GigabitEthernet9/9", "interface Te", "no", "hostname", "ip address 1.2.3.4 255.0.0.0", "ntp server"],
)
def test_a_refused_line_changes_nothing(line: str) -> None:
    configuration = Configuration.parse(BASE)
    before = configuration.text
    with pytest.raises(Refusal):
        Editor(configuration).enter(line)
    assert configuration.text == before


def test_hardware_stays() -> None:
    with pytest.raises(Refusal, match="not permitted"):
        edited("no interface GigabitEthernet0/0")
    assert "Loopback1" not in edited("interface Lo1", "no interface Loopback1")
    assert "GigabitEthernet0/0.10" in edited("interface Gi0/0.10", "encapsulation dot1q 10")


def test_default_interface_clears_it() -> None:
    assert "10.0.0.1" not in edited("default interface Gi0/0")


def test_a_big_paste_is_linear() -> None:
    lines = [f"ip route 10.{n // 250}.{n % 250}.0 255.255.255.0 10.0.0.2" for n in range(5000)]
    assert edited(*lines).count("ip route") == 5000
