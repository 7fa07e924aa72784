"""`python -m tests.fuzz.program`: services with things in them, which are put back at each line that is sent."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from netpulse_core import settings
from netpulse_core.api.server import Server
from netpulse_core.controller import NetPulse
from netpulse_core.ledger import freezetables
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.outcome import Outcome
from tests.api import test_openapi as things
from tests.api.service import ADA, Hand, write_site
from tests.api.test_openapi import prepare, tidy

BEAT = 3.0
"""Seconds between the heartbeats of the hand; its lease is longer."""

MADE = "clocks"
"""The schedule that the document has as its example of one to make."""


def _schedules(ledger: Ledger) -> None:
    things.schedules(ledger)
    if MADE in {status.name for status in ledger.schedules.all()}:
        ledger.schedules.remove(MADE, ADA.name)


def _freezes(ledger: Ledger) -> None:
    with ledger.database.write() as connection:
        for table in (freezetables.freeze_devices, freezetables.freeze_revisions, freezetables.freezes):
            connection.execute(delete(table))
    things.a_freeze(ledger)


PARTS: Mapping[str, Callable[[Ledger], None]] = {
    "/v1/keys": things.a_key,
    "/v1/brakes": things.troubled_logins,
    "/v1/breakers": things.troubled_logins,
    "/v1/hostkeys": things.troubled_logins,
    "/v1/schedules": _schedules,
    "/v1/freezes": _freezes,
    "/v1/files": things.a_file,
    "/v1/webhooks": things.given_up,
}
"""What an operation may take away that stands in the ledger by itself."""

OF_RUNS = ("/v1/runs", "/v1/configs", "/v1/hooks", "/run")
"""How paths begin or end whose operations make runs or need one."""


class Things:
    """What stands in the ledger: one of everything, as the examples of the document name it."""

    def __init__(self, netpulse: NetPulse) -> None:
        self.netpulse = netpulse
        self.hand = Hand(netpulse)
        self._run = ""

    def put_back(self, path: str) -> str:
        """Put back what an operation of this path may have taken away, and return the id of the run there is."""
        part = next((part for start, part in PARTS.items() if path.startswith(start)), None)
        if not self._run or path.endswith(OF_RUNS) or path.startswith(OF_RUNS):
            if self._run:
                tidy(self, self._run)
            self._run = prepare(self)
        if path.endswith("/rerun"):
            self.hand.conclude(self.hand.claim(), Outcome.UNREACHABLE)
        if part is not None:
            part(self.netpulse.ledger)
        return self._run

    def beat(self, ended: threading.Event) -> None:
        """Keep the hand alive, as a worker does however long nothing is asked of it."""
        while not ended.wait(BEAT):
            self.netpulse.ledger.nodes.heartbeat(self.hand.node, sessions=0)


def serve(folder: Path, told: dict[str, Any]) -> None:
    """Serve until an empty line comes; say where and for whom, and put back what each other line names a path of."""
    with NetPulse.open(settings.load(write_site(folder), **told)) as netpulse:
        server = Server(netpulse, host="127.0.0.1", port=0)
        server.start()
        ended = threading.Event()
        try:
            held = Things(netpulse)
            threading.Thread(target=held.beat, args=[ended], daemon=True).start()
            keys = [netpulse.ledger.keys.create(name, ADA.role, by="test").key for name in (ADA.name, "bob")]
            _say(json.dumps({"url": server.url, "keys": keys, "process": os.getpid()}))
            while path := sys.stdin.readline().strip():
                _say(json.dumps({"run": held.put_back(path)}))
        finally:
            ended.set()
            server.stop()


def main() -> None:
    """Serve one site after the other, each in a process of its own that need not import everything again."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    for line in sys.stdin:
        asked = json.loads(line)
        if (process := os.fork()) == 0:
            os.dup2(os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
            serve(Path(asked["folder"]), asked["told"])
            sys.exit()
        _, status = os.waitpid(process, 0)
        _say(json.dumps({"ended": os.waitstatus_to_exitcode(status)}))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
