"""Policy files: what is wrong with one is said with file, line and key, and nothing wrong is let through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from netpulse_core import settings
from netpulse_core.cli import app
from netpulse_core.compliance.catalogue import Catalogue
from netpulse_core.compliance.evaluation import judged
from netpulse_core.compliance.policies import files
from netpulse_core.compliance.policies.policy import read
from netpulse_core.errors import SiteError
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.site import Site
from netpulse_core.model.check import FindingVerdict
from netpulse_core.testing import folder

RULE: dict[str, Any] = {"id": "r", "must_contain": ["x"]}
FACTS: dict[str, Any] = {"id": "r", "getter": "facts"}
GOOD: dict[str, Any] = {"policy": "p", "version": 1, "owner": "net@example.net", "rules": [RULE]}
WAIVER = {"rule": "r", "devices": "leaf1", "reason": "CHG1", "until": "2027-03-31"}


def notices(**told: Any) -> list[str]:
    given = {key: value for key, value in {**GOOD, **told}.items() if value is not None}
    return [f"{one.key}: {one.message}" for one in read(Path("p.yaml"), yaml.safe_dump(given).encode()).notices]


@pytest.mark.parametrize(
    ("line", "key"),
    [("{regex: 17.10}", "regex"), ("{line: 0100}", "line"), ("{line: 12e5}", "line"), ("{line: 17.9}", "line")],
)
def test_a_number_that_is_no_longer_what_is_written_is_refused(line: str, key: str) -> None:
    head = "policy: p\nversion: 1.0\nowner: net@example.net\nrules:\n- id: r\n"
    (notice,) = read(Path("p.yaml"), f"{head}  must_contain:\n  - {line}\n".encode()).notices
    assert (notice.line, notice.key, notice.hint) == (7, f"rules.0.must_contain.0.{key}", "quote it")
    assert notice.message.endswith(", and a text is meant")
    quoted = line.replace(": ", ": '").replace("}", "'}")
    assert not read(Path("p.yaml"), f"{head}  must_contain:\n  - {quoted}\n  - {{line: 100}}\n".encode()).notices


def test_what_is_left_out_has_a_default() -> None:
    told = read(Path("p.yaml"), yaml.safe_dump(GOOD).encode(), "templates/compliance/p.yaml")
    assert told.notices == []
    assert told.policy is not None
    assert (told.policy.scope, told.policy.origin, told.policy.severity) == ("*", "live", "medium")
    assert told.policy.file == "templates/compliance/p.yaml"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"policy": None}, "`policy` is missing"),
        ({"policy": "Not A Name"}, "policy: 'Not A Name' is no name"),
        ({"version": None}, "`version` is missing"),
        ({"owner": None}, "`owner` is missing"),
        ({"rules": None}, "`rules` is missing"),
        ({"rules": []}, "rules: the list is empty"),
        ({"rules": "x"}, "rules: it is 'x', and not a list"),
        ({"rules": ["x"]}, "rules.0: it is 'x', and not a mapping"),
        ({"severty": "high"}, "severty: unknown key; did you mean 'severity'?"),
        (
            {"severity": "hihg"},
            "severity: 'hihg' is not one of info, low, medium, high, critical; did you mean 'high'?",
        ),
        ({"source": "life"}, "source: 'life' is not one of live, backup, rendered; did you mean 'live'?"),
        ({"scope": "role="}, "scope: expected a value"),
        ({"max_age": "26h"}, "max_age: only a backup has an age"),
        ({"source": "backup", "max_age": "soon"}, "max_age: 'soon' is not a duration"),
        ({"source": "rendered"}, "`template` is missing"),
        ({"template": "x.j2"}, "template: only `source: rendered`"),
        ({"rules": [RULE, RULE]}, "rules: two rules are called 'r'"),
        ({"rules": [{"id": "r"}]}, "rules.0: it says no kind"),
        ({"rules": [{**RULE, "intended": "x.j2"}]}, "rules.0: it is of 2 kinds at once: contains, intended"),
        ({"rules": [{**RULE, "withn": "x"}]}, "rules.0.withn: unknown key; did you mean 'within'?"),
        ({"rules": [{**RULE, "within": "("}]}, "rules.0.within: no regular expression"),
        ({"rules": [{**RULE, "must_contain": []}]}, "rules.0.must_contain: the list is empty"),
        ({"rules": [{**RULE, "must_contain": [""]}]}, "rules.0.must_contain.0: it is '', and not a mapping"),
        ({"rules": [{**RULE, "must_contain": [{"regx": "x"}]}]}, "rules.0.must_contain.0.regx: unknown key"),
        ({"rules": [{**RULE, "must_contain": [{"regex": "["}]}]}, "rules.0.must_contain.0.regex: no regular"),
        ({"rules": [{**RULE, "must_contain": [{"line": "x", "at_least": 0}]}]}, "at least 0 is true of everything"),
        (
            {"rules": [{**RULE, "must_contain": [{"line": "x", "at_least": 3, "at_most": 2}]}]},
            "is less than at least 3",
        ),
        ({"rules": [{**RULE, "absent": "pass"}]}, "rules.0.absent: 'pass' is not one of not_applicable, fail, warn"),
        ({"rules": [{"id": "r", "intended": "x.j2", "extra": "no"}]}, "rules.0.extra: 'no' is not one of fail, warn"),
        ({"rules": [{"id": "r", "intended": "x.j2", "ordered": "yes"}]}, "rules.0.ordered: 'yes' is neither true"),
        ({"rules": [{"id": "r", "getter": "facts"}]}, "rules.0: it says no kind"),
        ({"rules": [{"id": "r", "assert": ["a"]}]}, "rules.0: it says neither `getter` nor `command`"),
        ({"rules": [{"id": "r", "getter": "facts", "command": "x", "assert": ["a"]}]}, "it says both `getter` and"),
        ({"rules": [{"id": "r", "getter": "facts", "assert": ["a ="]}]}, "rules.0.assert: no JMESPath"),
        ({"rules": [{**FACTS, "assert": [{"that": "a["}]}]}, "rules.0.assert.0.that: no JMESPath"),
        ({"rules": [{**FACTS, "assert": [{"that": "a", "equal": 1}]}]}, "equal: unknown key; did you mean 'equals'?"),
        ({"rules": [{**FACTS, "assert": [{"that": "a", "equals": 1, "in": [1]}]}]}, "it is tested by equals already"),
        ({"rules": [{**FACTS, "assert": [{"that": "a", "in": []}]}]}, "rules.0.assert.0.in: [] is no list"),
        ({"rules": [{**FACTS, "assert": [{"that": "a", "at_least": "1"}]}]}, "at_least: '1' is no number"),
        ({"rules": [{**FACTS, "assert": [{"that": "a", "missing": "pass"}]}]}, "missing: 'pass' is not one of"),
        ({"rules": [{**FACTS, "schema": {}}]}, "rules.0.schema: it is no JSON Schema, or one that is true of"),
        ({"rules": [{**FACTS, "schema": {"type": "objekt"}}]}, "rules.0.schema: no JSON Schema: $.type"),
        ({"rules": [{"id": "r", "napalm": []}]}, "rules.0.napalm: it is no list of getters, or an empty one"),
        ({"rules": [{"id": "r", "napalm": "validate/x.yaml"}]}, "validate/x.yaml: No such file"),
        ({"rules": [{"id": "r", "napalm": "../x.yaml"}]}, "rules.0.napalm: '../x.yaml' leads out"),
        ({"rules": [{"id": "r", "napalm": [{"get_facts": {}}]}]}, "get_facts says nothing that could be wrong"),
        ({"rules": [{"id": "r", "napalm": [{"get_config": {"a": 1}}]}]}, "'get_config' is no getter"),
        ({"rules": [{"id": "r", "napalm": [{"get_x": {"list": []}}]}]}, "get_x says nothing that could be wrong"),
        ({"rules": [{"id": "r", "software": {"getter": "facts"}}]}, "software: it allows and forbids nothing"),
        ({"rules": [{"id": "r", "software": {"allowed": [">= "]}}]}, "software.allowed: '>= ' is not as"),
        ({"rules": [{"id": "r", "software": {"allowed": ["1"], "command": "x"}}]}, "`regex` is missing"),
        ({"waivers": [{**WAIVER, "rule": "q"}]}, "waivers.0.rule: no rule 'q'"),
        ({"waivers": [{**WAIVER, "until": "never"}]}, "waivers.0.until: 'never' is not a day"),
        ({"waivers": [{"rule": "r", "devices": "leaf1", "reason": "x"}]}, "`until` is missing: a waiver must end"),
        ({"waivers": [{"rule": "r", "devices": "leaf1", "until": "2027-03-31"}]}, "`reason` is missing"),
        ({"waivers": [{"rule": "r", "reason": "x", "until": "2027-03-31"}]}, "`devices` is missing"),
    ],
)
def test_what_is_wrong_is_told_at_its_key(told: dict[str, Any], said: str) -> None:
    assert any(said in one for one in notices(**told)), notices(**told)


LOST = """\
policy: p
version: 1
owner: net@example.net
{policy}
rules:
  - id: r
{rule}
"""
CONTAINS = "must_contain: [x]"
ASSERTS = "getter: facts\nassert: [vendor]"


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ("must_contain:", "must_contain"),
        ("must_not_contain:", "must_not_contain"),
        ("must_contain:\nmust_not_contain: [x]", "must_contain"),
        ("must_contain: [{line: x, at_most: }]", "must_contain.0.at_most"),
        ("software:", "software"),
        ("software: {allowed: , forbidden: ['<9']}", "software.allowed"),
        ("napalm:", "napalm"),
        ("intended:", "intended"),
        ("intended: x.j2\nsection:", "section"),
        ("getter: facts\nassert:", "assert"),
        (f"{ASSERTS}\nschema:", "schema"),
        ("getter: facts\nassert: [{that: vendor, in: }]", "assert.0.in"),
        *((f"{CONTAINS}\n{key}:", key) for key in ("within", "having", "where", "each", "scope", "platform", "absent")),
    ],
)
def test_a_key_with_nothing_behind_it_is_an_error_and_not_a_rule_that_demands_less(rule: str, key: str) -> None:
    body = "\n".join(f"    {line}" for line in rule.splitlines())
    told = read(Path("p.yaml"), LOST.format(policy="description: d", rule=body).encode())
    assert told.policy is None
    assert [one.key for one in told.notices] == [f"rules.0.{key}"]
    assert told.notices[0].message == "nothing stands behind it"
    assert told.notices[0].line is not None


@pytest.mark.parametrize("key", ["scope", "platform", "severity", "source", "max_age", "waivers"])
def test_a_policy_is_for_no_more_devices_because_what_narrows_it_was_lost(key: str) -> None:
    told = read(Path("p.yaml"), LOST.format(policy=f"{key}:", rule=f"    {CONTAINS}").encode())
    assert told.policy is None
    assert [f"{one.key}: {one.message}" for one in told.notices] == [f"{key}: nothing stands behind it"]


@pytest.mark.parametrize("test", ["equals", "not_equals"])
def test_null_is_a_value_where_values_are_compared(test: str) -> None:
    rule = f"    getter: facts\n    assert: [{{that: serial, {test}: }}]"
    assert read(Path("p.yaml"), LOST.format(policy="description: d", rule=rule).encode()).policy is not None


@pytest.mark.parametrize(
    "content", ["", "- a\n", "x", "policy: [\n", "policy: &a [*a]\n", "policy: !!python/name:os.system\n"]
)
def test_a_file_that_is_no_policy_is_an_error(content: str) -> None:
    told = read(Path("p.yaml"), content.encode())
    assert told.policy is None
    assert told.notices[0].severity == "error"


HOSTS = {
    "inventory/hosts.yaml": {"leaf1": {"hostname": "192.0.2.1", "platform": "cisco_ios", "data": {"role": "leaf"}}}
}


def site(path: Path, **policies: dict[str, Any]) -> Path:
    return folder.write(
        path, {**HOSTS, **{f"templates/compliance/{name}.yaml": told for name, told in policies.items()}}
    )


def test_a_site_with_a_wrong_policy_is_not_loaded_and_says_where(tmp_path: Path) -> None:
    site(tmp_path, p={**GOOD, "severity": "hihg"}, q={**GOOD, "policy": "q", "owner": ""})
    with pytest.raises(SiteError, match=r"templates/compliance/p.yaml:\d+:severity: 'hihg'") as error:
        files.load(tmp_path)
    assert "1 more problem" in error.value.hint


def test_two_files_of_one_policy_are_an_error(tmp_path: Path) -> None:
    site(tmp_path, a=GOOD, b=GOOD)
    with pytest.raises(SiteError, match=r"the policy 'p' is in a\.yaml already"):
        files.load(tmp_path)


def test_check_looks_at_policies_with_their_templates_and_targets(tmp_path: Path) -> None:
    intended = {"id": "i", "intended": "ntp.j2", "platform": ["cisco_iso"]}
    site(
        tmp_path,
        p={**GOOD, "scope": "rolle=leaf", "rules": [RULE, intended]},
        q={**GOOD, "policy": "q", "scope": "role=spine", "waivers": [{**WAIVER, "devices": "@nobody"}]},
    )
    (tmp_path / "templates/compliance/r.yml").write_text("x")
    said = CliRunner().invoke(app, ["--site", str(tmp_path), "check"], prog_name="netpulse")
    assert said.exit_code == 1
    out = " ".join(said.stdout.split())
    for words in (
        "p.yaml:12:scope error no device has 'rolle'; did you mean 'role'?",
        "rules.1.intended error there is no template 'ntp.j2'",
        "rules.1.platform warning no device has the platform 'cisco_iso'; did you mean 'cisco_ios'?",
        "q.yaml:8:scope warning no device matches 'role=spine'",
        "waivers.0.devices error no group 'nobody'",
        "r.yml warning not read: policies end in .yaml",
    ):
        assert words in out, out


def test_a_scope_that_lost_its_meaning_is_an_error_on_every_device_and_stops_no_service(tmp_path: Path) -> None:
    lost = {**GOOD, "policy": "q", "scope": "rolle=leaf", "waivers": [{**WAIVER, "devices": "rolle=leaf"}]}
    narrowed = {**GOOD, "rules": [{**RULE, "scope": "rack=7"}]}
    told = settings.load(site(tmp_path, p=narrowed, q=lost))
    plugins = Plugins.load(told)
    catalogue = Catalogue.of(tmp_path, plugins, found := Site.load(told))
    checks = [catalogue["p/r"], catalogue["q/r"]]
    for one in judged(checks, found.devices["leaf1"], lambda kind, of: "x\n"):
        assert one.verdict is FindingVerdict.ERROR
        assert "the scope cannot be told" in one.why
