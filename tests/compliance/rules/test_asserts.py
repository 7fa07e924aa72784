"""Assertions on data: what a name that nothing has, an empty answer and a value of another kind come to."""

from __future__ import annotations

from typing import Any

import pytest

from netpulse_core.model.check import FindingVerdict
from tests.compliance.rules.conftest import Judge

FACTS = {"vendor": "Cisco", "os_version": "17.9.4", "uptime": 5, "interface_list": ["Gi1", "Gi2"], "secure": True}
PEERS = [{"peer": "10.0.0.1", "state": "Established"}, {"peer": "10.0.0.2", "state": "Idle", "note": ""}]


def facts(judge: Judge, *assertions: Any, **rule: Any) -> Any:
    told = {"getter": "facts", **({"assert": list(assertions)} if assertions else {}), **rule}
    return judge(told, answers={"facts": FACTS})


def peers(judge: Judge, *assertions: Any, records: Any = PEERS, **rule: Any) -> Any:
    told = {"command": "show bgp", "assert": list(assertions), **rule}
    return judge(told, answers={"show bgp": "a b\nc d\n", "show bgp parsed": records})


@pytest.mark.parametrize(
    ("assertion", "verdict"),
    [
        ({"that": "os_version", "equals": "17.9.4"}, "pass"),
        ({"that": "os_version", "equals": "17.9.5"}, "fail"),
        ({"that": "uptime", "equals": True}, "fail"),
        ({"that": "os_version", "not_equals": "17.9.5"}, "pass"),
        ({"that": "os_version", "in": ["17.9.3", "17.9.4"]}, "pass"),
        ({"that": "os_version", "not_in": ["17.9.4"]}, "fail"),
        ({"that": "os_version", "matches": r"^17\."}, "pass"),
        ({"that": "interface_list", "matches": "Gi1"}, "error"),
        ({"that": "interface_list", "contains": "Gi2"}, "pass"),
        ({"that": "vendor", "not_contains": "isc"}, "fail"),
        ({"that": "uptime", "contains": 5}, "error"),
        ({"that": "uptime", "at_least": 5}, "pass"),
        ({"that": "uptime", "at_most": 4.5}, "fail"),
        ({"that": "vendor", "at_most": 4}, "error"),
        ("uptime > `4`", "pass"),
        ("uptime > `6`", "fail"),
        ("secure", "pass"),
        ("vendor", "error"),
        ("length(interface_list) == `2`", "pass"),
        ("length(uptime) == `2`", "error"),
        ({"that": "os_verson", "equals": "17.9.4"}, "error"),
        ({"that": "os_verson", "not_equals": "17.9.4"}, "error"),
        ({"that": "os_verson", "equals": None}, "error"),
        ({"that": "vendor.name", "not_equals": "x"}, "error"),
        ({"that": "interface_list[9]", "not_in": ["x"]}, "error"),
        ({"that": "serial", "equals": "x", "missing": "not_applicable"}, "not_applicable"),
        ({"that": "serial", "exists": False}, "pass"),
        ({"that": "serial", "exists": True}, "fail"),
        ({"that": "vendor", "exists": True}, "pass"),
    ],
)
def test_each_test_of_a_value(judge: Judge, assertion: Any, verdict: str) -> None:
    found = facts(judge, assertion)
    assert found.verdict == verdict, found
    assert verdict == "pass" or found.why


def test_a_filter_by_a_name_that_nothing_has_is_no_empty_list(judge: Judge) -> None:
    assert peers(judge, {"that": "[?state == 'Idle'].peer", "equals": []}).verdict is FindingVerdict.FAIL
    wrong = peers(judge, {"that": "[?status == 'Idle'].peer", "equals": []})
    assert wrong.verdict is FindingVerdict.ERROR
    assert "nothing in the data is called 'status'" in wrong.why
    assert peers(judge, "length([?status == 'Idle']) == `0`").verdict is FindingVerdict.ERROR
    named = peers(judge, {"that": "[*].{p: peer, s: state} | [?s == 'Down'].p", "equals": []})
    assert named.verdict is FindingVerdict.PASS


@pytest.mark.parametrize(
    ("filtered", "write"),
    [
        ("pfx == `0`", "write '0'"),
        ("`0` == pfx", "write '0'"),
        ("pfx != `4.5`", "write '4.5'"),
        ("peer == 'b' || pfx == `0`", "write '0'"),
        ("pfx < `5`", "write to_number(...)"),
    ],
)
def test_a_number_compared_with_a_text_is_an_error_and_no_empty_list(judge: Judge, filtered: str, write: str) -> None:
    records = [{"peer": "a", "pfx": "0"}]
    found = peers(judge, {"that": f"[?{filtered}].peer", "equals": []}, records=records)
    assert found.verdict is FindingVerdict.ERROR
    assert write in found.why
    for right in ("pfx == '0'", "to_number(pfx) < `5`", "length(pfx) == `1`"):
        found = peers(judge, {"that": f"[?{right}].peer", "equals": ["a"]}, records=records)
        assert found.verdict is FindingVerdict.PASS, found
    numbers = [{"peer": "a", "pfx": 0}, {"peer": "b", "pfx": None}]
    found = peers(judge, {"that": "[?pfx == `0`].peer", "equals": ["a"]}, records=numbers)
    assert found.verdict is FindingVerdict.PASS


def test_no_record_is_an_error_and_never_a_pass(judge: Judge) -> None:
    found = peers(judge, {"that": "[?state != 'Established']", "equals": []}, records=[])
    assert found.verdict is FindingVerdict.ERROR


def test_the_worst_is_the_verdict_and_all_that_do_not_hold_are_told(judge: Judge) -> None:
    found = facts(judge, "secure", {"that": "uptime", "at_least": 9}, {"that": "gone", "equals": 1}, "uptime > `9`")
    assert found.verdict is FindingVerdict.FAIL
    assert len(found.wanted) == 3
    assert "and 1 more" in found.why


def test_a_schema_says_what_is_wrong(judge: Judge) -> None:
    schema = {"type": "object", "required": ["serial"], "properties": {"uptime": {"type": "string"}}}
    found = facts(judge, schema=schema)
    assert found.verdict is FindingVerdict.FAIL
    assert set(found.found) == {"$: 'serial' is a required property", "$.uptime: 5 is not of type 'string'"}
    assert facts(judge, schema={"type": "object", "required": ["vendor"]}).verdict is FindingVerdict.PASS


def test_a_schema_fetches_nothing(judge: Judge) -> None:
    assert facts(judge, schema={"$ref": "http://127.0.0.1:1/schema.json"}).verdict is FindingVerdict.ERROR


@pytest.mark.parametrize(
    ("wanted", "verdict"),
    [
        ({"vendor": "Cisco", "os_version": r"17\."}, "pass"),
        ({"vendor": "Arista"}, "fail"),
        ({"serial": "x"}, "fail"),
        ({"_mode": "strict", "vendor": "Cisco"}, "fail"),
        ({"uptime": "<9"}, "pass"),
        ({"vendor": "<9"}, "error"),
        ({"interface_list": {"list": ["Gi1"]}}, "pass"),
        ({"interface_list": {"_mode": "strict", "list": ["Gi1"]}}, "fail"),
        ({"_mode": "strikt", "vendor": "Cisco"}, "error"),
    ],
)
def test_napalm_compares_what_its_validate_wants(judge: Judge, wanted: dict[str, Any], verdict: str) -> None:
    found = judge({"napalm": [{"get_facts": wanted}]}, answers={"facts": FACTS})
    assert found.verdict == verdict, found
    assert verdict != "fail" or found.found
    assert list(found.sources) == ["getter:facts"]


def test_a_getter_that_returns_nothing_is_an_error(judge: Judge) -> None:
    assert judge({"napalm": [{"get_facts": {"vendor": "x"}}]}, answers={"facts": {}}).verdict is FindingVerdict.ERROR


@pytest.mark.parametrize(
    ("software", "verdict"),
    [
        ({"allowed": ["17.9.4"]}, "pass"),
        ({"allowed": ["17.9.*"]}, "pass"),
        ({"allowed": ["17.9.5", "16.12.1"]}, "fail"),
        ({"allowed": [">=17.9, <17.10"]}, "pass"),
        ({"allowed": [">=17.9.10"]}, "fail"),
        ({"forbidden": ["<17.9.5"]}, "fail"),
        ({"forbidden": ["17.9.3"], "allowed": [">=17"]}, "pass"),
        ({"allowed": [">=17.9a"]}, "error"),
        ({"allowed": ["17.9.4"], "jmespath": "serial"}, "error"),
        ({"allowed": ["17.9"], "getter": "facts", "regex": r"^\d+\.\d+"}, "pass"),
        ({"allowed": ["17.9"], "regex": "XE (.*)", "getter": "facts"}, "error"),
    ],
)
def test_versions_are_compared_as_versions(judge: Judge, software: dict[str, Any], verdict: str) -> None:
    found = judge({"software": software}, answers={"facts": FACTS})
    assert found.verdict == verdict, found


def test_a_version_may_stand_in_the_configuration_or_in_an_answer(judge: Judge) -> None:
    config = "frr version 8.4.2\nfrr defaults traditional\n"
    rule = {"software": {"allowed": [">=8.4"], "regex": r"^frr version (\S+)"}}
    assert judge(rule, config, platform="frr").verdict is FindingVerdict.PASS
    asked = {"software": {"forbidden": ["<9"], "command": "show version", "regex": r"Version (\S+)"}}
    found = judge(asked, answers={"show version": "FRR\nVersion 8.4\n"})
    assert (found.verdict, list(found.sources)) == (FindingVerdict.FAIL, ["command:show version"])
