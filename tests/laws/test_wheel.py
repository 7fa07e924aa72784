"""What is shipped: the engine alone, and nothing of this repository's own site."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel_holds_the_engine_and_what_it_reads(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"netpulse_core"}
    assert any(name.startswith("netpulse_core/ledger/migrations/versions/0001") for name in names)
    assert "netpulse_core/py.typed" in names
    assert any(name.startswith("netpulse_core/inventory/starter/") for name in names)
    assert any(name.startswith("netpulse_core/testing/starter/driver/") for name in names)
