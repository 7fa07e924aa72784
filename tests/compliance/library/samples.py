"""The library of policies, and devices that keep it and that do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from netpulse_core import Device, Finding
from netpulse_core.compliance.evaluation import judged
from netpulse_core.compliance.policies import files
from netpulse_core.compliance.rules import platforms
from netpulse_core.compliance.rules.check import PolicyCheck

ROOT = Path(__file__).parents[3]
STARTER = ROOT / "netpulse_core" / "inventory" / "starter"
SAMPLES = Path(__file__).parent / "samples"
KINDS = ("hardened", "neglected")


@cache
def rules() -> Mapping[str, PolicyCheck]:
    """Every rule by its name, for the device `sample`."""
    found = (PolicyCheck(policy, rule, ["sample"]) for policy in files.load(STARTER) for rule in policy.rules)
    return {check.name: check for check in found}


def devices() -> list[str]:
    """The folders of samples: a platform, and what sets this device of it apart."""
    return sorted(folder.name for folder in SAMPLES.iterdir() if folder.is_dir())


def platform(device: str) -> str:
    """What the inventory would say it is."""
    return device.partition("-")[0]


def text(device: str, kind: str) -> str:
    """Its configuration."""
    return (SAMPLES / device / f"{kind}.txt").read_text(encoding="utf-8")


@cache
def expected(device: str) -> Mapping[str, Any]:
    """What is to be said of it."""
    told: Mapping[str, Any] = yaml.safe_load((SAMPLES / device / "expected.yaml").read_text(encoding="utf-8"))
    return told


@cache
def findings(of: str, config: str, only: str = "") -> Mapping[str, Finding]:
    """What each rule for a platform says of a configuration, or one alone."""
    device = Device(name="sample", key="192.0.2.1", address="192.0.2.1", platform=of)
    checks = [rules()[only]] if only else [one for one in rules().values() if platforms.fits(of, one.rule.platforms)]
    return {found.check: found for found in judged(checks, device, lambda kind, name: config)}


def pairs() -> Iterator[tuple[str, str]]:
    """Every rule with each device it is for."""
    for device in devices():
        for name, check in rules().items():
            if platforms.fits(platform(device), check.rule.platforms):
                yield device, name
