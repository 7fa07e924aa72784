"""One life of an embedded NetPulse: it asks for one change, the same in every life, and says what came of it."""

import json
import sys
import time
from contextlib import closing
from pathlib import Path

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.embedded.process import Embedded
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.node import LEASE
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import RunRequest
from tests.ledger.work import pass_time

DEVICE = "leaf1"
LINE = "ntp server 192.0.2.1"
PATIENCE = 60.0
REQUEST = RunRequest(
    runbook="send_config", target=DEVICE, parameters={"lines": [LINE]}, deadline=86_400.0, idempotency_key="once"
)


def main(site: Path, past: float) -> None:
    """Live, so many seconds after the life before."""
    told = settings.load(site)
    if told.ledger_url and (told.state / "ledger.sqlite3").exists():
        with closing(Ledger(told.ledger_url)) as ledger:
            ledger.upgrade()
            pass_time(ledger, past)
    with Embedded(told, port=0, scheduler=False) as embedded:
        netpulse: NetPulse = embedded.netpulse
        run = netpulse.submit(REQUEST, LOCAL).run
        for _ in netpulse.watch(run):
            pass
        until = time.monotonic() + PATIENCE
        while (job := netpulse.jobs(run)[0]).outcome is Outcome.IN_DOUBT and time.monotonic() < until:
            time.sleep(0.2)  # somebody is looking into it
        runs = len(netpulse.runs())
        found = {"state": job.state, "outcome": job.outcome, "attempt": job.attempt, "runs": runs}
        sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) + LEASE)
