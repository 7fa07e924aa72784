"""The scheduler as a part of a process: a thread that ticks, and the process `netpulse scheduler` around it."""

import logging
import signal
import threading
import time

from netpulse_core.controller import NetPulse, opened
from netpulse_core.errors import NetPulseError, Refused
from netpulse_core.model.schedule import Schedule, Source
from netpulse_core.scheduler.ticker import Ticker
from netpulse_core.scheduler.watch import Watch
from netpulse_core.settings import Settings
from netpulse_core.timing.files import in_clear

log = logging.getLogger(__name__)

LONGEST_SLEEP = 1.0
"""Seconds between two looks at the ledger's clock: it may be set, and schedule files may change."""

PATIENCE = 30.0
"""Seconds that stopping waits for a tick under way, whose ledger may have stopped answering."""


class SchedulerService:
    """Fires the schedules of a site until it is stopped; any number of them may run over one ledger."""

    def __init__(self, netpulse: NetPulse) -> None:
        self._netpulse = netpulse
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
        self._watch: Watch | None = None
        self._look_at = 0.0
        self._changed: list[Schedule] | None = None
        self._sealed = False
        """Whether what the ledger knew from before there was a seal has been sealed."""
        self._ticker = Ticker(netpulse, None if netpulse.settings.schedules_wait else ())
        self._trouble = ""

    def start(self) -> None:
        """Begin ticking on a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop ticking; a fire under way is finished first."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self._contained())

    def _contained(self) -> float:
        try:
            pause = self._turn()
        except NetPulseError as error:
            self._tell(f"{error}; trying again", type(error).__name__)
            return LONGEST_SLEEP
        except Exception as error:  # noqa: BLE001  the process loop: a thread that ended here would never fire again
            self._tell(f"{type(error).__name__}: {error}; trying again", repr(error), exception=True)
            return LONGEST_SLEEP
        if self._trouble:
            log.info("schedules are fired again")
            self._trouble = ""
        return pause

    def _turn(self) -> float:
        if not self._netpulse.settings.schedules_wait:
            self._follow_files()
        ledger = self._netpulse.ledger
        if not self._sealed:
            ledger.schedules.seal()
            self._sealed = True
        if self._changed is not None:
            ledger.schedules.know(self._changed)
            self._ticker = Ticker(self._netpulse, self._changed)
            log.info("schedules: %d, enabled: %d", len(self._changed), sum(each.enabled for each in self._changed))
            self._changed = None
        self._expire()
        now = ledger.database.now()
        return min(LONGEST_SLEEP, max(0.0, self._ticker.tick(now) - now))

    def _expire(self) -> None:
        # A worker does so at every sweep, but there may be none alive, and whoever asked waits for an answer.
        touched = self._netpulse.ledger.reaping.expire()
        if touched:
            self._netpulse.broker.tell(touched)

    def _follow_files(self) -> None:
        if time.monotonic() < self._look_at:
            return
        if self._watch is None:
            known = [status for status in self._netpulse.ledger.schedules.all() if status.source is Source.FILE]
            before = {status.name: status.schedule for status in known}
            self._watch = Watch(self._netpulse.site.path, before)
        changed = self._watch.look()
        self._look_at = time.monotonic() + LONGEST_SLEEP
        if changed is not None:
            secrets = {each.name: in_clear(self._netpulse.plugins, each) for each in changed}
            for name, problem in secrets.items():
                if problem:
                    log.error("schedule %s is left out until it is repaired: %s", name, problem)
            self._changed = [each for each in changed if not secrets[each.name]]

    def _tell(self, words: str, trouble: str, *, exception: bool = False) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            log.error("no schedule is fired: %s", words, exc_info=exception)


def run(settings: Settings) -> None:
    """Be the process `netpulse scheduler` until SIGTERM or SIGINT."""
    if settings.embedded:
        raise Refused(
            "without a broker one process owns the site, and its scheduler is in it",
            hint="`netpulse up` runs it; set NETPULSE_BROKER for processes of their own",
        )
    stopping = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        found = opened(settings, stopping.wait)
        if found is None:
            return
        with found as netpulse:
            service = SchedulerService(netpulse)
            service.start()
            log.info("scheduler of %r over %r", netpulse.site, netpulse.ledger)
            stopping.wait()
            service.stop()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
