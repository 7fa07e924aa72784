"""What must hold of each thing that lines name; rules that are for some configurations alone, and that only warn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from netpulse_core.compliance.policies.policy import read
from netpulse_core.compliance.rules import patterns
from tests.compliance.rules.conftest import HEAD, Judge

CONFIG = """\
hostname r1
ntp server 10.0.0.1 prefer
ntp server 10.0.0.1 version 4
router bgp 65001
 neighbor EDGE peer-group
 neighbor EDGE password x
 neighbor 10.0.0.1 remote-as 65001
 neighbor 10.0.0.2 remote-as 65002
 neighbor 10.0.0.2 peer-group EDGE
 neighbor 10.0.0.22 remote-as 65003
 neighbor 10.0.0.22 description {peer}
 neighbor 10.0.0.3 remote-as 65004
 neighbor 10.0.0.3 shutdown
 address-family ipv4
  neighbor 10.0.0.22 maximum-prefix 10
router bgp 65009
 neighbor 10.9.0.2 remote-as 65009
 neighbor 10.9.0.3 remote-as 65001
end
"""
PEERS = {
    "within": "^router bgp (?P<asn>\\S+)",
    "each": "^neighbor (?P<peer>\\S+) remote-as (?!{asn}$)",
    "unless": "^neighbor {peer} shutdown$",
}
PASSWORD = {**PEERS, "must_contain": [{"regex": "^neighbor {peer} password "}]}


def test_each_thing_is_judged_by_itself_and_names_mean_themselves_alone(judge: Judge) -> None:
    found = judge(PASSWORD, CONFIG)
    assert found.verdict == "fail"
    peers = (
        "65001\n/^neighbor 10\\.0\\.0\\.2 ",
        "65001\n/^neighbor 10\\.0\\.0\\.22 ",
        "65009\n/^neighbor 10\\.9\\.0\\.3 ",
    )
    assert [one.startswith(f"router bgp {peer}") for one, peer in zip(found.missing, peers, strict=True)] == [True] * 3


def test_what_a_thing_inherits_holds_for_it(judge: Judge) -> None:
    found = judge({**PASSWORD, "inherits": "^neighbor {peer} peer-group (?P<peer>\\S+)$"}, CONFIG)
    assert not [one for one in found.missing if "0\\.2 " in one]
    assert [one for one in found.missing if "0\\.22 " in one]
    round_about = CONFIG.replace(" neighbor EDGE password x\n", " neighbor EDGE peer-group 10.0.0.2\n")
    assert judge({**PASSWORD, "inherits": "^neighbor {peer} peer-group (?P<peer>\\S+)$"}, round_about).verdict == "fail"


def test_lines_with_names_are_what_is_to_be_configured(judge: Judge) -> None:
    found = judge({**PEERS, "must_contain": ["neighbor {peer} ttl-security hops 1"]}, CONFIG)
    assert "  neighbor 10.0.0.22 ttl-security hops 1" in found.remediation.splitlines()
    assert "10.0.0.1 " not in found.remediation
    assert "10.0.0.3 " not in found.remediation


def test_lines_deeper_down_count_where_the_rule_says_anywhere(judge: Judge) -> None:
    limit = {**PEERS, "anywhere": True, "must_contain": [{"regex": "^neighbor {peer} maximum-prefix "}]}
    assert not [one for one in judge(limit, CONFIG).missing if "0\\.22 " in one]


def test_names_forbid_lines_too(judge: Judge) -> None:
    rule = {"each": "^hostname (?P<host>\\S+)", "must_not_contain": [{"regex": "(?s)^banner .*\\b{host}\\b"}]}
    assert judge(rule, f"{CONFIG}banner motd ^C\nthis is\nr1\n^C\n").verdict == "fail"
    assert judge(rule, f"{CONFIG}banner motd ^C\nthis is\nr11\n^C\n").verdict == "pass"


@pytest.mark.parametrize("absent", ["not_applicable", "fail", "warn", "error"])
def test_nothing_that_is_meant_never_passes(judge: Judge, absent: str) -> None:
    rule = {**PASSWORD, "absent": absent}
    assert judge(rule, "hostname r1\n").verdict == absent
    assert judge(rule, "router bgp 65001\n neighbor 10.0.0.1 remote-as 65001\n").verdict == absent
    where = {"where": "^snmp-server ", "must_not_contain": ["snmp-server community public"], "absent": absent}
    assert judge(where, CONFIG).verdict == absent
    assert judge(where, f"{CONFIG}snmp-server location x\n").verdict == "pass"


def test_lines_of_one_thing_are_counted_once_where_the_pattern_names_it(judge: Judge) -> None:
    two = {"must_contain": [{"regex": "^ntp server (?P<server>\\S+)", "at_least": 2}]}
    assert judge(two, CONFIG).missing == ("/^ntp server (?P<server>\\S+)/ (1 of at least 2)",)
    assert judge(two, f"{CONFIG}ntp server 10.0.0.2\n").verdict == "pass"
    assert judge({"must_contain": [{"regex": "^ntp server", "at_least": 2}]}, CONFIG).verdict == "pass"


def test_a_rule_may_warn_in_the_place_of_failing(judge: Judge) -> None:
    assert judge({**PASSWORD, "verdict": "warn"}, CONFIG).verdict == "warn"
    assert judge({"must_contain": ["hostname r1"], "verdict": "warn"}, CONFIG).verdict == "pass"
    assert judge({"must_contain": ["x"], "verdict": "warn"}, " \n").verdict == "error"


def test_frr_may_write_a_line_of_the_top_twice(judge: Judge) -> None:
    config = "frr version 8.4.4\nservice a\nservice a\nrouter bgp 1\n x\nexit\nrouter bgp 2\n x\nexit\n"
    assert judge({"within": "^router bgp", "must_contain": ["x"]}, config, platform="frr").verdict == "pass"
    assert judge({"must_contain": ["service a"]}, config, platform="frr").found == ("service a",)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"each": "^neighbor (?P<peer>\\S+)", "must_not_contain": [{"regex": "^neighbor {pear} "}]}, "{pear}"),
        ({"must_not_contain": [{"regex": "^neighbor {peer} "}]}, "{peer}"),
        ({"each": "^neighbor \\S+", "must_contain": ["x"]}, "names nothing"),
        ({"each": ["^a(?P<peer>.)", "^b(?P<peer>.)"], "must_contain": ["x"]}, "and not a list"),
        ({"unless": "^a", "must_contain": ["x"]}, "`each`"),
        ({"must_contain": ["x"], "verdict": "pass"}, "'pass' is not one of fail, warn"),
    ],
)
def test_names_that_nothing_can_be_found_to_be_are_errors_of_the_file(rule: dict[str, Any], words: str) -> None:
    told = read(Path("p.yaml"), yaml.safe_dump({**HEAD, "rules": [{"id": "r", **rule}]}).encode())
    assert told.policy is None
    assert any(words in str(one) for one in told.notices), [str(one) for one in told.notices]


def test_braces_that_are_no_names_stay(judge: Judge) -> None:
    assert judge({"must_contain": [{"regex": "^\\p{Ll}+ r\\d{1,2}$"}]}, CONFIG).verdict == "pass"
    assert judge({**PEERS, "must_not_contain": [{"regex": "description \\{peer\\}"}]}, CONFIG).verdict == "fail"


def test_names_are_found_in_large_and_small_letters_and_beside_what_is_optional(judge: Judge) -> None:
    config = "hostname R1\nbanner motd ^C\nthis is r1\n^C\n"
    rule = {"each": "^hostname (?P<host>\\S+)", "must_not_contain": [{"regex": "(?is)^banner .*\\b{host}\\b"}]}
    assert judge(rule, config).verdict == "fail"
    junos = "set bgp group A neighbor 10.0.0.1\nset bgp group B neighbor 10.0.0.2\nset bgp group B log-updown\n"
    updown = {
        "each": "^set bgp group (?P<group>\\S+) neighbor (?P<peer>\\S+)",
        "must_contain": [{"regex": "^set bgp (group {group} (neighbor {peer} )?)?log-updown$"}],
    }
    assert len(judge(updown, junos, platform="junos").missing) == 1
    assert judge(updown, f"{junos}set bgp log-updown\n", platform="junos").verdict == "pass"


def test_hundreds_of_things_are_judged_in_the_time_of_a_rule(judge: Judge) -> None:
    peers = [f"10.{number // 200}.{number % 200}.1" for number in range(400)]
    lines = [f" neighbor {peer} {rest}" for peer in peers for rest in ("remote-as 65002", "peer-group EDGE")]
    rule = {**PASSWORD, "inherits": "^neighbor {peer} peer-group (?P<peer>\\S+)$"}
    config = "\n".join(["router bgp 65001", *lines, " neighbor EDGE password x", "end"])
    assert judge(rule, config).verdict == "pass"
    assert len(judge(rule, config.replace(" neighbor 10.0.7.1 peer-group EDGE\n", "")).missing) == 1


def test_many_patterns_that_take_little_each_are_given_up_together(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.0001)
    found = judge(PASSWORD, CONFIG)
    assert found.verdict == "error"
    assert "given up" in found.why


def test_a_part_that_is_left_out_is_nothing_and_forbids_what_it_would_forbid(judge: Judge) -> None:
    rule = {
        "within": "^router bgp \\S+( vrf (?P<vrf>\\S+))?$",
        "must_not_contain": [{"regex": "^neighbor \\S+ description {vrf}x$"}],
    }
    assert judge(rule, "router bgp 1\n neighbor a description x\n").verdict == "fail"
    assert judge(rule, "router bgp 1 vrf R\n neighbor a description x\n").verdict == "pass"
    assert judge(rule, "router bgp 1 vrf R\n neighbor a description Rx\n").verdict == "fail"


@pytest.mark.parametrize(
    "pattern",
    [
        r"^neighbor \S+ remote-as (?!{asn}$)",
        r"^neighbor \S+ remote-as (?>{asn}|6500\d)(?<!{asn})$",
        r"^neighbor \S+ remote-as [^{asn}]*2$",
    ],
    ids=["look-ahead", "atomic, look-behind", "set"],
)
def test_a_name_is_sought_wherever_a_pattern_may_stand_with_it(judge: Judge, pattern: str) -> None:
    rule = {"within": r"^router bgp (?P<asn>65001)$", "must_not_contain": [{"regex": pattern}]}
    written_out = {**rule, "must_not_contain": [{"regex": pattern.replace("{asn}", "65001")}]}
    wanted = judge(written_out, CONFIG)
    found = judge(rule, CONFIG)
    assert (found.verdict, found.extra) == (wanted.verdict, wanted.extra)
    assert found.verdict == ("pass" if "[" in pattern else "fail")
