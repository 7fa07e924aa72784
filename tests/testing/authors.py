"""What the author of a plugin does: install it, and run its tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def install(folder: Path, into: Path) -> None:
    """Install a distribution as pip does, and ask no index for anything."""
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *offline, "--target", str(into), str(folder)]
    subprocess.run(command, check=True, timeout=120, env={**os.environ, "PIP_USER": "0"})


def run_tests(folder: Path, installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of an installed distribution, as its author does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("NETPULSE_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        env={**clean, "PYTHONPATH": str(installed)},
    )
