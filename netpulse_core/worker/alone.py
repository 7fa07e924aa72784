"""A job that runs alone in a process of its own, because its worker died under it.

The node keeps the claim, the lease and the gate: the process asks through a pipe whether it may pass, and answers with
what came of the job. How it ends otherwise is the job's own doing.
"""

import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import Any

from netpulse_core.controller import NetPulse
from netpulse_core.errors import NetPulseError, ServiceError
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, Problem, to_resolve
from netpulse_core.model.session import DeviceSession
from netpulse_core.onecore import anywhere
from netpulse_core.runs.job import Workshop, run_job, time_for
from netpulse_core.runs.stopper import Stopper
from netpulse_core.text import over
from netpulse_core.worker import frames
from netpulse_core.worker.gate import LedgerGate
from netpulse_core.worker.hands import Run, handed_back
from netpulse_core.worker.suspects import Stay, Suspects

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Such processes of one node: each loads a whole NetPulse, and all that ran when a node died come at once."""

START = 60.0
"""Seconds the process may take to load the site, on a busy machine."""

LATER = 15.0
"""Seconds until a job is tried again whose process could not be started."""

OVERTIME = 15.0
"""Seconds past its time after which a process that does not answer is killed."""

GOODBYE = 10.0
"""Seconds the process may take leave of its device, once it has said what came of the job."""


class Alone:
    """One attempt of a job in a process of its own, killed when it is asked to stop or does not return."""

    def __init__(
        self, claim: Claim, gate: LedgerGate, stopper: Stopper, netpulse: NetPulse, suspects: Suspects, stay: Stay
    ) -> None:
        self._claim = claim
        self._suspects, self._stay = suspects, stay
        self._gate = gate
        self._stopper = stopper
        self._told = frames.of_settings(netpulse.settings)
        self._revision = netpulse.site.revision
        self._taken = time.monotonic()
        self._begun = False
        """Whether the job itself may be why its process ends."""

    def concluded(self) -> Conclusion:
        """Run the job there and return what came of it."""
        try:
            process, line = self._started()
        except OSError as error:
            self._suspects.leave(self._stay)
            return handed_back(self._claim, f"no process could be started for it: {error}", LATER)
        try:
            conclusion = self._heard(line)
        except TimeoutError:
            process.kill()
            return self._late()
        except (over.Garbled, ValueError, TypeError, KeyError) as error:
            process.kill()
            return self._not_understood(str(error) if isinstance(error, over.Garbled) else type(error).__name__)
        except OSError:  # it ended without a conclusion
            process.kill()
            return self._ended(process.wait())
        except BaseException:
            process.kill()
            raise
        finally:
            line.close()
            try:
                threading.Thread(target=self._see_out, args=(process,), name="seen-out", daemon=True).start()
            except RuntimeError:  # the machine has no thread left
                self._see_out(process)
        return conclusion

    def _started(self) -> tuple[subprocess.Popen[bytes], over.Line]:
        ours, theirs = socket.socketpair()
        # A session of its own: Ctrl-C is for its node, which decides what is broken off.
        with theirs, anywhere():
            process = subprocess.Popen(  # noqa: S603  our own program
                [sys.executable, "-m", "netpulse_core.worker.child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._stopper.heard_by(process.kill)
        return process, over.Line(ours)

    def _heard(self, line: over.Line) -> Conclusion:
        """Tell the process its job, answer at the gate, and return its conclusion; raise OSError where it ends."""
        line.send(self._told, seconds=START)
        ready, _ = line.receive(START)
        if "error" in ready:
            return self._unready(over.heard(ready["error"]))
        if ready["revision"] != self._revision:
            return self._blocked(f"the site is {ready['revision']} on disk, and this worker has {self._revision}")
        claim = replace(self._claim, left=self._claim.left - (time.monotonic() - self._taken))
        line.send(frames.of_claim(claim), seconds=START)
        first, _ = line.receive(max(0.01, self._taken + START - time.monotonic()))
        if "begun" not in first:
            raise over.Garbled(str(first.get("unknown", "it did not begin")))
        until = time.monotonic() + time_for(claim) + OVERTIME
        self._begun = True
        line.send({"begin": True}, seconds=START)
        while "conclusion" not in (said := line.receive(max(0.01, until - time.monotonic()))[0]):
            line.send(self._at_the_gate(DeviceSession(**said["cross"]), said["baseline"]), seconds=START)
        return frames.conclusion(said["conclusion"])

    def _at_the_gate(self, session: DeviceSession, baseline: str | None) -> dict[str, Any]:
        try:
            self._gate.cross(session, baseline)
        except NetPulseError as error:
            return {"error": over.said(error), "lost": self._gate.lost}
        return {"crossed": True}

    def _unready(self, error: NetPulseError) -> Conclusion:
        if isinstance(error, ServiceError):
            return handed_back(self._claim, f"its process could not begin: {error}", LATER)
        return self._blocked(f"the site on disk cannot be read: {error}")

    def _blocked(self, why: str) -> Conclusion:
        problem = Problem(
            kind="Refused",
            message=f"{self._claim.device}: its worker died under it, and it cannot run alone: {why}",
            hint="ask for the run again",
        )
        return Conclusion(outcome=Outcome.BLOCKED, problem=problem)

    def _late(self) -> Conclusion:
        if not self._begun:
            return handed_back(self._claim, f"its process was not ready within {START:g} s", LATER)
        seconds = time_for(self._claim)
        outcome = Outcome.TIMED_OUT if self._gate.close("its time was over") else Outcome.IN_DOUBT
        problem = Problem(
            kind="TimedOut",
            message=f"{self._claim.device}: its process was not done within {seconds:.4g} s, and was killed",
            hint="" if outcome is Outcome.TIMED_OUT else to_resolve(self._claim.run, self._claim.device),
        )
        return Conclusion(outcome=outcome, problem=problem, elapsed=time.monotonic() - self._taken)

    def _ended(self, status: int) -> Conclusion:
        claim, how, took = self._claim, _in_words(status), time.monotonic() - self._taken
        if self._stopper.asked:
            problem = Problem(
                kind="Cancelled", message=f"{claim.device}: cancelled while it was at work; it was killed"
            )
            return Conclusion(outcome=Outcome.CANCELLED, problem=problem, elapsed=took)
        if not self._gate.close("its process ended"):
            problem = Problem(
                kind="InDoubt",
                message=f"{claim.device}: its process ended in the middle of the change: {how}",
                hint=to_resolve(claim.run, claim.device),
            )
            return Conclusion(outcome=Outcome.IN_DOUBT, problem=problem, elapsed=took)
        if not self._begun:
            return handed_back(claim, f"its process ended before it had begun: {how}", LATER)
        if status == -signal.SIGKILL and self._stay.had_company:
            # Where memory runs out, the kernel may have taken it for what another one used.
            why = f"its process was {how} while others ran beside it: it runs once more, beside none"
            return replace(handed_back(claim, why), crashed=True)
        log.error("job %d on %s ended its process, alone in it: %s; it is quarantined", claim.job, claim.device, how)
        problem = Problem(
            kind="Quarantined",
            message=f"{claim.device}: its worker died under it, and then the process it ran alone in: {how}",
            hint="look at what the runbook does there before it is asked for again",
        )
        return Conclusion(outcome=Outcome.QUARANTINED, problem=problem, elapsed=took)

    def _not_understood(self, why: str) -> Conclusion:
        """Conclude without what its process said: whatever that was, it is no death that the job is to blame for."""
        outcome = Outcome.FAILED if self._gate.close("its process was not understood") else Outcome.IN_DOUBT
        hint = "restart this worker if its code was replaced under it, then ask for the run again"
        problem = Problem(
            kind="NotUnderstood",
            message=f"{self._claim.device}: its process was not understood, and was killed: {why}",
            hint=hint if outcome is Outcome.FAILED else to_resolve(self._claim.run, self._claim.device),
        )
        return Conclusion(outcome=outcome, problem=problem, elapsed=time.monotonic() - self._taken)

    def _see_out(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(GOODBYE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._suspects.leave(self._stay)


def runs(netpulse: NetPulse, workshop: Workshop) -> Run:
    """Return how a node runs a job: in a thread, and alone in a process once a worker has died under it."""
    suspects = Suspects()

    def run(claim: Claim, gate: LedgerGate, stopper: Stopper) -> Conclusion:
        if not claim.crashes:
            return run_job(claim, gate, workshop, stopper)
        stay = suspects.enter(claim)
        if stay is None:
            return handed_back(claim, "it waits for others that run in a process of their own", LATER)
        return Alone(claim, gate, stopper, netpulse, suspects, stay).concluded()

    return run


def _in_words(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:  # a real-time signal has no name
        name = f"signal {-status}"
    return f"killed by {name}" + (" (as when memory runs out)" if -status == signal.SIGKILL else "")
