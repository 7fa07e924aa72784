"""The REST service beside a worker that only seems to live, so that what is accepted stays queued: `service SITE`."""

import sys
import threading
import time
from pathlib import Path

from benchmarks.side import serve
from netpulse_core import settings
from netpulse_core.api.server import Server
from netpulse_core.controller import NetPulse
from netpulse_core.model.node import HEARTBEAT


def main() -> None:
    """Serve until the end of input, and say where and with which key."""
    endless = settings.load(Path(sys.argv[1]), max_jobs=0, max_jobs_of_caller=0, max_jobs_of_device=0)
    with NetPulse.open(endless) as netpulse:
        server = Server(netpulse, host="127.0.0.1", port=0)
        server.start()
        threading.Thread(target=_seem_to_live, args=(netpulse,), daemon=True).start()
        key = netpulse.ledger.keys.create("benchmarks", "admin", by="benchmarks").key
        serve({"address": lambda: {"url": server.url, "key": key}})


def _seem_to_live(netpulse: NetPulse) -> None:
    """Own devices as a worker does, and renew the lease."""
    nodes = netpulse.ledger.nodes
    nodes.join("seeming", name="seeming", revision=netpulse.site.revision, slots=32, fifo_only=False)
    while nodes.heartbeat("seeming", sessions=0):
        time.sleep(HEARTBEAT)


if __name__ == "__main__":
    main()
