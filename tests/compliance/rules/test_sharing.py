"""One configuration is read once, however many rules judge it, and none of them can change what the next one sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from netpulse_core import Check, Device, Finding
from netpulse_core.compliance.evaluation import judged
from netpulse_core.compliance.policies.policy import read
from netpulse_core.compliance.rules import tree
from netpulse_core.compliance.rules.check import PolicyCheck

CONFIG = "".join(f"interface Ethernet{number}\n mtu 9000\n" for number in range(1000)) + "end\n"
LEAF = Device(name="leaf1", key="192.0.2.1", address="192.0.2.1", platform="cisco_ios")


def rules(number: int) -> list[Check]:
    each = {"within": "^interface ", "must_contain": ["mtu 9000"]}
    told = {"policy": "p", "version": 1, "owner": "o", "rules": [{"id": f"r{one}", **each} for one in range(number)]}
    policy = read(Path("p.yaml"), yaml.safe_dump(told).encode()).policy
    assert policy is not None
    return [PolicyCheck(policy, rule, ["leaf1"]) for rule in policy.rules]


@pytest.mark.thorough
def test_a_hundred_rules_read_a_configuration_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    real = tree._tree

    def counted(system: str, text: str) -> Any:
        parsed.append(text)
        return real(system, text)

    monkeypatch.setattr(tree, "_tree", counted)
    found = judged(rules(100), LEAF, lambda kind, of: CONFIG)
    assert {one.verdict.value for one in found} == {"pass"}
    assert len(parsed) == 1


def test_what_a_check_in_python_does_to_its_evidence_changes_no_rule() -> None:
    class Spoils(Check):
        name, sentence = "a_spoiler", "It leaves things as they are"

        def judge(self, device: Device, evidence: Any) -> Finding:
            evidence["running_config"] = ""
            return Finding.passed()

    spoiled = judged([Spoils(), *rules(2)], LEAF, lambda kind, of: CONFIG)
    assert spoiled[1:] == judged(rules(2), LEAF, lambda kind, of: CONFIG)
