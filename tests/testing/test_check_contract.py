"""What is wrong with a check is caught by its contract: each of these is wrong in one way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.test_contracts import failed

CHECKS = """
from netpulse_core import Check, Finding
from netpulse_core.testing import CheckContract, Sample

GOOD, BAD = "hostname a\\nbanner login x\\nend\\n", "hostname a\\nend\\n"

class Right(Check):
    name, sentence = "right", "It has a banner"
    def judge(self, device, evidence):
        found = [line for line in evidence["running_config"].splitlines() if line.startswith("banner")]
        return Finding.passed(found=found) if found else Finding.failed("it has none", missing=["banner login x"])

class Lax(Right):
    def judge(self, device, evidence):
        return Finding.passed()

class Strict(Right):
    def judge(self, device, evidence):
        return Finding.failed("no", extra=["end"])

class Raising(Right):
    def judge(self, device, evidence):
        return Finding.passed() if "banner" in evidence["running_config"] else evidence["show version"]

class Mute(Right):
    def judge(self, device, evidence):
        found = super().judge(device, evidence)
        return found if found.verdict == "pass" else Finding.failed("it has none")

class Inventing(Right):
    def judge(self, device, evidence):
        found = super().judge(device, evidence)
        return Finding.passed(found=["banner motd"]) if found.found else Finding.failed("no", missing=["end"])

class Fickle(Right):
    asked = 0
    def judge(self, device, evidence):
        Fickle.asked += 1
        found = super().judge(device, evidence)
        return found if found.found else Finding.failed(f"asked {Fickle.asked} times", missing=["banner login x"])

class Nameless(Right):
    name = ""

class Base(CheckContract):
    passes, fails = (Sample("ios", GOOD),), (Sample("ios", BAD),)

class TestRight(Base): check = Right()
class TestLax(Base): check = Lax()
class TestStrict(Base): check = Strict()
class TestRaising(Base): check = Raising()
class TestMute(Base): check = Mute()
class TestInventing(Base): check = Inventing()
class TestFickle(Base): check = Fickle()
class TestNameless(Base): check = Nameless()
class TestUnsampled(Base):
    check = Right()
    fails = ()
"""


@pytest.mark.thorough
def test_what_is_wrong_with_a_check_is_caught(tmp_path: Path) -> None:
    assert failed(CHECKS, tmp_path) == {
        ("Lax", "what_does_not_comply_fails_and_says_by_which_lines"),
        ("Strict", "what_complies_passes"),
        ("Raising", "what_does_not_comply_fails_and_says_by_which_lines"),
        ("Raising", "it_judges_the_same_again_and_leaves_the_evidence_as_it_was"),
        ("Raising", "its_lines_are_those_of_the_device"),
        ("Mute", "what_does_not_comply_fails_and_says_by_which_lines"),
        ("Inventing", "its_lines_are_those_of_the_device"),
        ("Fickle", "it_judges_the_same_again_and_leaves_the_evidence_as_it_was"),
        ("Nameless", "it_can_be_offered_and_has_samples"),
        ("Unsampled", "it_can_be_offered_and_has_samples"),
    }
