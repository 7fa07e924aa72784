"""One `netpulse scheduler` whose machine's clock is so many seconds off, started again whenever it ended."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from signal import SIGKILL, SIGTERM

from tests.servers.process import Process

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
SAYS = b"schedules: "
OFF = """
import sys, time
off = float(sys.argv[1])
clock, nanoseconds = time.time, time.time_ns
time.time = lambda: clock() + off
time.time_ns = lambda: nanoseconds() + int(off * 1e9)
sys.argv[1:2] = []
from netpulse_core.__main__ import main
main()
"""
"""Where libfaketime is not installed, Python's own clocks are off, and those of C are not."""


def how() -> str:
    """Say how clocks are made wrong here."""
    return "libfaketime" if LIBRARY.exists() else "Python's `time.time` alone, for want of libfaketime"


class Scheduler:
    """A process and its supervisor's two questions: is it at work, and has it ended."""

    def __init__(self, number: int, skew: float, site: Path, logs: Path, env: Mapping[str, str]) -> None:
        self.skew = skew
        words = ["--site", str(site), "scheduler"]
        python = [sys.executable, "-W", "ignore"]
        clean = {key: value for key, value in os.environ.items() if not key.startswith("NETPULSE_")}
        self._env = {**clean, "NETPULSE_LOG_LEVEL": "INFO", **env}
        if skew and LIBRARY.exists():
            self._env |= {"LD_PRELOAD": str(LIBRARY), "FAKETIME": f"{skew:+}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        if skew and not LIBRARY.exists():
            self._command = [*python, "-c", OFF, str(skew), *words]
        else:
            self._command = [*python, "-m", "netpulse_core", *words]
        self.log = logs / f"scheduler-{number}.log"
        self._started()

    def _started(self) -> None:
        self._seen = self.log.stat().st_size if self.log.exists() else 0
        self._process = Process(self._command, self.log, env=self._env)

    @property
    def at_work(self) -> bool:
        """Whether it has read the files, and so fires what is due."""
        return self._process.running and SAYS in self.log.read_bytes()[self._seen :]

    def revive(self) -> None:
        """Start it again where it ended by itself, as one does whose ledger is away when it starts."""
        if not self._process.running:
            self._process.end()
            self._started()

    def kill(self) -> None:
        """End it with -9, and start it again."""
        self._process.end(SIGKILL)
        self._started()

    def stop(self) -> None:
        """Let it end at a SIGTERM."""
        self._process.end(SIGTERM)
