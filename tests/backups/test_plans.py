"""The lines that lead back to a version: none is cut, none is missing unsaid, and a banner's words are no commands."""

from __future__ import annotations

import pytest

from netpulse_core.configs.platforms import fitting
from netpulse_core.configs.trees import remediation
from netpulse_core.errors import Refused


def planned(platform: str, running: str, wanted: str) -> list[str]:
    return [line.strip() for line in remediation(running, wanted, fitting(platform)).splitlines()]


@pytest.mark.parametrize(
    ("platform", "running", "wanted", "lines"),
    [
        ("ios", "banner motd ^CWelcome^C", "banner motd ^C\nHello\n^C", ["banner motd ^C", "Hello", "^C"]),
        ("ios", "banner motd ^C^C\nbanner login ^C\nbye\n^C", "banner motd ^C^C", ["no banner login"]),
        ("iosxr", "banner motd $ a $", "banner motd $ b $", ["banner motd $ b $"]),
        ("nxos", "banner motd #a!b#\nbanner exec #a#", "banner motd #a!b#", ["no banner exec"]),
        ("eos", "banner motd\na\nEOF", "banner login\nb\nEOF", ["no banner motd", "banner login", "b", "EOF"]),
        ("frr", "banner motd line a", "banner motd line b", ["banner motd line b"]),
    ],
)
def test_a_banner_is_taken_back_by_its_name_and_hides_nothing(
    platform: str, running: str, wanted: str, lines: list[str]
) -> None:
    head = "hostname leaf1\n"
    after = "ntp server 10.0.0.1\n"
    assert planned(platform, f"{head}{running}\n", f"{head}{wanted}\n{after}") == [*lines, after.strip()]


@pytest.mark.parametrize("text", ["banner motd ^C\nnever ends\n", "hostname leaf1\nhostname leaf1\n", "x\0\n"])
def test_what_no_tree_is_made_of_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(Refused, match="nothing is planned") as told:
        remediation("hostname leaf1\n", text, fitting("ios"))
    assert "netpulse config diff" in told.value.hint
