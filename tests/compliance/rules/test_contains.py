"""Lines that must and must not be there, at the top and within sections."""

from __future__ import annotations

import pytest

from netpulse_core.compliance.rules import patterns
from netpulse_core.model.check import FindingVerdict
from tests.compliance.rules.conftest import Judge

CONFIG = """\
version 15.2
hostname leaf1
ntp server 10.0.0.1
ntp server 10.0.0.2
interface Ethernet1
 description to spine1
 switchport mode access
 spanning-tree portfast
interface Ethernet2
 switchport mode access
interface Ethernet3
 switchport mode trunk
 speed 100
ip access-list extended EDGE
 remark keep out
 permit tcp any any eq 22
banner motd ^C
line vty 9 9
 transport input telnet
^C
router bgp 65001
 neighbor 10.0.0.9 remote-as 65002
 address-family ipv4
  neighbor 10.0.0.9 activate
 exit-address-family
line vty 0 4
 transport input ssh
line vty 5 15
 transport input telnet ssh
end
"""


def test_lines_of_the_top_are_found_as_the_device_has_them(judge: Judge) -> None:
    found = judge({"must_contain": ["version 15.2", "ntp  server 10.0.0.1 "]}, CONFIG)
    assert found.verdict is FindingVerdict.PASS
    assert found.found == ("version 15.2", "ntp server 10.0.0.1")
    bad = judge({"must_contain": ["ntp server 10.0.0.3", {"regex": "^logging host "}]}, CONFIG)
    assert bad.verdict is FindingVerdict.FAIL
    assert bad.missing == ("ntp server 10.0.0.3", "/^logging host /")
    assert bad.remediation == "ntp server 10.0.0.3"


def test_a_line_deeper_down_is_none_of_the_top_and_the_reason_says_where_it_is(judge: Judge) -> None:
    found = judge({"must_contain": ["transport input ssh"]}, CONFIG)
    assert found.verdict is FindingVerdict.FAIL
    assert "line vty 0 4 / transport input ssh" in found.why
    assert judge({"must_contain": ["transport input ssh"], "anywhere": True}, CONFIG).verdict is FindingVerdict.PASS


def test_what_must_not_be_there_is_found_however_deep_and_not_in_a_banner(judge: Judge) -> None:
    found = judge({"must_not_contain": [{"regex": "^transport input .*telnet"}]}, CONFIG)
    assert found.verdict is FindingVerdict.FAIL
    assert found.extra == ("line vty 5 15\ntransport input telnet ssh",)
    assert found.remediation == "line vty 5 15\n  no transport input telnet ssh"
    for line in ("speed 100", "remark keep out", "permit tcp any any eq 22", "version 15.2"):
        assert judge({"must_not_contain": [line]}, CONFIG).verdict is FindingVerdict.FAIL, line


def test_each_section_is_judged_by_itself(judge: Judge) -> None:
    rule = {"within": "^interface ", "having": "^switchport mode access$", "must_contain": ["spanning-tree portfast"]}
    found = judge(rule, CONFIG)
    assert found.missing == ("interface Ethernet2\nspanning-tree portfast",)
    assert found.remediation == "interface Ethernet2\n  spanning-tree portfast"
    assert judge({**rule, "not_having": "^switchport"}, CONFIG).verdict is FindingVerdict.NOT_APPLICABLE


def test_parents_may_be_named_at_each_depth(judge: Judge) -> None:
    rule = {"within": ["^router bgp ", "^address-family ipv4"], "must_contain": [{"regex": r"^neighbor \S+ activate$"}]}
    assert judge(rule, CONFIG).verdict is FindingVerdict.PASS
    assert judge({**rule, "within": ["^router bgp "]}, CONFIG).verdict is FindingVerdict.FAIL


@pytest.mark.parametrize("absent", ["not_applicable", "fail", "warn", "error"])
def test_no_section_is_what_the_rule_says_it_is(judge: Judge, absent: str) -> None:
    found = judge({"within": "^router isis", "must_contain": ["log-adjacency-changes"], "absent": absent}, CONFIG)
    assert found.verdict == absent
    assert "/^router isis/" in found.why


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ({"regex": "^ntp server ", "at_least": 2}, "pass"),
        ({"regex": "^ntp server ", "at_least": 3}, "fail"),
        ({"regex": "^ntp server ", "at_most": 1}, "fail"),
        ({"regex": "^snmp-server ", "at_most": 1}, "pass"),
        ({"regex": "^ntp server ", "at_least": 2, "at_most": 2}, "pass"),
        ({"line": "ntp server 10.0.0.1"}, "pass"),
    ],
)
def test_lines_are_counted(judge: Judge, line: dict[str, object], verdict: str) -> None:
    found = judge({"must_contain": [line]}, CONFIG)
    assert found.verdict == verdict
    assert "deeper" not in found.why


def test_a_block_stands_as_it_is_written(judge: Judge) -> None:
    assert judge({"must_contain": ["line vty 0 4\n transport input ssh\n"]}, CONFIG).verdict is FindingVerdict.PASS
    found = judge({"must_contain": ["line vty 0 4\n transport input ssh\n exec-timeout 5 0"]}, CONFIG)
    assert found.missing == ("line vty 0 4\nexec-timeout 5 0",)
    assert judge({"must_not_contain": ["line vty 0 4\n transport input telnet"]}, CONFIG).verdict is FindingVerdict.PASS


def test_exceptions_are_not_meant_by_what_must_not_be_there(judge: Judge) -> None:
    rule = {"must_not_contain": [{"regex": "^transport input"}], "ignore": ["^transport input ssh$"]}
    assert judge(rule, CONFIG).extra == ("line vty 5 15\ntransport input telnet ssh",)


def test_on_junos_what_is_deactivated_is_not_there(judge: Judge) -> None:
    config = "set system ntp server 10.0.0.1\nset system services telnet\ndeactivate system ntp\n"
    assert judge({"must_contain": ["set system ntp server 10.0.0.1"]}, config, platform="junos").verdict == "fail"
    found = judge({"must_not_contain": [{"regex": "^set system services telnet"}]}, config, platform="juniper_junos")
    assert found.remediation == "delete system services telnet"


def test_on_junos_sections_in_braces_are_set_lines_and_anything_else_is_no_configuration(judge: Judge) -> None:
    config = "system {\n    ntp {\n        server 10.0.0.1;\n        inactive: server 10.0.0.2;\n    }\n}\n"
    rule = {"must_contain": [{"regex": "ntp server 10.0.0.1$"}]}
    assert judge(rule, config, platform="junos").verdict is FindingVerdict.PASS
    inactive = {"must_contain": [{"regex": "server 10.0.0.2$"}]}
    assert judge(inactive, config, platform="junos").verdict is FindingVerdict.FAIL
    assert judge({"must_not_contain": ["x"]}, "<system/>\n", platform="junos").verdict is FindingVerdict.ERROR


GROUPED = "set groups SEC system services ssh root-login deny\nset groups SEC snmp community x\n"
DENIED = "set system services ssh root-login deny"


@pytest.mark.parametrize(
    ("applied", "verdict"),
    [
        ("set apply-groups SEC", "pass"),
        ("set apply-groups [ OTHER SEC ]", "pass"),
        ("set system services apply-groups SEC", "pass"),
        ("set groups ALL system apply-groups SEC\nset apply-groups ALL", "pass"),
        ("set interfaces ge-0/0/0 apply-groups SEC", "fail"),
        ("set system ser apply-groups SEC", "fail"),
        ("set groups ALL system apply-groups SEC\nset snmp apply-groups ALL", "fail"),
        ("set apply-groups SEC\nset system services apply-groups-except SEC", "fail"),
        ("set apply-groups SEC\nset system services apply-groups-except [ OTHER SEC ]", "fail"),
        ("set apply-groups SEC\nset snmp apply-groups-except SEC", "pass"),
        ("set apply-groups SEC\ndeactivate apply-groups", "fail"),
    ],
)
def test_on_junos_a_group_counts_beneath_where_it_is_applied(judge: Judge, applied: str, verdict: str) -> None:
    config = f"{GROUPED}set system host-name mx1\n{applied}\n"
    assert judge({"must_contain": [DENIED]}, config, platform="junos").verdict == verdict


def test_on_junos_wildcards_of_groups_stand_for_the_names_that_are_there(judge: Judge) -> None:
    config = (
        "set groups MTU interfaces <ge-*> unit <*> family iso mtu 9000\nset apply-groups MTU\n"
        'set interfaces ge-0/0/0 description "to <ge-1>"\nset interfaces ge-0/0/0 unit 7 family inet\n'
        "set interfaces xe-0/0/0 unit 1\nset interfaces ge-0/0/1 unit 0\n"
        "set interfaces ge-0/0/1 apply-groups-except MTU\n"
    )
    rest = "family iso mtu 9000"
    there = {"must_contain": [f"set interfaces ge-0/0/0 unit 7 {rest}"]}
    assert judge(there, config, platform="junos").verdict == "pass"
    for name in ("<ge-*> unit <*>", "xe-0/0/0 unit 1", "ge-0/0/1 unit 0"):
        found = judge({"must_contain": [f"set interfaces {name} {rest}"]}, config, platform="junos")
        assert found.verdict == "fail", name


def test_on_junos_groups_count_in_braces_too(judge: Judge) -> None:
    config = "groups {\n  OLD {\n    system {\n      services {\n        telnet;\n      }\n    }\n  }\n}\n".replace(
        "  ", " " * 4
    )
    forbids = {"must_not_contain": ["set system services telnet"]}
    assert judge(forbids, f"{config}apply-groups [ OLD NEW ];\n", platform="junos").verdict == "fail"
    assert judge(forbids, f"{config}snmp {{\n    apply-groups OLD;\n}}\n", platform="junos").verdict == "pass"


def test_on_junos_a_configuration_of_which_all_is_inactive_has_no_line(judge: Judge) -> None:
    braces = "system {\n    inactive: host-name mx1;\n}\n"
    for config in (braces, "system {\n}\n", "set system ntp server 10.0.0.1\ndeactivate system\n"):
        found = judge({"must_not_contain": ["set system host-name mx1"]}, config, platform="junos")
        assert found.verdict == "error"
        assert "there is no line of configuration in it" in found.why


@pytest.mark.parametrize("applied", ["", "set apply-groups SEC\n"])
def test_on_junos_what_a_group_defines_is_found_as_it_is_written(judge: Judge, applied: str) -> None:
    config = f"{GROUPED}set system host-name mx1\n{applied}"
    defines = GROUPED.splitlines()[0]
    for text in (defines, GROUPED):
        assert judge({"must_contain": [text]}, config, platform="junos").verdict == "pass", text
        other = text.replace("deny", "allow")
        assert judge({"must_contain": [other]}, config, platform="junos").verdict == "fail", other
        off = f"{config}deactivate groups SEC\n"
        assert judge({"must_contain": [text]}, off, platform="junos").verdict == "fail", text
    assert judge({"must_not_contain": [defines]}, config, platform="junos").verdict == "fail"


def test_frr_is_read_with_its_one_line_banner_and_the_exits_between_its_sections(judge: Judge) -> None:
    config = (
        "frr version 8.4.2\nbanner motd line Welcome\nrouter bgp 65001\n no bgp ebgp-requires-policy\n"
        " !\n address-family ipv4 unicast\n  network 10.0.0.0/8\n exit-address-family\nexit\n!\n"
        "route-map A permit 10\nexit\n!\nend\n"
    )
    rule = {"within": "^router bgp", "must_not_contain": ["no bgp ebgp-requires-policy"]}
    found = judge(rule, config, platform="frr")
    assert found.extra == ("router bgp 65001\nno bgp ebgp-requires-policy",)
    assert found.remediation == "router bgp 65001\n  bgp ebgp-requires-policy"


def test_a_pattern_that_explodes_is_an_error_in_bounded_time(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.1)
    found = judge({"must_contain": [{"regex": "(a|a)" * 32 + "[bc]"}]}, f"{'a' * 47}x\n")
    assert found.verdict is FindingVerdict.ERROR
    assert "was given up" in found.why


def test_a_configuration_that_cannot_be_read_is_an_error(judge: Judge) -> None:
    found = judge({"must_contain": ["hostname x"]}, "hostname x\nbanner motd ^C\nnever ends\n")
    assert found.verdict is FindingVerdict.ERROR
    assert "cannot be read" in found.why
    for nothing in ("  \n", "!\n! Last configuration change\nend\n", "\0\n"):
        assert judge({"must_not_contain": ["x"]}, nothing).verdict is FindingVerdict.ERROR


@pytest.mark.parametrize("platform", ["cisco_ios", "juniper_junos", "arista_eos"])
@pytest.mark.parametrize("begin", ["", '\n<?xml version="1.0"?>\n'])
def test_xml_is_an_error_since_no_line_that_could_be_forbidden_is_in_it(
    judge: Judge, begin: str, platform: str
) -> None:
    text = f"{begin}<data><snmp><community><name>public</name></community></snmp>\nset x\n</data>"
    found = judge({"must_not_contain": [{"regex": "^snmp-server community public"}]}, text, platform=platform)
    assert (found.verdict, "it is XML; read it over a command line" in found.why) == ("error", True)


def test_what_a_person_wrote_is_the_remediation(judge: Judge) -> None:
    rule = {"must_contain": ["ntp server 10.0.0.3"]}
    assert judge({**rule, "remediation": "ask the clock team"}, CONFIG).remediation == "ask the clock team"
    assert judge({**rule, "remediation": "none"}, CONFIG).remediation == ""
