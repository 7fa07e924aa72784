"""The library as it is shipped: in every new site and in ours, each rule with its source, on a page that lists it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from netpulse_core.compliance.policies import files
from netpulse_core.inventory import scaffold
from tests.compliance.library.samples import ROOT, STARTER, rules

SHIPPED = sorted((STARTER / files.FOLDER).glob("*.yaml"))
NAMES = {"cisco_ios": "IOS", "arista_eos": "EOS", "juniper_junos": "Junos", "frr": "FRR"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_our_own_site_has_what_a_new_one_gets(path: Path) -> None:
    assert (ROOT / files.FOLDER / path.name).read_bytes() == path.read_bytes()


def test_a_new_site_has_them_and_nothing_is_wrong_with_them(tmp_path: Path) -> None:
    scaffold.create(tmp_path)
    assert {policy.name for policy in files.load(tmp_path)} == {path.stem for path in SHIPPED}
    assert files.examine(tmp_path, None, None) == []


def test_each_rule_says_its_source_and_the_page_lists_it() -> None:
    page = (ROOT / "docs" / "policy-library.md").read_text(encoding="utf-8").splitlines()
    listed = [line for line in page if line.startswith("| `") and line.count("|") == 6]
    shown = []
    for path in SHIPPED:
        lines = path.read_text(encoding="utf-8").splitlines()
        for source, line in pairwise(lines):
            if line.startswith("  - id: "):
                assert source.startswith("  # "), f"{path.stem}/{line[8:]} says no source"
                check = rules()[f"{path.stem}/{line[8:]}"]
                severity = f"{check.severity}{', warns' if check.rule.verdict == 'warn' else ''}"
                of = ", ".join(NAMES[one] for one in check.rule.platforms)
                shown.append(f"| `{check.rule.id}` | {severity} | {of} | {check.sentence} | {source[4:]} |")
    assert sorted(shown) == sorted(listed)
    assert len(shown) == len(rules())
