"""A herd over one ledger: workers claim, cross, conclude and retry while urgent runs come in and others are cancelled.

Each worker watches the devices through files that only one may hold, so that it needs no ledger to see an overlap.
As a program it is one more process of the herd: `python -m tests.ledger.herd URL FOLDER NAME`.
"""

import os
import random
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from netpulse_core.errors import Conflict, Refused
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, Step
from netpulse_core.model.runbook import Queue
from tests.ledger.work import OK, REVISION, accepted, on

DEVICES = [f"d{number}" for number in range(24)]
FAILED = Conclusion(outcome=Outcome.FAILED)
AGAIN = Conclusion(outcome=Outcome.UNREACHABLE, retry_in=0.0)
SLOTS = 6


class Herd:
    """Some threads of one process; what they saw go wrong is in `wrong`."""

    def __init__(self, ledger: Ledger, folder: Path, name: str) -> None:
        self.ledger = ledger
        self.folder = folder
        self.wrong: list[str] = []
        self.claimed = 0
        self._name = name
        self._threads: list[threading.Thread] = []
        self._submitting = 0
        self._lock = threading.Lock()

    def work(self, workers: int) -> None:
        """Start so many nodes that share all devices as FIFO work."""
        for number in range(workers):
            self._start(self._node, f"{self._name}-{number}")

    def disturb(self, runs: int) -> None:
        """Insert urgent runs, and cancel some of them."""
        self._submitting += 1
        self._start(self._submit, runs)

    def join(self) -> None:
        """Wait for every thread."""
        for thread in self._threads:
            thread.join(30)
            if thread.is_alive():
                self.wrong.append(f"{thread.name} hangs")

    def _start(self, target: Callable[..., None], *args: object) -> None:
        def guarded() -> None:
            try:
                target(*args)
            except Exception as error:  # noqa: BLE001  whatever a caller would have heard of
                self.wrong.append(f"{type(error).__name__}: {error}")

        self._threads.append(threading.Thread(target=guarded, daemon=True))
        self._threads[-1].start()

    def _submit(self, runs: int) -> None:
        try:
            self._insert_and_cancel(runs)
        finally:
            with self._lock:
                self._submitting -= 1

    def _insert_and_cancel(self, runs: int) -> None:
        for number in range(runs):
            some = random.sample(DEVICES, 8)
            run = accepted(self.ledger, *some, priority=9, queue=Queue.FIFO, changes=number % 2 == 0)
            if number % 3 == 0:
                self._cancel(run)

    def _cancel(self, run: str) -> None:
        with suppress(Conflict):  # it was quicker
            self.ledger.stopping.cancel(run, "eve")

    def _node(self, name: str) -> None:
        self.ledger.nodes.join(name, name=name, revision=REVISION, slots=SLOTS, fifo_only=True)
        done: list[tuple[Claim, Conclusion]] = []
        while not self.wrong and (done or self._submitting or self.ledger.runs.page(finished=False)):
            claims, _ = self.ledger.claims.turn(name, done, SLOTS, fifo_only=True)
            self.claimed += len(claims)
            if len(claims) > SLOTS or len({claim.key for claim in claims}) != len(claims):
                self.wrong.append(f"{name} got {len(claims)} claims for {SLOTS} slots")
            for claim in claims:
                self._take(claim)
            done = [(claim, self._did(claim, name)) for claim in claims]
            for claim in claims:
                self._let_go(claim)
            if not claims:
                time.sleep(0.01)

    def _did(self, claim: Claim, name: str) -> Conclusion:
        if claim.changes:
            try:
                self.ledger.claims.cross(claim, name, on())
            except Refused:
                return FAILED
        steps = (Step(label="show clock", body=f"{claim.device} {random.randrange(3)}"),)
        return random.choice([OK, OK, FAILED, AGAIN, Conclusion(outcome=Outcome.OK, steps=steps)])

    def _take(self, claim: Claim) -> None:
        try:
            os.close(os.open(self.folder / claim.key, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            self.wrong.append(f"{claim.key} is held twice")

    def _let_go(self, claim: Claim) -> None:
        (self.folder / claim.key).unlink(missing_ok=True)


def main(url: str, folder: str, name: str) -> int:
    """Be one process of the herd; what went wrong is printed."""
    with closing(Ledger(url)) as ledger:
        herd = Herd(ledger, Path(folder), name)
        herd.disturb(4)
        herd.work(3)
        herd.join()
    sys.stdout.write("\n".join(herd.wrong))
    sys.stderr.write(f"claimed {herd.claimed}")
    return 1 if herd.wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
