"""docs/plugin-authors.md: each command is typed, each example is run, and no key or fixture is missing."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from netpulse_core import errors, testing
from netpulse_core.lab.script import Line, Script
from netpulse_core.model.outcome import outcome_of
from netpulse_core.testing import plugin, scaffold
from tests.testing.authors import install, run_tests

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "plugin-authors.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.thorough
def test_each_command_does_what_the_page_says(tmp_path: Path) -> None:
    (commands,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    folder, installed, typed = tmp_path, tmp_path / "installed", 0
    bin_first = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in commands.splitlines():
        match shlex.split(command):
            case ["pip", "install", "/srv/netpulse[testing]"]:  # it is there, as far as it is needed
                assert "testing" in PROJECT["optional-dependencies"]
            case ["pip", "install", "-e", ".[test]"]:
                install(folder, installed)
            case ["cd", where]:
                folder = folder / where
            case words:
                done = subprocess.run(
                    words,
                    cwd=folder,
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=110,
                    env={**os.environ, "PATH": bin_first, "PYTHONPATH": str(installed)},
                )
                assert done.returncode == 0, done.stdout + done.stderr
                typed += 1
    assert typed == 4


@pytest.mark.thorough
@pytest.mark.parametrize("number", [0, 1, 3, 6])
def test_each_example_passes(number: int, tmp_path: Path) -> None:
    (tmp_path / "banner.py").write_text(EXAMPLES[2])  # the plugin that the example below it tests
    (tmp_path / "strip.py").write_text(EXAMPLES[5])  # likewise
    (tmp_path / "test_example.py").write_text(EXAMPLES[number])
    ran = run_tests(tmp_path, tmp_path)
    assert ran.returncode == 0, ran.stdout
    assert len(EXAMPLES) == 7


def test_the_example_of_a_route_adds_one_that_may_be_served() -> None:
    there: dict[str, Any] = {}
    exec(compile(EXAMPLES[4], "example", "exec"), there)
    app = FastAPI()
    there["prepare_api"](app)
    assert "/owner" in {getattr(route, "path", "") for route in app.routes}


def test_no_key_fixture_kind_or_contract_is_missing() -> None:
    named = set(re.findall(r"`([A-Za-z_]\w*)`", PAGE))
    asked = {one.name for one in (*fields(Line), *fields(Script))} | set(scaffold.KINDS)
    asked |= {name for name, value in vars(plugin).items() if type(value).__name__ == "FixtureFunctionDefinition"}
    asked |= {name for name in testing.__all__ if name.endswith("Contract")}
    assert asked > {"site", "netpulse", "clock", "DriverContract"}
    assert sorted(asked - named) == []


def test_each_error_has_the_outcome_the_page_gives_it() -> None:
    rows = re.findall(r"^\| (`[A-Z].*?|another `DeviceError`.*?) \| (.+?)(?:;.*)? \|$", PAGE, re.MULTILINE)
    told: dict[str, str] = {}
    for raised, said in rows:
        names, outcomes = re.findall(r"`(\w+)`", raised), re.findall(r"`(\w+)`", said)
        if all(hasattr(errors, name) for name in names):
            told |= dict(zip(names, outcomes if len(outcomes) > 1 else outcomes * len(names), strict=True))
    assert len(told) == 14
    for name, outcome in told.items():
        kind = getattr(errors, name)
        error = kind.__new__(kind)  # its arguments are its own; the class alone decides
        assert (name, outcome_of(error)) == (name, outcome)
