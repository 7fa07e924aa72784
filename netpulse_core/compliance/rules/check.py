"""A rule of a policy as a check: asked like every other, on the devices of its scope."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from netpulse_core.compliance.rules import asserts, contains, intended, platforms, software, validates
from netpulse_core.compliance.rules.means import Bench
from netpulse_core.model.check import Check, Finding, FindingVerdict
from netpulse_core.model.device import Device
from netpulse_core.model.policy import (
    Asserts,
    Contains,
    Demand,
    Intended,
    Origin,
    Policy,
    Rule,
    Software,
    Validates,
    Waiver,
)

_WAIVABLE = (FindingVerdict.FAIL, FindingVerdict.WARN)
_DAY, _HOUR = 86_400, 3_600


class PolicyCheck(Check):
    """One rule, named POLICY/RULE."""

    def __init__(
        self,
        policy: Policy,
        rule: Rule,
        devices: Collection[str],
        waivers: Sequence[tuple[Collection[str], Waiver]] = (),
        *,
        astray: str = "",
    ) -> None:
        self.policy, self.rule = policy, rule
        self.name, self.version = f"{policy.name}/{rule.id}", policy.version
        self.sentence, self.severity = rule.sentence, rule.severity
        self.platforms = tuple(rule.platforms)
        self.devices = frozenset(devices)
        self._astray = astray
        """Why its scope cannot be told; then it is judged on no device, and passes on none."""
        self._waivers = tuple(waivers)
        self.evidence = tuple(dict.fromkeys(_sources(rule.demand, _configuration(policy, "{template}"))))

    def unfit(self, device: Device) -> Finding | None:
        """Return why it has nothing to say of a device, or None where it is for it."""
        if self._astray:
            return Finding.error(f"the scope cannot be told: {self._astray}")
        if device.name not in self.devices:
            return Finding.not_applicable("it is outside the scope of the policy")
        if self.platforms and not platforms.fits(device.platform, self.platforms):
            if device.platform:
                return Finding.not_applicable(f"it is for {', '.join(self.platforms)}, and this is {device.platform}")
            return Finding.error("the inventory gives this device no platform, so whether the rule fits is not known")
        if self.policy.origin is Origin.RENDERED and not self._template(device):
            return Finding.error(f"the policy names no template for {device.platform or 'a device without a platform'}")
        return None

    def sources(self, device: Device) -> Sequence[str]:
        """Return what it is judged by on this device: which template renders it is a matter of its platform."""
        named = _sources(self.rule.demand, self.configuration(device))
        return [_filled(one, device) for one in dict.fromkeys(named)]

    def configuration(self, device: Device) -> str:
        """Return the source of the configuration that is judged."""
        return _filled(_configuration(self.policy, self._template(device)), device)

    def judged(self, device: Device, evidence: Mapping[str, Any], taken: Mapping[str, float], bench: Bench) -> Finding:
        """Return what the evidence says of a device; `taken` is when it was, where that was earlier."""
        source = self.configuration(device)
        age = time.time() - taken[source] if source in taken and source in evidence else 0.0
        if self.policy.max_age and age > self.policy.max_age:
            return Finding.stale(f"the backup is {_duration(age)} old, and {_duration(self.policy.max_age)} is allowed")
        if source in evidence and not bench.trees.of(device.platform, evidence[source]):
            return Finding.error(f"{source}: there is no line of configuration in it")
        found = self._found(device, evidence, source, bench)
        if found.verdict is FindingVerdict.FAIL:
            found = replace(found, verdict=self.rule.verdict)
        if self.rule.remediation == "none":
            return replace(found, remediation="")
        if self.rule.remediation != "auto" and found.verdict in _WAIVABLE:
            return replace(found, remediation=self.rule.remediation)
        return found

    def signed(self, device: Device, found: Finding, now: float) -> Finding:
        """Return a finding with its policy, and the waiver of this device: one that holds is the verdict."""
        told = replace(found, policy=self.policy.name, owner=self.policy.owner)
        mine = [waiver for devices, waiver in self._waivers if device.name in devices]
        if found.verdict not in _WAIVABLE or not mine:
            return told
        last = max(mine, key=lambda waiver: waiver.until)
        told = replace(told, waiver=last.as_data(now))
        return replace(told, verdict=FindingVerdict.WAIVED) if last.until > now else told

    def _found(self, device: Device, evidence: Mapping[str, Any], source: str, bench: Bench) -> Finding:
        match self.rule.demand:
            case Contains() as wanted:
                return contains.judge(wanted, device.platform, evidence[source], bench.trees)
            case Intended() as wanted:
                rendered = evidence[_filled(f"rendered:{wanted.template}", device)]
                return intended.judge(wanted, device.platform, evidence[source], rendered, bench.trees)
            case Asserts() as wanted:
                return asserts.judge(wanted, evidence[wanted.source], bench)
            case Validates() as wanted:
                return validates.judge(wanted, evidence, bench)
            case Software() as wanted:
                return software.judge(wanted, evidence[wanted.source or source], bench)

    def _template(self, device: Device) -> str:
        known = self.policy.templates
        names = (device.platform or "", *(one for one in known if one and platforms.fits(device.platform, [one])), "")
        return next((known[name] for name in names if name in known), "")


def _configuration(policy: Policy, template: str) -> str:
    """Return the source of the configuration that a policy judges."""
    match policy.origin:
        case Origin.BACKUP:
            return "backup"
        case Origin.RENDERED:
            return f"rendered:{template}"
    return "running_config"


def _sources(demand: Demand, configuration: str) -> list[str]:
    match demand:
        case Intended(template=template):
            return [configuration, f"rendered:{template}"]
        case Asserts(source=source):
            return [source]
        case Validates(wanted=wanted):
            return [f"getter:{name}" for name, _ in wanted]
        case Software(source=source):
            return [source or configuration]
    return [configuration]


def _filled(source: str, device: Device) -> str:
    """Return a source with the device's own words in the name of a template."""
    return source.replace("{platform}", device.platform or "").replace("{name}", device.name)


def _duration(seconds: float) -> str:
    return f"{seconds / _DAY:.1f} d" if seconds >= _DAY else f"{seconds / _HOUR:.1f} h"
