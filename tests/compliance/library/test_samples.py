"""Every rule of the library, on a device that keeps it and on one that does not."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
import yaml

from netpulse_core import Finding
from tests.compliance.library.samples import SAMPLES, expected, findings, platform, rules, text

WELL = ("pass", "not_applicable")


def told() -> list[tuple[str, str]]:
    """Each sample: the device, and whether it is hardened or neglected."""
    return [(path.parent.name, path.stem) for path in sorted(SAMPLES.glob("*/*.txt"))]


def said(name: str, found: Finding) -> dict[str, Any]:
    """A finding as the tables have it: a line below those it stands under, after ` > `."""
    own = rules()[name].rule.remediation != "auto"
    shown = {
        "verdict": str(found.verdict),
        "missing": [one.replace("\n", " > ") for one in found.missing],
        "extra": [one.replace("\n", " > ") for one in found.extra],
        "remediation": "" if own else found.remediation,
    }
    return {key: value for key, value in shown.items() if value and (key, value) != ("verdict", "fail")}


@pytest.mark.parametrize(("device", "kind"), told())
def test_of_each_sample_every_rule_says_what_its_table_has(device: str, kind: str) -> None:
    table = dict(expected(device)[kind])
    found = findings(platform(device), text(device, kind))
    well = {verdict: table.pop(verdict, []) for verdict in WELL}
    wrong = {name: said(name, one) for name, one in found.items() if one.verdict not in WELL}
    assert wrong == table
    assert [name for name, one in found.items() if one.verdict == "not_applicable"] == well["not_applicable"]
    if kind == "hardened":
        assert not wrong
    else:
        assert [name for name, one in found.items() if one.verdict == "pass"] == well["pass"]


def test_each_rule_has_a_sample_that_passes_and_one_that_does_not_for_each_of_its_platforms() -> None:
    verdicts = defaultdict(set)
    for device, kind in told():
        of = platform(device)
        for name, found in findings(of, text(device, kind)).items():
            verdicts[name, of].add(str(found.verdict))
    for name, check in rules().items():
        assert check.rule.platforms, f"{name} is for no platform"
        for of in check.rule.platforms:
            had = verdicts[name, of]
            assert "pass" in had, (name, of)
            assert had & {"fail", "warn"}, (name, of)
            assert not had - {"pass", "fail", "warn", "not_applicable"}, (name, of)


def test_what_a_person_is_told_to_do_is_in_the_finding() -> None:
    for device, kind in told():
        for name, found in findings(platform(device), text(device, kind)).items():
            if found.verdict in ("fail", "warn"):
                assert found.remediation, (device, name)


def test_where_a_feature_is_not_used_its_rules_have_nothing_to_say() -> None:
    for of, bare in {
        "cisco_ios": "version 15.9\nhostname r1\nend\n",
        "arista_eos": "hostname r1\nend\n",
        "juniper_junos": "set system host-name r1\n",
        "frr": "frr version 8.4.4\nfrr defaults traditional\nhostname r1\nend\n",
    }.items():
        for name, found in findings(of, bare).items():
            if name.startswith(("bgp/", "snmp/")):
                assert found.verdict == "not_applicable", (of, name)


def test_the_tables_hold_no_rule_that_is_not_there() -> None:
    for path in SAMPLES.glob("*/expected.yaml"):
        for kind, table in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            assert (path.parent / f"{kind}.txt").is_file()
            names = {*(name for one in WELL for name in table.get(one, [])), *(set(table) - set(WELL))}
            assert names <= set(rules())
