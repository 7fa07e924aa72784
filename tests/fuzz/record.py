"""What was asked already, kept so that what was interrupted goes on; `python -m tests.fuzz.record` shows it."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

from tests.api.test_openapi import operations
from tests.fuzz.asking import Result
from tests.fuzz.running import ROOT

FOLDER = ROOT / "build" / "fuzz"


@cache
def code() -> str:
    """Return a hash of the program and of these tests: results of other code are no results."""
    found = hashlib.sha256()
    files = (path for folder in ("netpulse_core", "tests/fuzz") for path in (ROOT / folder).rglob("*"))
    asked = [*files, ROOT / "tests" / "api" / "service.py", ROOT / "tests" / "api" / "test_openapi.py"]
    for path in sorted(asked):
        if path.is_file() and "__pycache__" not in path.parts:
            found.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return found.hexdigest()[:12]


def described() -> list[str]:
    """Return the operations of the document as `METHOD PATH`: those that change something first."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    found = [f"{method.upper()} {path}" for method, path, _ in operations(document)]
    return sorted(found, key=lambda one: (one.startswith("GET "), one))


def kept(operation: str, folder: Path = FOLDER) -> Result | None:
    """Return what came of an operation, where this very code was asked."""
    path = _path(operation, folder)
    if not path.exists():
        return None
    said = json.loads(path.read_text())
    return Result(**said["result"]) if said["code"] == code() else None


def keep(result: Result, folder: Path = FOLDER) -> None:
    """Keep what came of an operation."""
    path = _path(result.operation, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"code": code(), "result": asdict(result)}, indent=1))
    new.replace(path)


def table(results: Sequence[Result]) -> Iterator[str]:
    """Yield the lines of a table of results, and of what was found."""
    yield "| operation | examples | statuses | slowest, s | findings |"
    yield "|---|---|---|---|---|"
    for one in results:
        came = ", ".join(f"{status}: {count:,}" for status, count in sorted(one.statuses.items()))
        yield f"| `{one.operation}` | {one.examples:,} | {came} | {one.slowest:.2f} | {sum(one.found.values())} |"
    total = sum(one.examples for one in results)
    good = sum(count for one in results for status, count in one.statuses.items() if status.startswith("2"))
    seconds = sum(one.seconds for one in results)
    yield f"\n{len(results)} operations, {total:,} examples, {good:,} of them answered 2xx, {seconds / 60:.0f} minutes"
    for one in results:
        for fault, example in one.findings.items():
            yield f"\n{one.operation}: {fault}, {one.found[fault]} times\n  {example}"


def _path(operation: str, folder: Path) -> Path:
    return folder / (operation.replace("/", "-").replace(" ", "") + ".json")


def main() -> int:
    """Print what is known; 1 where an operation was not asked yet, or anything was found."""
    results = [result for one in described() if (result := kept(one))]
    missing = sorted(set(described()) - {one.operation for one in results})
    last = f"not asked yet: {', '.join(missing)}" if missing else "every operation was asked"
    sys.stdout.write("\n".join([*table(results), last, ""]))
    return 1 if missing or any(one.found for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
