"""Help: quick, complete, and the same words as in the command itself."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from netpulse_core.cli import app
from netpulse_core.cli.app import COMMANDS, load
from tests.cli.conftest import Netpulse

HEAVY = (
    "netmiko",
    "paramiko",
    "asyncssh",
    "sqlalchemy",
    "fastapi",
    "huey",
    "apscheduler",
    "pydantic",
    "httpx",
    "nornir",
)


def test_the_help_names_every_command_under_its_panel(netpulse: Netpulse) -> None:
    said = netpulse("--help", COLUMNS="100")
    assert said.returncode == 0
    assert "Nornir, made durable, distributed and scheduled" in said.stdout
    for name, _, panel, _ in COMMANDS:
        assert f"│ {name} " in said.stdout
        assert f"─ {panel} ─" in said.stdout
    assert "\x1b" not in said.stdout


def test_help_loads_nothing_heavy() -> None:
    code = f"""
import sys
from typer.testing import CliRunner
from netpulse_core.cli import app
assert CliRunner().invoke(app, ["--help"]).exit_code == 0
sys.exit(" ".join(name for name in {HEAVY!r} if name in sys.modules) or None)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [name for name, *_ in COMMANDS])
def test_each_command_is_there_and_explains_itself(name: str) -> None:
    assert load(name).name == name
    said = CliRunner().invoke(app, [name, "--help"])
    assert said.exit_code == 0
    assert f"netpulse {name}" in said.output.replace("root", "netpulse")


def test_the_exit_codes_stand_in_the_help_of_run(netpulse: Netpulse) -> None:
    said = netpulse("run", "--help").stdout
    for code in ("0", "1", "2", "3", "4", "5", "6", "130"):
        assert any(line.split()[:1] == [code] for line in said.splitlines()), code


def test_no_word_at_all_is_help() -> None:
    said = CliRunner().invoke(app, [])
    assert "Usage" in said.output


def test_commands_called_without_one_are_their_help_and_no_error(netpulse: Netpulse) -> None:
    said = netpulse("config")
    assert (said.returncode, said.stderr) == (2, "")
    assert "restore-plan" in said.stdout


def test_a_command_that_is_not_there_is_one_line_and_its_hint(netpulse: Netpulse) -> None:
    said = netpulse("devicez")
    assert said.returncode == 2
    assert said.stderr.splitlines() == [
        "error: No such command 'devicez'. Did you mean 'devices'?",
        "hint: see `netpulse --help`",
    ]


def test_the_version() -> None:
    said = CliRunner().invoke(app, ["--version"])
    assert said.exit_code == 0
    assert said.output.startswith("netpulse ")
