"""What the library would configure, configured: the rule then passes."""

from __future__ import annotations

import re

import pytest

from netpulse_core.compliance.rules import platforms
from netpulse_core.compliance.rules.remedy import leaves
from netpulse_core.compliance.rules.tree import Trees
from tests.compliance.library.samples import SAMPLES, expected, findings, pairs, platform, rules, text

TO_FILL_IN = re.compile(r"\b[A-Z]{4,}\b|\*\*\*")
"""Words that a person has to fill in, and secrets that are not shown."""

ELSEWHERE = {"aaa/no-none", "aaa/passwords-frr", "ssh/exec-timeout"}
"""Lines that stand beneath each of many, or that a device writes over others or makes others of."""


def broken() -> list[tuple[str, str]]:
    """Every rule that a neglected device does not keep."""
    return [
        (device, name)
        for device, name in pairs()
        if (SAMPLES / device / "neglected.txt").is_file() and name in expected(device)["neglected"]
    ]


def applied(of: str, config: str, remediation: str) -> str:
    """A configuration with a remediation in it, as a device would take its lines."""
    paths = list(Trees().of(of, config))
    if platforms.system(of) == "juniper_junos":
        for line in remediation.splitlines():
            gone = f"set {line.removeprefix('delete ')} "
            paths = [one for one in paths if not f"{one[0]} ".startswith(gone)]
            paths += [(line,)] * line.startswith("set ")
        return "\n".join(path[0] for path in paths)
    for new in leaves(Trees().of(of, remediation)):
        *above, line = new
        gone = line.removeprefix("no ") if line.startswith("no ") else f"no {line}"
        kept = [one for one in paths if one[: len(new)] != (*above, gone)]
        if not line.startswith("no ") or len(kept) == len(paths):
            kept += [(one,) for one in above if (one,) not in kept]
            kept.insert(kept.index(tuple(above)) + 1 if above else len(kept), new)
        paths = kept
    return "\n".join(" " * (len(path) - 1) + path[-1] for path in paths)


def remediation(device: str, name: str) -> str:
    """What the rule says should be configured on the neglected device."""
    return findings(platform(device), text(device, "neglected"))[name].remediation


def whole(device: str, name: str) -> bool:
    """Whether that can be applied as it stands."""
    return name not in ELSEWHERE and TO_FILL_IN.search(remediation(device, name)) is None


@pytest.mark.parametrize(("device", "name"), [each for each in broken() if whole(*each)])
def test_what_can_be_applied_as_it_stands_mends_the_device(device: str, name: str) -> None:
    of, todo = platform(device), remediation(device, name)
    after = findings(of, applied(of, text(device, "neglected"), todo), name)[name]
    assert after.verdict == "pass", (todo, after)


def test_what_hier_config_works_out_has_nothing_to_fill_in_but_secrets_that_are_not_shown() -> None:
    own = [each for each in broken() if not whole(*each) and "***" not in remediation(*each)]
    assert own
    assert not [each for each in own if rules()[each[1]].rule.remediation == "auto"]
