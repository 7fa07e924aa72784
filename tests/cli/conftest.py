"""A site with a lab behind it, and the command line as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from netpulse_core.cli import app

Netpulse = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def netpulse() -> Netpulse:
    """Run a command line and return what it said; nothing of the caller's own settings reaches it."""

    def run(*words: str | Path, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("NETPULSE_")}
        return subprocess.run(
            [sys.executable, "-m", "netpulse_core", *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            env={**clean, **env},
            timeout=90,
        )

    return run


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command line within this process, which spares it the imports."""
    for name in [name for name in os.environ if name.startswith("NETPULSE_")]:
        monkeypatch.delenv(name)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words], prog_name="netpulse")


@pytest.fixture(scope="module")
def lab(netpulse: Netpulse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A site of five simulated devices that are up."""
    site = tmp_path_factory.mktemp("sites") / "lab"
    up = netpulse("--site", site, "lab", "up", "--background", "--count", "5", "--port", "0")
    assert up.returncode == 0, up.stderr
    yield site
    down = netpulse("--site", site, "lab", "down")
    assert down.returncode == 0, down.stderr


@pytest.fixture
def site(netpulse: Netpulse, tmp_path: Path) -> Path:
    """A new site, whose devices do not exist."""
    made = tmp_path / "site"
    assert netpulse("init", made).returncode == 0
    return made
