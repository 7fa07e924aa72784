"""The campaign as a command: it tells what came of it, and goes on where it was interrupted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import table
from tests.faults.campaign import ROOT
from tests.faults.plan import plan
from tests.faults.sizes import CAMPAIGN


def campaign(folder: Path, seeds: int = 1) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.faults", "--seeds", str(seeds), "--folder", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.servers("postgresql", "redis-server")
def test_a_seed_of_each_ledger_ends_well_and_is_not_run_again(tmp_path: Path) -> None:
    first = campaign(tmp_path)
    assert first.returncode == 0, first.stdout + first.stderr
    began = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.json")}
    assert set(began) == {"postgresql-01.json", "sqlite-01.json"}
    assert campaign(tmp_path).returncode == 0
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.json")} == began


def test_a_seed_is_the_same_plan_each_time_and_another_than_the_next() -> None:
    size = CAMPAIGN["postgresql"]
    made = plan(1, size.blows, size.length)
    assert made == plan(1, size.blows, size.length)
    assert made != plan(2, size.blows, size.length)
    assert len(made) == sum(size.blows.values())
    assert [one.at for one in made] == sorted(one.at for one in made)


def test_the_page_holds_the_table_of_its_data() -> None:
    page, data = (ROOT / "docs" / name for name in ("faults.md", "faults.json"))
    if data.exists():
        results = json.loads(data.read_text())
        rows = [line for line in table.markdown(results, "").splitlines() if line.startswith("|")]
        assert all(row in page.read_text() for row in rows)
