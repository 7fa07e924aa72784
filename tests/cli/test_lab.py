"""The inventory that `lab up` writes into a folder somebody names."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import Result

from netpulse_core.cli import lab_life

FILES = ("hosts.yaml", "groups.yaml", "defaults.yaml")


@pytest.mark.parametrize("name", FILES)
def test_a_lab_does_not_write_over_an_inventory_it_did_not_write(
    said: Callable[..., Result], tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("---\nmine: {}\n")
    done = said("lab", "up", "--inventory", tmp_path)
    assert done.exit_code == 5
    assert str(tmp_path / name) in done.stderr
    assert "hint: name another folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "---\nmine: {}\n"


def test_a_refused_lab_leaves_no_site_behind(said: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "hosts.yaml").write_text("mine: {}\n")
    done = said("--site", tmp_path / "new", "lab", "up", "--background", "--inventory", tmp_path)
    assert done.exit_code == 5
    assert not (tmp_path / "new").exists()


@pytest.mark.thorough
def test_a_lab_writes_its_own_inventory_anew_and_no_password_into_it(tmp_path: Path) -> None:
    folder = tmp_path / "inventory"
    for count in (2, 3):
        announced = up_and_down("--count", str(count), "--inventory", str(folder), password="only-here")
        assert announced["password"] == "only-here"
        assert len(yaml.safe_load((folder / "hosts.yaml").read_text())) == count
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert yaml.safe_load((folder / "defaults.yaml").read_text())["password"] == "env:NETPULSE_LAB_PASSWORD"
    assert not any("only-here" in path.read_text() for path in folder.iterdir())


@pytest.mark.thorough
def test_the_inventory_of_a_labs_site_refers_to_the_password_file_of_the_site(tmp_path: Path) -> None:
    site, folder = tmp_path / "site", tmp_path / "inventory"
    announced = up_and_down("--site", str(site), "--count", "2", "--inventory", str(folder))
    reference = yaml.safe_load((folder / "defaults.yaml").read_text())["password"]
    kind, _, path = reference.partition(":")
    assert kind == "file"
    assert Path(path).read_text().strip() == announced["password"]


def up_and_down(*options: str, password: str = "") -> dict[str, Any]:
    """Run a lab until it has announced itself, and return what it said."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NETPULSE_")}
    command = [sys.executable, "-m", "netpulse_core", "lab", "up", "--mode", "port", "--port", "0", "--json", *options]
    env = {**clean, "NETPULSE_LAB_PASSWORD": password}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as lab:
        assert lab.stdout is not None
        text = ""
        for line in lab.stdout:
            text += line
            if line == "}\n":
                break
        lab.send_signal(signal.SIGTERM)
        assert lab.wait(timeout=30) == 0
    said: dict[str, Any] = json.loads(text)
    return said


@pytest.mark.thorough
def test_a_lab_in_the_background_is_that_of_the_folder_one_stands_in(tmp_path: Path) -> None:
    site = tmp_path / "site"
    up_and_down("--site", str(site), "--count", "2")

    def netpulse(*words: str) -> dict[str, Any]:
        command = [sys.executable, "-W", "ignore", "-m", "netpulse_core", "--json", *words]
        done = subprocess.run(command, cwd=site, capture_output=True, text=True, timeout=60, check=True)
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    log = site / ".netpulse" / "lab.log"
    log.write_text("of a lab before\n")
    log.chmod(0o644)
    netpulse("lab", "up", "--background")
    assert (log.stat().st_mode & 0o777, "of a lab before" in log.read_text()) == (0o600, False)
    assert netpulse("lab", "down")["stopped"] is True


@pytest.mark.thorough
def test_a_lab_has_stopped_once_its_process_is_gone(said: Callable[..., Result], tmp_path: Path) -> None:
    site = tmp_path / "site"
    words = ["--site", str(site), "lab", "up", "--count", "20", "--port", "0", "--json"]
    with subprocess.Popen([sys.executable, "-m", "netpulse_core", *words], stdout=subprocess.PIPE, text=True) as lab:
        assert lab.stdout is not None
        assert lab.stdout.readline() == "{\n"
        done = said("--site", site, "lab", "down")
        ended = lab.poll()
    assert (done.stdout, ended) == ("the lab has stopped\n", 0)


HOLDS_ON = """
import signal, sys
from pathlib import Path
from netpulse_core.cli import lab_life
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with lab_life.held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.thorough
@pytest.mark.parametrize("handles", [True, False])
def test_a_lab_that_does_not_stop_is_said_to_run_still(
    said: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handles: bool
) -> None:
    monkeypatch.setattr(lab_life, "ENDING", 0.3)
    if not handles:  # as on a system that knows none
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    command = [sys.executable, "-c", HOLDS_ON, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lab:
        assert lab.stdin is not None
        assert lab.stdout is not None
        assert lab.stdout.readline() == "held\n"
        done = said("--site", tmp_path, "lab", "down")
        lab.stdin.close()
        lab.wait(timeout=30)
    assert done.exit_code == 3
    assert f"its process {lab.pid} still runs" in done.stderr
    assert f"hint: it may be about to end; to end it at once: kill -9 {lab.pid}" in done.stderr
