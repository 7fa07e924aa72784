"""Work for the ledger alone: runs that wait, and a node that concludes them without touching a device."""

import itertools
import time

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, NewRun, Step
from netpulse_core.model.runbook import Queue

DEVICES = 2000
NODE, REVISION = "benchmark", "r1"
LINES = "\n".join(f"GigabitEthernet0/{port} is up, line protocol is up, address 192.0.2.{port}" for port in range(24))


class Work:
    """A new ledger with one node, which owns every device."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._numbers = itertools.count()
        ledger.upgrade()
        ledger.nodes.join(NODE, name=NODE, revision=REVISION, slots=64, fifo_only=False)
        ledger.nodes.place({f"key{number}": NODE for number in range(DEVICES)})

    def rate(self, batch: int, seconds: float) -> float:
        """Return the jobs a second that turns of this size claim and conclude."""
        assert self.ledger.nodes.heartbeat(NODE, sessions=0), "the node's lease ended between two rounds"
        self._accept()
        done: list[tuple[Claim, Conclusion]] = []
        number, began = 0, time.perf_counter()
        while (passed := time.perf_counter() - began) < seconds:
            claims, _ = self.ledger.claims.turn(NODE, done, batch)
            if not claims:  # quicker than was thought
                break
            number += len(done)
            done = [(claim, _concluded(claim)) for claim in claims]
        self._finish(done)
        return number / passed

    def _accept(self) -> None:
        number = next(self._numbers)
        self.ledger.runs.accept(
            NewRun(
                id=f"run{number:08d}",
                runbook="send_commands",
                target="*",
                parameters={"commands": ["show version"]},
                changes=False,
                queue=Queue.NODE,
                timeout=60.0,
                attempts=1,
                priority=5,
                deadline=3600.0,
                caller="benchmark",
                revision=REVISION,
                idempotency_key=None,
                fingerprint="",
                devices=tuple((f"device{n}", f"key{n}") for n in range(DEVICES)),
            )
        )

    def _finish(self, done: list[tuple[Claim, Conclusion]]) -> None:
        """Leave nothing queued or held behind, so that each measurement begins alike."""
        while done:
            claims, _ = self.ledger.claims.turn(NODE, done, 500)
            done = [(claim, Conclusion(outcome=Outcome.OK)) for claim in claims]


def _concluded(claim: Claim) -> Conclusion:
    return Conclusion(
        outcome=Outcome.OK,
        steps=(Step(label="show version", body=f"{claim.device} {claim.job}\n{LINES}"),),
        session_reused=True,
        elapsed=0.03,
    )
