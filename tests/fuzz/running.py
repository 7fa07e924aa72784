"""A service in a process of its own, so that what it logs and the memory it holds are its own too."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.api.test_openapi import HOOK_SECRET

ROOT = Path(__file__).parents[2]
UNBOUNDED = {"requests_per_key": 0, "requests_per_address": 0}
"""What is asked is to reach the routes, and not to be refused for how often it is asked."""


class Program:
    """The process that every service is forked from, one after the other."""

    def __init__(self) -> None:
        self._process = _started()
        self.waits = False

    def ready(self) -> None:
        """Begin anew where a test was ended while it waited for an answer: the next line would be that answer."""
        if self.waits:
            self._process.kill()
            self._process.communicate()
            self._process, self.waits = _started(), False

    def ask(self, line: str) -> str:
        """Send a line, and return the one that it is answered with."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self.waits = True
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        self.waits = False
        return answer

    def close(self) -> None:
        """End it: it ends with its input."""
        self.ready()
        self._process.communicate()


def _started() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fuzz.program"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "NETPULSE_HOOK": HOOK_SECRET}, text=True,
    )  # fmt: skip


class Running:
    """A service as its callers and its operator see it."""

    def __init__(self, program: Program, folder: Path, told: dict[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        program.ready()
        self.log = folder / "service.log"
        self._program, self._ended = program, False
        asked = {"folder": str(folder / "site"), "log": str(self.log), "told": {**UNBOUNDED, **told}}
        said = self._ask(json.dumps(asked))
        self.url, self.keys, self._process = said["url"], said["keys"], said["process"]

    def put_back(self, path: str) -> str:
        """Have the service hold again what operations of a path take away; return the id of the run that it has."""
        return str(self._ask(path)["run"])

    def memory(self, of: str = "VmRSS") -> int:
        """Return the bytes of memory that the process holds; of `VmHWM`, the most it ever held."""
        said = Path(f"/proc/{self._process}/status").read_text()
        found = re.search(rf"^{of}:\s+(\d+) kB$", said, re.MULTILINE)
        assert found
        return int(found[1]) * 1024

    def tracebacks(self) -> list[str]:
        """Return the last line of each traceback in the log: what nobody had an answer for."""
        raised = self.log.read_text(errors="replace").split("Traceback (most recent call last):\n")[1:]
        return [next((line for line in one.splitlines() if not line.startswith(" ")), "") for one in raised]

    def end(self) -> None:
        """End the service in order."""
        if self._ended or self._program.waits:
            return
        said = json.loads(self._program.ask(""))
        assert said == {"ended": 0}, f"{said}: {self.log.read_text(errors='replace')[-2000:]}"

    def _ask(self, line: str) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self._program.ask(line) or "{}")
        self._ended = "ended" in said
        assert not self._ended, f"the service has ended: {self.log.read_text(errors='replace')[-2000:]}"
        return said


@contextmanager
def running(program: Program, folder: Path, **told: Any) -> Iterator[Running]:
    """Run a service over a fresh site and ledger until left."""
    service = Running(program, folder, told)
    try:
        yield service
    finally:
        service.end()
