"""A server process that cannot outlive the tests, however they end."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from signal import SIGKILL, SIGSTOP, Signals

from netpulse_core.testing.ports import free_port as free_port


class ServerMissing(Exception):
    """A server is not installed, or cannot be run here; the message says which and why."""


class ServerFailed(Exception):
    """A server that is installed did not do what it should; the message holds its last words."""


# The shell stands between: each line it reads is a signal for the server, and the end of its input (which comes
# even when the tests are killed with -9) is the last signal. Descriptor 3, since `&` gives stdin to /dev/null.
GUARD = """
last=$1; shift; exec 3<&0
"$@" 3<&- </dev/null & server=$!
{ while read -r name; do kill -s "$name" "$server"; done <&3; kill -s "$last" "$server"; } & reader=$!
exec 3<&-
wait "$server"; status=$?
kill "$reader" 2>/dev/null; wait "$reader"
exit "$status"
"""


class Process:
    """One run of one server's command, in a session of its own so that Ctrl-C does not reach it."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        last: Signals = SIGKILL,
        user: tuple[int, int] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        with log.open("ab") as words:
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", GUARD, "guard", last.name.removeprefix("SIG"), *command],
                stdin=subprocess.PIPE,
                stdout=words,
                stderr=words,
                start_new_session=True,
                env=env,
                user=user[0] if user else None,
                group=user[1] if user else None,
                extra_groups=[] if user else None,
            )

    @property
    def running(self) -> bool:
        """Whether the server has not ended yet."""
        return self._guard.poll() is None

    def signal(self, number: Signals) -> None:
        """Send the server a signal, if it still runs."""
        stdin = self._guard.stdin
        if stdin is not None and not stdin.closed and self.running:
            try:
                stdin.write(f"{number.name.removeprefix('SIG')}\n".encode())
                stdin.flush()
            except BrokenPipeError:
                pass  # it ended between the question and the signal

    def freeze(self, within: float = 10) -> None:
        """Stop the server where it stands, and return once it has; `signal(SIGCONT)` lets it go on."""
        self.signal(SIGSTOP)
        limit = time.monotonic() + within
        while not _has_a_stopped_child(self._guard.pid):
            if time.monotonic() > limit:
                raise ServerFailed(f"not frozen within {within:.0f} s")
            time.sleep(0.005)

    def end(self, number: Signals | None = None, within: float = 15) -> None:
        """Wait until the server is gone: asked with a signal first, by force after that time."""
        if number is not None:
            self.signal(number)
            try:
                self._guard.wait(within)
            except subprocess.TimeoutExpired:
                self.signal(SIGKILL)
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        self._guard.wait(within)

    def wait_until(self, ready: Callable[[], bool], what: str, within: float = 20) -> None:
        """Return once it is ready; raise with the server's last words when it dies or takes too long."""
        limit = time.monotonic() + within
        while not ready():
            if not self.running or time.monotonic() > limit:
                words = self.log.read_text(errors="replace")[-2000:]
                self.end()
                raise ServerFailed(f"{what} did not get ready within {within:.0f} s:\n{words}")
            time.sleep(0.02)


def _has_a_stopped_child(parent: int) -> bool:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = stat.read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue  # it ended while it was looked at
        if int(ppid) == parent and state == "T":
            return True
    return False
