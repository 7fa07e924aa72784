"""The tests notice when a rule of the protocol is taken out."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.protocol.mutants import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
LONGEST = 300.0
PASSED, FAILED = 0, 1


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project once more, to be spoilt."""
    for name in ("netpulse_core", "tests", "plugins"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("inventory", "templates", "schedules", "docs", "examples", "README.md", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def run(folder: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Run these tests of a copy, and stop at the first that fails."""
    quiet = ("-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--no-header")
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", *quiet, *tests]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
    )


@pytest.mark.thorough
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_rule_taken_out_is_noticed(mutant: Mutant, copy: Path) -> None:
    for edit in mutant.edits:
        text = (copy / edit.file).read_text()
        assert edit.old in text, f"{edit.file} has changed: say anew what this bug would look like in it"
        (copy / edit.file).write_text(text.replace(edit.old, edit.new))
    done = run(copy, *mutant.tests)
    assert done.returncode == FAILED, done.stdout[-2000:] + done.stderr[-2000:]
    assert " failed" in done.stdout  # a test that noticed, and not a copy that could not be loaded


@pytest.mark.thorough
def test_with_every_rule_in_place_the_same_tests_pass(copy: Path) -> None:
    quick = sorted({test for mutant in MUTANTS for test in mutant.tests if test.startswith("tests/ledger/test_c")})
    done = run(copy, *quick)
    assert done.returncode == PASSED, done.stdout[-2000:]
