"""Opening a site whose ledger may still be starting: after a power cut nobody knows who is up first."""

import logging
import time
from collections.abc import Callable
from contextlib import closing

from netpulse_core.controller.netpulse import NetPulse
from netpulse_core.errors import ServiceError
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.settings import Settings

log = logging.getLogger(__name__)

PATIENCE = 300.0
"""Seconds to wait for the ledger: longer than a database takes to recover, and no longer than nobody should notice."""

BETWEEN = 2.0
"""Seconds between two attempts."""


def opened(settings: Settings, stopped: Callable[[float], bool]) -> NetPulse | None:
    """Open a site, waiting for a ledger that does not answer; None where the process is to stop meanwhile.

    `stopped` waits so many seconds for the word to stop. ServiceError says at once what waiting does not mend, a ledger
    of another version say, and after `PATIENCE` that it is still away.
    """
    if not _answers(settings, stopped):
        return None
    netpulse = NetPulse.open(settings)
    netpulse.ledger.follow()
    return netpulse


def _answers(settings: Settings, stopped: Callable[[float], bool]) -> bool:
    until, told = time.monotonic() + PATIENCE, False
    with closing(Ledger(settings.ledger_url)) as ledger:
        while True:
            try:
                ledger.require_answer()
            except ServiceError as error:
                if time.monotonic() >= until:
                    raise
                log.warning("waiting for the ledger, at most %.0f s more: %s", until - time.monotonic(), error)
                told = True
            else:
                if told:
                    log.warning("the ledger answers")
                return True
            if stopped(BETWEEN):
                log.warning("stopped before the ledger answered")
                return False
