"""Commands whose output has nowhere to go: closed before they began, or onto a disk that is full."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from netpulse_core.cli.streams import outliving


def ended(words: str, tmp_path: Path) -> tuple[int, str]:
    """Run a command line of a shell in which `netpulse` is ours; return its exit code and what it says on stderr."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("NETPULSE_", "PYTHONUNBUF"))}
    netpulse = f"{sys.executable} -m netpulse_core"
    done = subprocess.run(
        ["/bin/sh", "-c", words.replace("netpulse ", f"{netpulse} ")],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd=tmp_path,
        env=clean,
        timeout=60,
    )
    return done.returncode, done.stderr


@pytest.mark.thorough
def test_a_closed_output_is_no_error(tmp_path: Path) -> None:
    assert ended("netpulse --help >&-", tmp_path) == (0, "")
    assert ended("netpulse --help >&- 2>&-", tmp_path) == (0, "")
    code, said = ended("netpulse nonsense >&-", tmp_path)
    assert code == 2
    assert "Traceback" not in said


@pytest.mark.thorough
def test_a_full_disk_leaves_the_exit_code_as_it_is(tmp_path: Path) -> None:
    program = "import sys\nfrom netpulse_core.cli.streams import outliving\n"
    program += "with outliving():\n    sys.stdout.write('changed')\nsys.exit(4)\n"
    (tmp_path / "ends.py").write_text(program)
    code, said = ended(f"{sys.executable} ends.py >/dev/full", tmp_path)
    assert (code, said) == (4, "netpulse: the end of the output could not be written: No space left on device\n")
    assert ended(f"{sys.executable} ends.py >/dev/full 2>/dev/full", tmp_path)[0] == 4


@pytest.mark.thorough
def test_a_command_that_fills_the_disk_is_carried_out_and_no_success(tmp_path: Path) -> None:
    assert ended("netpulse init site", tmp_path)[0] == 0
    full = "netpulse: the end of the output could not be written: No space left on device\n"
    assert ended("netpulse --site site devices >/dev/full", tmp_path) == (7, full)
    assert ended("netpulse --site site devices --json >/dev/full", tmp_path) == (7, full)
    assert ended("netpulse --site site devices nobody >/dev/full 2>/dev/full", tmp_path)[0] == 5


def test_log_lines_go_on_once_there_is_room_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w", encoding="utf-8") as file, monkeypatch.context() as put:
        room = os.dup(file.fileno())
        put.setattr(sys, "stderr", file)
        with outliving(), Path("/dev/full").open("wb") as full:
            os.dup2(full.fileno(), file.fileno())
            sys.stderr.write("lost, perhaps\n")
            sys.stderr.flush()
            os.dup2(room, file.fileno())
            sys.stderr.write("there is room\n")
        os.close(room)
    assert "there is room\n" in log.read_text(encoding="utf-8")


def test_streams_are_put_back_where_the_disk_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full, monkeypatch.context() as put:
        put.setattr(sys, "stdout", full)
        with outliving():
            sys.stdout.write("changed")
        assert sys.stdout is full


def test_a_stream_that_is_none_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as put:
        put.setattr(sys, "stdout", None)
        with outliving():
            sys.stdout.write("changed")
        assert sys.stdout is None
