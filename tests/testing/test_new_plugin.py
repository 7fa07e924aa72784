"""`netpulse plugin new`: what it writes can be installed, and its tests pass at once, with no network."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from netpulse_core.cli import app
from netpulse_core.testing import scaffold
from tests.testing.authors import install, run_tests

THOROUGH = [pytest.param(kind, marks=pytest.mark.thorough) for kind in scaffold.KINDS if kind != "placement"]


@pytest.fixture
def netpulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Type `netpulse plugin new` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, ["plugin", "new", *words], prog_name="netpulse")


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["placement", *THOROUGH])
def test_a_new_plugin_is_installed_and_passes_its_tests(
    kind: str, netpulse: Callable[..., Result], tmp_path: Path
) -> None:
    name = f"acme-{kind}s"
    made = netpulse(name, "--kind", kind)
    assert made.exit_code == 0, made.stderr
    assert f"a {kind} of your own in" in made.stdout
    install(tmp_path / name, tmp_path / "installed")
    ran = run_tests(tmp_path / name, tmp_path / "installed")
    assert ran.returncode == 0, ran.stdout
    assert " passed in " in ran.stdout
    assert "skipped" not in ran.stdout


@pytest.mark.parametrize("kind", scaffold.KINDS)
def test_it_is_whole(kind: str, tmp_path: Path) -> None:
    scaffold.create(tmp_path, "acme-one", kind)
    files = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert sorted(files) == [
        ".github/workflows/test.yml",
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "src/acme_one.py",
        "tests/test_acme_one.py",
        "tests/test_installed.py",
    ]
    workflow = files.pop(".github/workflows/test.yml")
    assert "${{ matrix.python }}" in workflow
    assert workflow.index('pip install "$NETPULSE"') < workflow.index("pip install -e")
    assert [name for name, text in files.items() if "$" in text] == []
    ruff = [sys.executable, "-m", "ruff", "check", "."]
    assert (
        subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False).stdout == "All checks passed!\n"
    )


def test_its_files_are_told_to_a_program(netpulse: Callable[..., Result], tmp_path: Path) -> None:
    said = json.loads(netpulse("acme-one", "--kind", "runbook", "--into", "here", "--json").stdout)
    assert (said["name"], said["kind"], said["folder"]) == ("acme-one", "runbook", "here")
    assert all((tmp_path / file).is_file() for file in said["files"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("x", "--kind", "chek"), 5, "did you mean 'check'?"),
        (("x", "--kind", "drivers"), 5, "did you mean 'driver'?"),
        (("Acme", "--kind", "driver"), 2, "'Acme' is no name of a plugin"),
        (("a--b", "--kind", "driver"), 2, "is no name of a plugin"),
        (("class", "--kind", "driver"), 2, "is no name of a plugin"),
        (("../acme", "--kind", "driver"), 2, "is no name of a plugin"),
        (("json", "--kind", "driver"), 5, "a Python module 'json' already"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_begun_is_refused_and_nothing_written(
    words: tuple[str, ...], code: int, said: str, netpulse: Callable[..., Result], tmp_path: Path
) -> None:
    refused = netpulse(*words)
    assert said in refused.stderr
    assert refused.exit_code == code, refused.stderr
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(netpulse: Callable[..., Result], tmp_path: Path) -> None:
    mine = tmp_path / "acme" / "README.md"
    mine.parent.mkdir()
    mine.write_text("mine")
    refused = netpulse("acme", "--kind", "driver")
    assert "README.md would be overwritten" in refused.stderr
    assert [path.name for path in mine.parent.iterdir()] == ["README.md"]


@pytest.mark.parametrize("made", ["new", "example"])
def test_pip_is_never_sent_to_an_index_for_the_name_of_netpulse(made: str, tmp_path: Path) -> None:
    scaffold.create(tmp_path, "acme-one", "driver")
    folder = tmp_path if made == "new" else Path(__file__).parents[2] / "examples" / "acme-driver"
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert not [one for one in wanted if one.startswith("netpulse")]
