"""Policies, and what devices say to them, that mean harm: an error within their time, and never a pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from netpulse_core import settings
from netpulse_core.compliance.evaluation import judged
from netpulse_core.compliance.policies import files
from netpulse_core.compliance.policies.policy import read
from netpulse_core.compliance.rules import patterns
from netpulse_core.compliance.rules.check import PolicyCheck
from netpulse_core.compliance.saved import OfSite
from netpulse_core.errors import SiteError
from netpulse_core.inventory.site import Site
from netpulse_core.model.check import FindingVerdict
from netpulse_core.testing import folder
from netpulse_core.text import service
from netpulse_core.text.service import Text

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "policies.yaml").read_text())
SITE: dict[str, Any] = {
    "inventory/hosts.yaml": {"leaf1": {"hostname": "192.0.2.1", "platform": "cisco_ios"}},
    "templates/loop.j2": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "templates/escape.j2": "{{ self.__init__.__globals__ }}",
    "templates/unset.j2": "{{ nobody }}",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Text]]:
    """A site with hostile templates, and its text service."""
    read = settings.load(folder.write(tmp_path_factory.mktemp("site"), SITE))
    found = Site.load(read)
    text = Text(read, found)
    yield found, text
    text.close()


@pytest.mark.thorough
@pytest.mark.parametrize("number", range(len(CASES)))
def test_rules(site: tuple[Site, Text], number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "RENDER", 1.0)
    monkeypatch.setattr(service, "ASK", 1.0)
    monkeypatch.setattr(patterns, "SECONDS", 0.2)
    case = CASES[number]
    policy = {"policy": "p", "version": 1, "owner": "o", "rules": [{"id": "r", **case["rule"]}]}
    told = read(Path("p.yaml"), yaml.safe_dump(policy).encode())
    assert told.policy is not None, told.notices
    device = site[0].devices["leaf1"]
    check = PolicyCheck(told.policy, told.policy.rules[0], ["leaf1"])
    means = OfSite(device, site[1])
    said = {"running_config": case.get("config", ""), "getter": case.get("data")}
    (found,) = judged([check], device, lambda kind, of: said[kind], means)
    assert found.verdict is FindingVerdict.ERROR, found
    assert any(words in found.why for words in case["refused"].split("|")), found.why


@pytest.mark.parametrize("one", yaml.safe_load((HERE / "yaml.yaml").read_text()), ids=lambda one: str(one["refused"]))
def test_files(tmp_path: Path, one: dict[str, Any]) -> None:
    folder.write(tmp_path, {"templates/compliance/p.yaml": one["content"]})
    with pytest.raises(SiteError, match=one["refused"]):
        files.load(tmp_path)
