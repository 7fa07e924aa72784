"""Where a configuration comes from, how old it may be, and what a waiver makes of a violation."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from netpulse_core.compliance.rules.means import Kept
from netpulse_core.model.check import FindingVerdict
from tests.compliance.rules.conftest import Judge

RULE = {"must_contain": ["ntp server 10.0.0.1"]}
GOOD = "ntp server 10.0.0.1\nend\n"


def days(number: int) -> str:
    return (datetime.now(UTC) + timedelta(days=number)).date().isoformat()


def test_a_backup_that_is_too_old_is_stale_whatever_it_says(judge: Judge) -> None:
    taken = time.time() - 36 * 3600
    old = judge(RULE, kept=Kept(GOOD, taken), source="backup", max_age="26h")
    assert old.verdict is FindingVerdict.STALE
    assert "1.5 d old, and 1.1 d is allowed" in old.why
    assert old.taken_at == {"backup": taken}
    assert judge(RULE, kept=Kept(GOOD, taken), source="backup", max_age="2d").verdict is FindingVerdict.PASS
    assert judge(RULE, kept=Kept(GOOD, taken), source="backup").verdict is FindingVerdict.PASS


def test_without_a_backup_or_with_an_empty_one_it_is_an_error(judge: Judge) -> None:
    assert judge(RULE, config=GOOD, source="backup").verdict is FindingVerdict.ERROR
    assert judge(RULE, config=GOOD, kept=Kept(" \n", time.time()), source="backup").verdict is FindingVerdict.ERROR


def test_what_is_rendered_is_judged_by_the_template_of_its_platform(judge: Judge) -> None:
    whole = {"source": "rendered", "template": "configs/{platform}.j2"}
    found = judge(RULE, rendered={"configs/cisco_ios.j2": GOOD}, **whole)
    assert found.verdict is FindingVerdict.PASS
    assert list(found.sources) == ["rendered:configs/cisco_ios.j2"]
    assert judge(RULE, rendered={"configs/cisco_ios.j2": "\n"}, **whole).verdict is FindingVerdict.ERROR
    assert judge(RULE, rendered={}, **whole).verdict is FindingVerdict.ERROR
    by_platform = {"source": "rendered", "template": {"frr": "frr.j2"}}
    assert "no template for cisco_ios" in judge(RULE, rendered={"frr.j2": GOOD}, **by_platform).why


@pytest.mark.parametrize("rule", ["r", "*"])
def test_a_waiver_that_holds_takes_the_place_of_a_violation_and_keeps_its_evidence(judge: Judge, rule: str) -> None:
    waiver = {"rule": rule, "devices": "leaf1", "reason": "CHG0042", "until": days(0)}
    found = judge(RULE, "hostname a\n", waivers=[waiver])
    assert found.verdict is FindingVerdict.WAIVED
    assert found.missing == ("ntp server 10.0.0.1",)
    assert found.waiver == {"reason": "CHG0042", "until": days(0), "expired": False}


def test_a_waiver_that_has_ended_is_shown_and_waives_nothing(judge: Judge) -> None:
    waiver = {"rule": "r", "devices": "leaf1", "reason": "CHG0042", "until": days(-1)}
    found = judge(RULE, "hostname a\n", waivers=[waiver])
    assert found.verdict is FindingVerdict.FAIL
    assert found.waiver["expired"] is True


def test_of_two_waivers_the_one_that_holds_longer_counts(judge: Judge) -> None:
    over = {"rule": "r", "devices": "leaf1", "reason": "old", "until": days(-9)}
    holds = {"rule": "r", "devices": "leaf1", "reason": "new", "until": days(9)}
    assert judge(RULE, "hostname a\n", waivers=[holds, over]).waiver["reason"] == "new"


def test_a_waiver_neither_hides_an_error_nor_marks_a_pass(judge: Judge) -> None:
    waivers = [{"rule": "r", "devices": "leaf1", "reason": "CHG0042", "until": days(9)}]
    assert judge(RULE, "", waivers=waivers).verdict is FindingVerdict.ERROR
    assert judge(RULE, GOOD, waivers=waivers).verdict is FindingVerdict.PASS


def test_a_platform_goes_by_all_its_names(judge: Judge) -> None:
    for platform in ("ios", "cisco_ios", "cisco_xe", "cisco_ios_telnet"):
        assert judge({**RULE, "platform": ["cisco_ios"]}, GOOD, platform=platform).verdict is FindingVerdict.PASS
    other = judge({**RULE, "platform": ["cisco_ios"]}, GOOD, platform="frr")
    assert other.verdict is FindingVerdict.NOT_APPLICABLE
    assert judge({**RULE, "platform": ["cisco_ios"]}, GOOD, platform="").verdict is FindingVerdict.ERROR


def test_secrets_of_the_device_and_of_the_template_are_masked(judge: Judge) -> None:
    config = "snmp-server community s3cretRO RO\n"
    found = judge(
        {"intended": "snmp.j2", "section": "^snmp"}, config, rendered={"snmp.j2": "snmp-server community t0psecret RO"}
    )
    assert found.extra == ("snmp-server community ******** RO",)
    assert "s3cretRO" not in found.remediation
    assert "t0psecret" not in str(found)
