"""What every compliance check must hold: subclass the contract, and name samples that pass and that fail."""

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netpulse_core import Check, Device, Finding
from netpulse_core.compliance.evaluation import judged
from netpulse_core.model.check import FindingVerdict, Source, require_whole


@dataclass(frozen=True)
class Sample:
    """What one device said: a text or a file where the check has one source, and otherwise each by its source."""

    platform: str
    said: str | Path | Mapping[str, Any]
    name: str = "device1"
    data: Mapping[str, Any] = field(default_factory=dict)
    """The device's data in the inventory."""

    @property
    def device(self) -> Device:
        """The device."""
        return Device(name=self.name, key=self.name, address="192.0.2.1", platform=self.platform, data=self.data)

    def evidence(self, check: Check) -> dict[str, Any]:
        """Return what was said, by its sources."""
        told = self.said if isinstance(self.said, Mapping) else {check.evidence[0]: self.said}
        return {source: value.read_text() if isinstance(value, Path) else value for source, value in told.items()}


class CheckContract:
    """It passes what complies and fails what does not, and the lines it says that by are those of the device."""

    check: Check
    passes: Sequence[Sample]
    fails: Sequence[Sample]

    def finding(self, sample: Sample) -> Finding:
        """Return what NetPulse makes of a sample."""
        told = {Source.read(source): value for source, value in sample.evidence(self.check).items()}
        (found,) = judged([self.check], sample.device, lambda kind, of: told.get(Source(kind, of)))
        return found

    def test_it_can_be_offered_and_has_samples(self) -> None:
        require_whole(self.check)
        assert self.passes, "without one that passes it might fail everything"
        assert self.fails, "without one that fails it might pass everything"

    def test_what_complies_passes(self) -> None:
        for sample in self.passes:
            found = self.finding(sample)
            assert found.verdict is FindingVerdict.PASS, f"{sample.said}: {found}"

    def test_what_does_not_comply_fails_and_says_by_which_lines(self) -> None:
        for sample in self.fails:
            found = self.finding(sample)
            assert found.verdict in (FindingVerdict.FAIL, FindingVerdict.WARN), f"{sample.said}: {found}"
            assert found.missing or found.extra or found.found, f"{sample.said}: {found}"

    def test_it_judges_the_same_again_and_leaves_the_evidence_as_it_was(self) -> None:
        for sample in (*self.passes, *self.fails):
            evidence = sample.evidence(self.check)
            kept = deepcopy(evidence)
            assert self.check.judge(sample.device, evidence) == self.check.judge(sample.device, evidence)
            assert evidence == kept

    def test_its_lines_are_those_of_the_device(self) -> None:
        for sample in (*self.passes, *self.fails):
            evidence = sample.evidence(self.check).values()
            if not all(isinstance(value, str) for value in evidence):
                continue
            there = {line.strip() for value in evidence for line in value.splitlines()}
            found = self.check.judge(sample.device, sample.evidence(self.check))
            assert [line for line in _lines([*found.found, *found.extra]) if line not in there] == []
            alone = [text.strip() for text in found.missing if "\n" not in text.strip()]
            assert [line for line in alone if line in there] == [], "it is there, and said to be missing"

    def test_its_findings_survive_as_json(self) -> None:
        for sample in (*self.passes, *self.fails):
            found = self.finding(sample)
            assert Finding.of(json.loads(json.dumps(found.as_data()))) == found


def _lines(texts: Sequence[str]) -> Iterator[str]:
    return (line.strip() for text in texts for line in text.splitlines() if line.strip())
