"""The laws of the house: size, words and imports, of every file we keep."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from netpulse_core.api.described import described

ROOT = Path(__file__).parents[2]
ROOMS = ("netpulse_core", "plugins", "tests", "benchmarks", "examples")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
PACKAGES = sorted({path.parent for path in FILES if path.is_relative_to(ROOT / "netpulse_core")})
DEFAULT_REDIS_PORT = "6379"

# Third parties are loaded once, with warnings as errors; each module of ours is then imported alone, in a child that
# has none of the others. Names come in by stdin, and what fails goes out as JSON.
IMPORT_ALONE = """
import importlib, json, os, sys, traceback, warnings
warnings.filterwarnings("ignore", message=".*TripleDES.*")
for name in ("sqlalchemy.orm", "pydantic_settings", "fastapi", "netmiko", "nornir.core", "huey", "redis", "asyncssh",
             "typer", "httpx", "alembic", "uvicorn", "apscheduler.schedulers.background", "jinja2", "rich.live",
             "pytest", "ulid", "yaml", "pluggy"):
    importlib.import_module(name)
failed = {}
for name in sys.stdin.read().split():
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(name)
        except BaseException:
            os.write(writer, traceback.format_exc()[-4000:].encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        words = answer.read()
    os.waitpid(child, 0)
    if words:
        failed[name] = words
print(json.dumps(failed))
"""


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def modules() -> list[str]:
    """Every module that is there to be imported: not a program's door, not what alembic runs itself."""
    core = [path for path in FILES if path.is_relative_to(ROOT / "netpulse_core")]
    kept = [path for path in core if path.name != "__main__.py" and "migrations" not in path.parts]
    names = (path.relative_to(ROOT).with_suffix("").parts for path in kept)
    return [".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in names]


def test_no_file_is_long() -> None:
    long = {relative(path): count for path in FILES if (count := len(path.read_text().splitlines())) > 300}
    assert not long


@pytest.mark.parametrize("package", PACKAGES, ids=relative)
def test_every_package_says_in_one_line_what_it_is(package: Path) -> None:
    init = package / "__init__.py"
    if "migrations" in init.parts and not init.exists():
        return  # alembic reads its folders as files
    docstring = ast.get_docstring(ast.parse(init.read_text())) or ""
    assert docstring.endswith(".")
    assert "\n" not in docstring


def test_no_test_goes_near_a_developers_own_redis() -> None:
    tests = [path for path in FILES if path.is_relative_to(ROOT / "tests") and path != Path(__file__)]
    assert not [relative(path) for path in tests if DEFAULT_REDIS_PORT in path.read_text()]


def test_the_lock_names_no_place_packages_came_from() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.findall(r".*(?:://|--index-url|--extra-index-url|--find-links|--trusted-host|file:).*", lock)
    pins = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,-]+\])?(==)?", lock, re.MULTILINE)
    assert pins
    assert all(pins)


@pytest.mark.thorough
@pytest.mark.timeout(600)  # a child for each module: minutes where the machine is busy with other things
def test_every_module_imports_alone_without_a_warning() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_ALONE],
        input="\n".join(modules()),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=580,
    )
    assert done.returncode == 0, done.stderr
    failed: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    assert not failed, "\n".join(f"{name}:\n{words}" for name, words in failed.items())


def pages() -> list[Path]:
    """Every page of prose we keep."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", pages(), ids=relative)
def test_links_of_the_docs_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!\w+:)([^)#\s]+)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.thorough
def test_the_description_of_the_service_is_the_one_that_clients_were_promised() -> None:
    promised = (ROOT / "docs" / "openapi.json").read_text()
    assert described() == promised, "`make openapi` writes it again: look at what changed for clients"
