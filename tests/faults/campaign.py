"""Many seeds: each in a process of its own, some beside each other, each kept so that an interrupted one goes on."""

import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.faults.installation import Kind

Seed = tuple[Kind, int]
ROOT = Path(__file__).parents[2]
LONGEST, GOODBYE = 900.0, 60.0
"""Seconds in which a seed is over, for all that is waited for in it is bounded, and in which it takes itself down."""

TRIES = 2
"""A seed that came to no result, for want of a port say, is tried once more."""


def code() -> str:
    """Return a hash of the program and of these tests: results of other code are no results."""
    found = hashlib.sha256()
    for folder in ("netpulse_core", "tests/faults", "tests/servers"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                found.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return found.hexdigest()[:12]


class Campaign:
    """Runs seeds; those whose result, of this very code, lies in the folder already are not run again."""

    def __init__(self, folder: Path, wanted: Sequence[Seed], *, at_once: int, keep: bool) -> None:
        self.results: list[dict[str, Any]] = []
        self._folder = folder
        self._wanted = wanted
        self._at_once = at_once
        self._keep = keep
        self._lost: list[str] = []
        self._lock = threading.Lock()
        self._code = code()
        self._began = time.monotonic()

    def run(self) -> None:
        """Run what is not there yet, and say of each seed what came of it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(self._at_once) as pool:
            list(pool.map(self._run, self._wanted))

    @property
    def problems(self) -> list[str]:
        """What was violated, and the seeds that came to no result, each with where to look."""
        return [*self._violated(), *self._lost]

    def _run(self, seed: Seed) -> None:
        path = self._folder / f"{seed[0]}-{seed[1]:02}.json"
        for _ in range(TRIES):
            if self._result(path) is None:
                self._once(seed, path)
        result = self._result(path)
        with self._lock:
            if result is None:
                self._lost.append(f"{seed[0]} {seed[1]} came to no result: {path.with_suffix('.log')}")
            else:
                self.results.append(result)
            self._tell(seed, result)

    def _once(self, seed: Seed, path: Path) -> None:
        command = [sys.executable, "-m", "tests.faults", "--one", seed[0], str(seed[1]), "--out", str(path)]
        with path.with_suffix(".log").open("a") as log:
            process = subprocess.Popen(
                [*command, *(["--keep"] if self._keep else [])], cwd=ROOT, stdout=log, stderr=log
            )
            try:
                process.wait(LONGEST)
            except subprocess.TimeoutExpired:
                log.write("it did not end in time\n")
                process.terminate()
                process.wait(GOODBYE)

    def _result(self, path: Path) -> dict[str, Any] | None:
        try:
            result: dict[str, Any] = json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return result if result.get("code") == self._code else None

    def _violated(self) -> Iterator[str]:
        for result in self.results:
            for one in result["violations"]:
                where = f"{result['kind']} {result['seed']}: {one['what']}: {one['where']}"
                yield f"{where}\n{one['evidence']}\nall of it: {result['evidence']}\n"

    def _tell(self, seed: Seed, result: dict[str, Any] | None) -> None:
        done, minutes = len(self.results) + len(self._lost), (time.monotonic() - self._began) / 60
        said = "no result" if result is None else f"{len(result['violations'])} violations in {result['lasted']:.0f} s"
        pushes = sum(one["pushes"] for one in self.results)
        violations = sum(len(one["violations"]) for one in self.results)
        print(
            f"{seed[0]} {seed[1]}: {said}; so far {done} of {len(self._wanted)} seeds, {pushes:,} pushes, "
            f"{violations} violations, {minutes:.1f} min",
            flush=True,
        )
