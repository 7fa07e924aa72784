"""The process a job runs alone in: `python -m netpulse_core.worker.child FD`.

It opens the site as a node does, runs the one job it is told, says what came of it, and ends. What the job does to its
process it does to nobody else.
"""

import contextlib
import faulthandler
import logging
import os
import signal
import socket
import sys
import threading
from dataclasses import asdict
from queue import SimpleQueue
from typing import Any

from netpulse_core.controller import NetPulse
from netpulse_core.errors import NetPulseError, ServiceError
from netpulse_core.model.run import Claim, Conclusion
from netpulse_core.model.session import DeviceSession
from netpulse_core.runs.alarm import Alarm
from netpulse_core.runs.answers import Recalled
from netpulse_core.runs.job import run_job
from netpulse_core.runs.stopper import Stopper
from netpulse_core.settings import Settings
from netpulse_core.text import over
from netpulse_core.worker import frames
from netpulse_core.worker.gate import Overtime
from netpulse_core.worker.workshop import sessions, workshop

ORPHANED = 1
"""The exit status of one whose node died before its job had begun a change."""


def main() -> None:
    """Run one job."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # a service manager asks all at once: this one's node decides
    faulthandler.enable()
    logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL)  # the outcome tells of a connection that ends
    end = socket.socket(fileno=int(sys.argv[1]))
    end.set_inheritable(False)  # what the job starts would keep the line open after this process
    line = over.Line(end)
    with contextlib.suppress(ConnectionError):  # of the line: its node has died, and nobody is left to be told
        _serve(line)


def _serve(line: over.Line) -> None:
    try:
        netpulse = NetPulse.open(Settings(**line.receive()[0]))
    except NetPulseError as error:
        line.send({"error": over.said(error)})
        return
    with netpulse:
        line.send({"revision": netpulse.site.revision})
        try:
            said = line.receive()[0]
        except OSError:  # it works on another revision by now, or was stopped
            return
        try:
            claim = frames.claim(said)
        except (TypeError, ValueError, KeyError) as error:  # the code on disk is no longer that of its node
            line.send({"unknown": f"it does not understand its job ({type(error).__name__})"})
            return
        _run(netpulse, claim, line)


def _run(netpulse: NetPulse, claim: Claim, line: over.Line) -> None:
    pool, alarm = sessions(netpulse, lambda keys: None), Alarm()
    try:
        shop = workshop(netpulse, pool, alarm, NoShelf())
        line.send({"begun": True})  # until its node has heard that, how this process ends is not the job's doing
        line.receive()
        said: Conclusion = run_job(claim, PipedGate(line, claim), shop, Stopper())
        line.send({"conclusion": frames.of_conclusion(said)})
    finally:
        pool.close()
        alarm.close()


class NoShelf:
    """Knows no older answers: a suspect asks its device itself."""

    def find(self, key: str) -> Recalled | None:
        """Return nothing."""
        return None


class PipedGate:
    """The gate of the node, asked through the line."""

    def __init__(self, line: over.Line, claim: Claim) -> None:
        self._line = line
        self._claim = claim
        self._overtime = Overtime(claim)
        self._lock = threading.Lock()
        self._answers: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._closed: NetPulseError | None = None
        self._recorded: set[tuple[str, str | None]] = set()
        self.crossed = False
        self.lost = False
        self.refusal: NetPulseError | None = None
        threading.Thread(target=self._listen, name="gate", daemon=True).start()

    @property
    def open_for_changes(self) -> bool:
        """Whether this job may change its device at all."""
        return self._claim.changes

    def cross(self, session: DeviceSession, baseline: str | None = None) -> None:
        """Commit the point of no return, or raise: then nothing may be sent, however often it is asked."""
        with self._lock:
            if self._closed is not None:
                self.refusal = self._closed
                raise self._closed
            on = session.driver, session.name
            if self.crossed:
                self._refuse_overtime()
            else:
                self._overtime = Overtime(self._claim)
            if on in self._recorded:
                return
            self._line.send({"cross": asdict(session), "baseline": baseline})
            answer = self._answers.get()
            if "error" not in answer:
                self._recorded.add(on)
                return
            self.refusal, self.lost = over.heard(answer["error"]), answer["lost"]
            if not self.crossed:
                self._closed = self.refusal
            raise self.refusal

    def _refuse_overtime(self) -> None:
        try:
            self._overtime.refuse()
        except NetPulseError as error:
            self.refusal = error
            raise

    def _listen(self) -> None:
        try:
            while True:
                answer, _ = self._line.receive()
                self.crossed = self.crossed or "crossed" in answer
                self._answers.put(answer)
        except OSError:
            # Its node is gone. A change goes on to its end, which is better than half of it; nothing else does.
            if not self.crossed:
                os._exit(ORPHANED)
            self._answers.put({"error": over.said(ServiceError("the node of this job is gone")), "lost": False})


if __name__ == "__main__":
    main()
