"""One process of NetPulse under a supervisor: it is started again whenever it ended."""

import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGABRT, SIGCONT, SIGKILL, SIGTERM

from tests.faults.spans import Span, joined
from tests.servers.process import Process, ServerFailed

LEASE = 2.5
"""Seconds, so that a seed sees many leases end; in life it is six times as long."""

GRACE = 8.0
"""Longer than a push may last."""

PATIENCE = GRACE + 20.0
"""Seconds from a SIGTERM in which a process must have ended by itself."""

STARTING = 30.0
"""Seconds that are waited for a process to be at work, where it is not to be hit while it starts."""

LOOKS = 0.3
"""Seconds between the supervisor's looks: a process whose ledger is away when it starts ends at once."""


class Program:
    """The command `netpulse WORDS`, on one site; it is at work once it `says` so in its log."""

    def __init__(
        self, name: str, words: Sequence[str], site: Path, logs: Path, env: Mapping[str, str], *, says: str
    ) -> None:
        self.name = name
        self._says = says.encode()
        self.idle: list[Span] = []
        """When it was not at work: it started, it was frozen, or it had ended."""
        python = [sys.executable, "-X", "faulthandler", "-W", "ignore"]
        self._command = [*python, "-m", "netpulse_core", "--site", str(site), *words]
        self._log = logs / f"{name}.log"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("NETPULSE_")}
        self._env = {**clean, "NETPULSE_LEASE": str(LEASE), "NETPULSE_GRACE": str(GRACE), **env}
        self._turn = threading.Lock()
        self._over = threading.Event()
        self._starting: float | None = None
        self._process = self._started()
        self._supervisor = threading.Thread(target=self._supervise, name=f"supervisor of {name}", daemon=True)
        self._supervisor.start()

    def kill(self, lived: float | None) -> None:
        """End it with -9 once it was at work for so long, or as it is now, and start it again.

        Hit again and again while it starts, as on a slow machine, it would never do anything.
        """
        with self._turn:
            self._live(lived)
            self._process.end(SIGKILL)
            self._process = self._started()

    def restart(self, lived: float | None) -> None:
        """Let it drain at a SIGTERM, and start it again; one that does not end is killed."""
        with self._turn:
            self._live(lived)
            self._drained()
            self._process = self._started()

    def freeze(self, lasts: float) -> None:
        """Stop it where it stands for so long."""
        with self._turn:
            try:
                self._process.freeze()
            except ServerFailed:
                return  # it had ended by itself
            began = time.time()
            time.sleep(lasts)
            self._process.signal(SIGCONT)
            self.idle.append((began, time.time()))

    @property
    def asleep(self) -> list[Span]:
        """When it was not at work, until now."""
        return joined([*self.idle, *([] if self._starting is None else [(self._starting, time.time())])])

    def drain(self) -> bool:
        """End it for good with a SIGTERM; False where it did not end by itself."""
        self._leave_it()
        return self._drained()

    def end(self) -> None:
        """End it for good, at once."""
        self._leave_it()
        self._process.end(SIGKILL)

    def _drained(self) -> bool:
        self._process.signal(SIGTERM)
        until = time.monotonic() + PATIENCE
        while (running := self._process.running) and time.monotonic() < until:
            time.sleep(0.05)
        self._process.end(SIGABRT if running else None)  # it writes where each of its threads stands
        return not running

    def _live(self, seconds: float | None) -> None:
        if seconds is None:
            return
        until = time.monotonic() + STARTING
        while not self._is_at_work() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(seconds)

    def _is_at_work(self) -> bool:
        with self._log.open("rb") as log:
            log.seek(self._log_began)
            return self._says in log.read()

    def _leave_it(self) -> None:
        self._over.set()
        self._supervisor.join()

    def _supervise(self) -> None:
        while not self._over.wait(LOOKS):
            self._notice()
            if not self._turn.acquire(blocking=False):
                continue  # it is being hit
            try:
                if not self._process.running:
                    self._process.end()
                    self._process = self._started()
            finally:
                self._turn.release()

    def _notice(self) -> None:
        """Note the end of a start."""
        if self._starting is not None and self._is_at_work():
            self.idle.append((self._starting, time.time()))
            self._starting = None

    def _started(self) -> Process:
        self._log_began = self._log.stat().st_size if self._log.exists() else 0
        self._starting = time.time() if self._starting is None else self._starting
        return Process(self._command, self._log, env=self._env)
