"""One device judged by many checks."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from netpulse_core.compliance.masking import Mask
from netpulse_core.compliance.rules.check import PolicyCheck
from netpulse_core.compliance.rules.means import Bench, Means, NoMeans
from netpulse_core.configs.redacting import Mark, bare
from netpulse_core.errors import CommandRejected, DeviceError, NetPulseError, NotFound
from netpulse_core.model.check import Check, Finding, Severity, Source
from netpulse_core.model.device import Device

type Collect = Callable[[str, str], Any]
"""Asks the device for one source: its kind, and what of it."""

_NO_MEANS = NoMeans()


def chosen(known: Mapping[str, Check], patterns: Iterable[str]) -> list[Check]:
    """Return the checks whose names a shell's wildcards mean, by name; raise NotFound for a pattern of none."""
    names: set[str] = set()
    for pattern in patterns:
        meant = {name for name in known if fnmatchcase(name, pattern)}
        if not meant:
            raise NotFound("check", pattern, known=known, hint="`netpulse checks list` shows them")
        names |= meant
    if not names:
        raise NotFound("check", "", known=known, hint="name at least one: nothing would be judged")
    return [known[name] for name in sorted(names)]


def judged(
    checks: Sequence[Check], device: Device, collect: Collect, means: Means = _NO_MEANS, mark: Mark = bare
) -> list[Finding]:
    """Return what each check says of a device, each source of evidence collected once.

    `mark` is written where a secret of the evidence was.
    What cannot be asked for, or is empty, is an `error` of the checks that need it. A session that fails fails the job.
    """
    evidence = Evidence(collect, Bench(means))
    unasked = {check.name: _unfit(check, device) for check in checks}
    for check in checks:
        if unasked[check.name] is None:
            evidence.gather(_sources(check, device))
    mask, now = Mask(evidence.values.values(), mark), time.time()

    def finding(check: Check) -> Finding:
        unfit, sources = unasked[check.name], _sources(check, device)
        found = mask.finding(_asked(check, device, evidence) if unfit is None else unfit)
        signed = _signed(check, found, evidence.hashes(sources) if unfit is None else {}, evidence.times(sources))
        return check.signed(device, signed, now) if isinstance(check, PolicyCheck) else signed

    return [finding(check) for check in checks]


@dataclass
class Evidence:
    """What was collected of one device, and why some of it was not."""

    collect: Collect
    bench: Bench
    values: dict[str, Any] = field(default_factory=dict)
    taken: dict[str, float] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)

    def gather(self, sources: Iterable[str]) -> None:
        """Collect those of these sources that were not asked for before."""
        for source in sources:
            if source in self.values or source in self.lacking:
                continue
            try:
                self._take(source)
            except NetPulseError as error:
                if isinstance(error, DeviceError) and not isinstance(error, CommandRejected):
                    raise  # the session: nothing more can be asked
                self.lacking[source] = _said(error)

    def _take(self, source: str) -> None:
        what = Source.read(source)
        kept = self.bench.had(what)
        value = self.collect(*what) if kept is None else kept.text
        if kept is not None and kept.taken_at is not None:
            self.taken[source] = kept.taken_at
        # That a template renders nothing may be what is intended; `intended` says what that is worth.
        if _empty(value) and what.kind != "rendered":
            self.lacking[source] = "it is empty" if kept is not None else "the device answered nothing"
        else:
            self.values[source] = value

    def hashes(self, sources: Iterable[str]) -> dict[str, str]:
        """Return the SHA-256 of what was collected of these sources."""
        return {source: _sha256(self.values[source]) for source in sources if source in self.values}

    def times(self, sources: Iterable[str]) -> dict[str, float]:
        """Return when these sources were taken, where that was earlier."""
        return {source: self.taken[source] for source in sources if source in self.taken}


def _sources(check: Check, device: Device) -> Sequence[str]:
    return check.sources(device) if isinstance(check, PolicyCheck) else check.evidence


def _unfit(check: Check, device: Device) -> Finding | None:
    if isinstance(check, PolicyCheck):
        return check.unfit(device)
    if not check.platforms or device.platform in check.platforms:
        return None
    if not device.platform:
        return Finding.error("the inventory gives this device no platform, so whether the check fits it is not known")
    return Finding.not_applicable(f"it is for {', '.join(check.platforms)}, and this is {device.platform}")


def _asked(check: Check, device: Device, evidence: Evidence) -> Finding:
    sources = _sources(check, device)
    if lacking := [f"{source}: {evidence.lacking[source]}" for source in sources if source in evidence.lacking]:
        return Finding.error("; ".join(lacking))
    # Each its own copy: a check that edits its evidence must not decide what the next one sees.
    own = {source: deepcopy(evidence.values[source]) for source in sources}
    found: Any
    try:
        if isinstance(check, PolicyCheck):
            return check.judged(device, own, evidence.taken, evidence.bench)
        found = check.judge(device, own)
    except Exception as error:  # noqa: BLE001  the plugin-call boundary: a check that fails says nothing of the device
        if isinstance(check, PolicyCheck) and isinstance(error, NetPulseError):
            return Finding.error(_said(error))
        return Finding.error(f"the check failed: {type(error).__name__}: {error}")
    if not isinstance(found, Finding):
        return Finding.error(f"the check answered with {type(found).__name__}, and not with a Finding")
    return found


def _signed(check: Check, found: Finding, sources: Mapping[str, str], taken: Mapping[str, float]) -> Finding:
    severity = Severity(check.severity)
    first = replace(found, check=check.name, version=check.version, severity=severity)
    return replace(first, sources=sources, taken_at=taken, policy="", owner="", waiver={})


def _said(error: NetPulseError) -> str:
    """Return why a source is lacking, alike for devices of which the same is true."""
    if isinstance(error, DeviceError):  # its hint is for who sends the command, and here a check asked for it
        return str(error).removeprefix(f"{error.device}: ")
    return f"{error}; {error.hint}" if error.hint else str(error)


def _empty(value: Any) -> bool:
    return not value.strip() if isinstance(value, str) else not value


def _sha256(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
