"""The process `netpulse worker`."""

import logging

from netpulse_core.controller import opened
from netpulse_core.settings import Settings
from netpulse_core.worker import descriptors
from netpulse_core.worker.node import Node
from netpulse_core.worker.serving import settle
from netpulse_core.worker.signals import Signals

log = logging.getLogger(__name__)


def run(settings: Settings) -> bool:
    """Work until SIGTERM or SIGINT, then drain; False where changes are in doubt. The second one ends the grace."""
    signals = Signals()
    found = opened(settings, signals.come)
    if found is None:
        return True
    descriptors.allow(settings.max_sessions)
    with found as netpulse:
        node = Node(netpulse)
        node.start()
        settle(settings)
        signals.wait()
        signals.at_the_next(node.hurry)
        log.info("worker %s is stopping: it claims nothing more", node.name)
        return node.stop()
