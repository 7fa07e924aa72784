"""A section beside what a template renders."""

from __future__ import annotations

import pytest

from netpulse_core.model.check import FindingVerdict
from tests.compliance.rules.conftest import Judge

CONFIG = "hostname a\nntp server 10.0.0.1\nntp server 10.0.0.9\nno ip http server\nend\n"
NTP = {"intended": "ntp.j2", "section": "^ntp server"}


def rendered(text: str) -> dict[str, str]:
    return {"ntp.j2": text}


@pytest.mark.parametrize(("extra", "verdict"), [("fail", "fail"), ("warn", "warn"), ("ignore", "pass")])
def test_lines_nobody_intended_are_what_the_rule_says(judge: Judge, extra: str, verdict: str) -> None:
    found = judge({**NTP, "extra": extra}, CONFIG, rendered=rendered("ntp server 10.0.0.1\n"))
    assert found.verdict == verdict
    assert found.extra == (() if extra == "ignore" else ("ntp server 10.0.0.9",))
    assert found.remediation == ("no ntp server 10.0.0.9" if extra == "fail" else "")


@pytest.mark.parametrize("extra", ["fail", "warn", "ignore"])
def test_what_is_missing_fails_whatever_is_beside_it(judge: Judge, extra: str) -> None:
    found = judge({**NTP, "extra": extra}, CONFIG, rendered=rendered("ntp server 10.0.0.2\nntp server 10.0.0.1"))
    assert found.verdict is FindingVerdict.FAIL
    assert found.missing == ("ntp server 10.0.0.2",)
    assert found.remediation.splitlines()[-1] == "ntp server 10.0.0.2"
    assert ("no ntp server 10.0.0.9" in found.remediation) is (extra == "fail")


@pytest.mark.parametrize("absent", ["not_applicable", "fail", "warn", "error"])
@pytest.mark.parametrize("nothing", ["", "\n! nothing\n", "snmp-server location x\n"])
def test_nothing_on_either_side_never_passes(judge: Judge, absent: str, nothing: str) -> None:
    found = judge({**NTP, "absent": absent}, "hostname a\n", rendered=rendered(nothing))
    assert found.verdict == absent


def test_nothing_intended_and_something_there_is_extra(judge: Judge) -> None:
    assert judge(NTP, CONFIG, rendered=rendered("")).verdict is FindingVerdict.FAIL
    assert judge({**NTP, "extra": "ignore"}, CONFIG, rendered=rendered("")).verdict is FindingVerdict.NOT_APPLICABLE


def test_the_order_counts_where_the_rule_says_so(judge: Judge) -> None:
    other = rendered("ntp server 10.0.0.9\nntp server 10.0.0.1\n")
    assert judge(NTP, CONFIG, rendered=other).verdict is FindingVerdict.PASS
    found = judge({**NTP, "ordered": True}, CONFIG, rendered=other)
    assert found.verdict is FindingVerdict.FAIL
    assert found.wanted == ("ntp server 10.0.0.9", "ntp server 10.0.0.1")
    assert found.found == ("ntp server 10.0.0.1", "ntp server 10.0.0.9")
    same = rendered("ntp server 10.0.0.1\nntp server 10.0.0.9\n")
    assert judge({**NTP, "ordered": True}, CONFIG, rendered=same).verdict is FindingVerdict.PASS


def test_a_line_that_takes_something_away_is_compared_too(judge: Judge) -> None:
    found = judge({"intended": "ntp.j2", "section": "http"}, "hostname a\n", rendered=rendered("no ip http server\n"))
    assert found.missing == ("no ip http server",)
    beside = judge({"intended": "ntp.j2", "section": "http"}, CONFIG, rendered=rendered("hostname b\n"))
    assert beside.extra == ("no ip http server",)


def test_lines_below_others_are_named_with_those_above(judge: Judge) -> None:
    config = "interface Ethernet1\n description a\n mtu 9000\ninterface Ethernet2\n mtu 1500\n"
    wanted = "interface Ethernet1\n description b\n mtu 9000\ninterface Ethernet2\n mtu 1500\n"
    found = judge({"intended": "ntp.j2", "section": "^interface"}, config, rendered=rendered(wanted))
    assert found.missing == ("interface Ethernet1\ndescription b",)
    assert found.extra == ("interface Ethernet1\ndescription a",)
    assert found.remediation == "interface Ethernet1\n  description b"


def test_lines_that_are_ignored_are_compared_on_neither_side(judge: Judge) -> None:
    rule = {"intended": "ntp.j2", "section": "^ntp", "ignore": ["^ntp clock-period"]}
    assert judge(rule, "ntp clock-period 17\nntp x\n", rendered=rendered("ntp x\n")).verdict is FindingVerdict.PASS


def test_a_template_that_is_missing_is_an_error(judge: Judge) -> None:
    found = judge(NTP, CONFIG, rendered={"ntq.j2": "ntp server 10.0.0.1"})
    assert found.verdict is FindingVerdict.ERROR
    assert "no template 'ntp.j2'; did you mean 'ntq.j2'" in found.why


def test_both_sides_are_evidence_with_their_hashes(judge: Judge) -> None:
    found = judge(NTP, CONFIG, rendered=rendered("ntp server 10.0.0.1\nntp server 10.0.0.9"))
    assert set(found.sources) == {"running_config", "rendered:ntp.j2"}
    assert (found.check, found.version, found.policy, found.owner) == ("p/r", "1", "p", "net@example.net")
