"""`netpulse config` as a person types it, against a service with a device behind it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import Result

from netpulse_core.testing import FakeDevice
from netpulse_core.testing.instance import running
from tests.runs.service import eventually

Said = Callable[..., Result]

CANARY = "c4naryS3cret"
CONFIG = f"""version 15.9
hostname leaf1
snmp-server community {CANARY} ro
interface Vlan1
 description asks for {CANARY}
end"""


@pytest.mark.thorough
def test_what_is_kept_is_shown_compared_and_accepted(
    tmp_path: Path, said: Said, fake_device: Callable[..., FakeDevice]
) -> None:
    script = {
        "prompt": "leaf1#",
        "lines": [
            {"pattern": "terminal (width|length) [0-9]+"},
            {"command": "show running-config", "answer": CONFIG},
        ],
        "refuses": "% Invalid input",
    }
    device = fake_device(script, name="leaf1")
    site = tmp_path / "site"
    (site / "inventory").mkdir(parents=True)
    entry = device.inventory("cisco_ios", netpulse_driver="ssh")
    (site / "inventory" / "hosts.yaml").write_text(yaml.safe_dump({"leaf1": entry}))
    with running(site) as instance:
        (tmp_path / "key").write_text(instance.key)
        at = ("--url", instance.url, "--key-file", tmp_path / "key")
        nothing = said(*at, "config", "log", "leaf1")
        assert nothing.exit_code == 5
        assert "no configuration of 'leaf1'" in nothing.output
        instance.run("backup_config", "leaf1")
        exports = instance.controller.ledger.config_exports
        eventually(lambda: [one for one in exports.all() if one.commits == 1], 60)
        (version,) = json.loads(said(*at, "config", "log", "leaf1", "--json").output)
        assert (version["number"], version["origin"], version["sealed"]) == (1, "first", True)
        shown = said(*at, "config", "show", "leaf1").output
        assert "hostname leaf1" in shown
        raw = said(*at, "config", "show", "leaf1", "--copy", "raw").output
        assert CANARY in raw
        status = said(*at, "config", "git", "status")
        assert (status.exit_code, "1 commit" in status.output) == (0, True), status.output
        outputs = [
            shown,
            status.output,
            *(said(*at, "config", *words).output for words in (["list"], ["diff", "leaf1"], ["quarantine", "list"])),
            said(*at, "config", "at", "2099-01-01T00:00Z", "leaf1").output,
            said(*at, "config", "restore-plan", "leaf1", "--version", "1").output,
        ]
        assert not [text for text in outputs if CANARY in text]
        assert "+hostname leaf1" in outputs[3]
        early = said(*at, "config", "at", "2001-01-01T00:00Z", "leaf1")
        assert early.exit_code == 5
        assert said(*at, "config", "at", "yesterday", "leaf1").exit_code == 2
        history = site / ".netpulse" / "configs.git"
        log = subprocess.run(
            ["git", "-C", str(history), "log", "-p"], capture_output=True, text=True, check=True
        ).stdout
        assert "+hostname leaf1" in log
        assert CANARY not in log
