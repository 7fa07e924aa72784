"""The worked example: a driver of a made-up maker, installed by pip, found by NetPulse, and tested by its own tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netpulse_core.inventory import scaffold
from tests.testing.authors import install, run_tests

pytestmark = pytest.mark.thorough

EXAMPLE = Path(__file__).parents[2] / "examples" / "acme-driver"


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its files, where nothing of ours is near."""
    return Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("example") / "acme-driver"))


@pytest.fixture(scope="module")
def installed(copied: Path) -> Path:
    """Where pip put it."""
    install(copied, copied.parent / "installed")
    return copied.parent / "installed"


@pytest.mark.thorough
def test_netpulse_finds_it_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    scaffold.create(tmp_path)
    said = subprocess.run(
        [sys.executable, "-m", "netpulse_core", "drivers", "acme", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(installed)},
    )
    assert said.returncode == 0, said.stderr
    assert "Acme routers" in json.dumps(json.loads(said.stdout))


@pytest.mark.thorough
def test_it_reads_and_changes_a_router(copied: Path, installed: Path) -> None:
    ran = run_tests(copied, installed, "-k", "test_a_change")
    assert ran.returncode == 0, ran.stdout
    assert "no tests ran" not in ran.stdout


def test_it_passes_all_its_tests(copied: Path, installed: Path) -> None:
    ran = run_tests(copied, installed)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    ("right", "wrong", "caught"),
    [
        ('"refuses": [r"!! .*"]', '"refuses": []', "test_a_line_that_is_refused_is_no_success"),
        (r'[r"trace [\w.:-]+", r"pages off"]', '[r".*"]', "test_these_do_not"),
        (r'"^kept \d+ change"', '"^stored"', "test_a_change_is_kept_whole"),
        (
            "platforms = (ACME,)",
            "reads = frozenset({'nothing'}); platforms = (ACME,)",
            "test_what_it_declares_is_there",
        ),
    ],
    ids=["refusals", "reads", "commit", "declared"],
)
def test_its_tests_catch_a_mistake(copied: Path, tmp_path: Path, right: str, wrong: str, caught: str) -> None:
    mistaken = Path(shutil.copytree(copied, tmp_path / "acme-driver"))
    source = mistaken / "src" / "acme_driver.py"
    assert right in source.read_text()
    source.write_text(source.read_text().replace(right, wrong))
    install(mistaken, tmp_path / "installed")
    ran = run_tests(mistaken, tmp_path / "installed", "-k", caught)
    assert f"FAILED tests/test_acme_driver.py::{caught}" in ran.stdout.replace("::TestAcme", ""), ran.stdout
