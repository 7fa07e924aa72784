"""One rule, as its file says it, judged on one configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from netpulse_core import Device, Finding
from netpulse_core.compliance.evaluation import judged
from netpulse_core.compliance.policies.policy import read
from netpulse_core.compliance.rules.check import PolicyCheck
from netpulse_core.compliance.rules.means import Kept
from netpulse_core.errors import NotFound, Refused
from netpulse_core.text import data as data_of_text

HEAD = {"policy": "p", "version": 1, "owner": "net@example.net"}

type Judge = Callable[..., Finding]


class Said:
    """What one device, its templates and its backups say."""

    def __init__(self, config: str, rendered: Mapping[str, str], kept: Kept | None, answers: Mapping[str, Any]) -> None:
        self._config, self._rendered, self._kept, self._answers = config, rendered, kept, answers

    def collect(self, kind: str, of: str) -> Any:
        if kind == "running_config":
            return self._config
        return self._answers[of]

    def rendered(self, template: str) -> str:
        if template not in self._rendered:
            raise NotFound("template", template, known=self._rendered)
        return self._rendered[template]

    def backup(self) -> Kept:
        if self._kept is None:
            raise Refused("there is no good backup of this device")
        return self._kept

    def parsed(self, text: str, *, command: str, template: str, parser: str) -> Any:
        records = self._answers[f"{command} parsed"]
        if not records:
            raise Refused(f"{command}: no record came of it")
        return records

    def asked(self, what: str, data: Any, of: Any) -> Any:
        return data_of_text.answered(what, data, of)


@pytest.fixture
def judge() -> Judge:
    """Judge a rule: `judge(rule, config)`."""

    def judges(
        rule: Mapping[str, Any],
        config: str = "",
        *,
        platform: str = "cisco_ios",
        rendered: Mapping[str, str] | None = None,
        kept: Kept | None = None,
        answers: Mapping[str, Any] | None = None,
        **policy: Any,
    ) -> Finding:
        told = read(Path("p.yaml"), yaml.safe_dump({**HEAD, **policy, "rules": [{"id": "r", **rule}]}).encode())
        assert told.policy is not None, [str(one) for one in told.notices]
        device = Device(name="leaf1", key="192.0.2.1", address="192.0.2.1", platform=platform)
        check = PolicyCheck(
            told.policy, told.policy.rules[0], ["leaf1"], [(["leaf1"], one) for one in told.policy.waivers]
        )
        said = Said(config, rendered or {}, kept, answers or {})
        (found,) = judged([check], device, said.collect, said)
        return found

    return judges
