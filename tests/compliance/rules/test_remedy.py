"""What is to be configured is what the platform takes."""

import pytest

from netpulse_core.compliance.rules import remedy


@pytest.mark.parametrize("platform", ["cisco_ios", "frr", "arista_eos"])
def test_a_description_is_taken_back_by_its_word_alone(platform: str) -> None:
    found = [("interface eth0",), ("interface eth0", "description to rack 7")]
    said = remedy.between(platform, found, [("interface eth0",)])
    assert [line.strip() for line in said.splitlines()] == ["interface eth0", "no description"]
