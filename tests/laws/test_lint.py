"""The linters find nothing, whoever runs the tests."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def said(*arguments: str) -> str:
    """Return what a module says that is run in the project's folder, and the command where it fails."""
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}"


def test_ruff_finds_nothing() -> None:
    assert not said("ruff", "check", "--no-cache", ".")


@pytest.mark.thorough
def test_bandit_finds_nothing_of_high_severity() -> None:
    assert not said("bandit", "--quiet", "--recursive", "--severity-level", "high", "netpulse_core", "plugins")
