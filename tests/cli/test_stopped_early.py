"""A process that is told to stop while it is still being imported ends well, and says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

STOPPED_WHERE = """
import os, signal, sys
from importlib.abc import MetaPathFinder
from netpulse_core.cli import main

class Stops(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == where:
            os.kill(os.getpid(), signal.SIGTERM)

where = sys.argv.pop(1)
sys.meta_path.insert(0, Stops())
main()
"""


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("command", "module"),
    [
        ("up", "netpulse_core.embedded.process"),
        ("api", "netpulse_core.api.process"),
        ("worker", "netpulse_core.worker.process"),
        ("scheduler", "netpulse_core.scheduler.service"),
    ],
)
def test_a_process_that_is_stopped_while_it_is_imported_ends_well(tmp_path: Path, command: str, module: str) -> None:
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "hosts.yaml").write_text("leaf1: {hostname: 192.0.2.1}\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NETPULSE_")}
    if command != "up":
        clean |= {"NETPULSE_BROKER": "redis://127.0.0.1:1", "NETPULSE_LEDGER": "postgresql://127.0.0.1:1/x"}
    done = subprocess.run(
        [sys.executable, "-c", STOPPED_WHERE, module, "--site", str(tmp_path), command],
        capture_output=True,
        text=True,
        check=False,
        env=clean,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[-1] == "stopped before it had begun"
    assert "Traceback" not in done.stderr
