"""What of the log lines of a process is shown."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from netpulse_core.cli.logs import to_stderr

LIBRARIES = ("alembic.runtime.migration", "apscheduler", "asyncssh", "httpx", "paramiko.client", "uvicorn.access")


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    root = logging.getLogger()
    names = (
        "alembic", "apscheduler", "asyncssh", "httpx", "huey", "netmiko", "paramiko", "paramiko.transport", "uvicorn",
        "uvicorn.access",
    )  # fmt: skip
    levels, handlers, level = {name: logging.getLogger(name).level for name in names}, root.handlers[:], root.level
    for name in names:  # a server that another test started may have made its library quieter
        logging.getLogger(name).setLevel(logging.NOTSET)
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_heard_when_it_warns_and_not_before(
    capsys: pytest.CaptureFixture[str], library: str, level: str
) -> None:
    to_stderr(level)
    logging.getLogger(library).info("connected")
    logging.getLogger(library).warning("lost")
    logging.getLogger("netpulse_core.worker").info("began")
    said = capsys.readouterr().err
    assert "connected" not in said
    assert f"WARNING {library}: lost" in said
    assert "INFO netpulse_core.worker: began" in said


def test_a_library_is_no_louder_than_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr("ERROR")
    logging.getLogger("paramiko.client").warning("lost")
    assert capsys.readouterr().err == ""


def test_a_connection_that_ends_is_told_by_its_outcome_alone(capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr("INFO")
    logging.getLogger("paramiko.transport").error("Exception (client): Error reading SSH protocol banner")
    assert capsys.readouterr().err == ""


def test_a_driver_leaves_the_log_of_a_program_that_uses_it_as_it_was() -> None:
    asked = "import netpulse_core.builtins.netmiko.driver\nimport logging\n"
    asked += "print(logging.getLogger('paramiko.transport').level)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == "0\n"


def test_a_library_that_was_silenced_stays_silent(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("huey").setLevel(logging.CRITICAL)
    to_stderr("INFO")
    logging.getLogger("huey").error("noise")
    assert capsys.readouterr().err == ""
