"""The process `netpulse worker`."""

import logging
import signal
import threading

from netpulse_core.controller import NetPulse
from netpulse_core.settings import Settings
from netpulse_core.worker import collector
from netpulse_core.worker.node import Node

log = logging.getLogger(__name__)


def run(settings: Settings) -> bool:
    """Work until SIGTERM or SIGINT, then drain; False where jobs were left running when the grace was over."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with NetPulse.open(settings) as netpulse:
        node = Node(netpulse)
        node.start()
        collector.seldom()
        stop.wait()
        log.info("worker %s is stopping: it claims nothing more", node.name)
        return node.stop()
