"""Sending what is to arrive: a thread of the node gathers deliveries, and each endpoint has a thread of its own."""

import logging
import threading
import time
from functools import partial

from netpulse_core.dice import spread
from netpulse_core.errors import DeliveryFailed, NetPulseError, ServiceError
from netpulse_core.hooks.manager import Plugins
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.notifier import Notifier, Outgoing
from netpulse_core.worker.life import Life
from netpulse_core.worker.rounds import Rounds
from netpulse_core.worker.teller import ATTENDANCE, audience, notified

log = logging.getLogger(__name__)

ATTEMPTS = 10
"""Times a delivery is tried before it is given up: about four hours."""

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0
"""Seconds until the second attempt, and at most between two; each pause is three times the one before."""


class Courier:
    """Sends to the endpoints of this node's notifiers, as long as the node lives."""

    def __init__(self, ledger: Ledger, plugins: Plugins, life: Life) -> None:
        self._ledger = ledger
        self._plugins = plugins
        self._life = life
        self._endpoints = plugins.endpoints()
        self._names = sorted({notified(notifier.name) for notifier, _ in self._endpoints.values()})
        self._audience = audience(plugins)
        self._attend_at = 0.0
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._rounds = Rounds("node-courier", self._try_a_round)

    def start(self) -> None:
        """Begin: what happens from now on is sent."""
        if self._endpoints:
            self._attend()
            self._rounds.start()

    def wake(self) -> None:
        """Look at once: something has happened."""
        self._rounds.wake()

    def stop(self) -> None:
        """Send what has just happened, but wait for no endpoint for long."""
        if self._endpoints:
            self._rounds.stop()

    def _try_a_round(self) -> bool:
        try:
            return self._round()
        except ServiceError as error:
            log.warning("webhooks are sent later, the ledger is away: %s", error)
        except Exception:  # the process loop: one failure must not leave every endpoint without its deliveries
            log.exception("webhooks could not be sent, trying again")
        return False

    def _round(self) -> bool:
        """Gather what is new and start on each endpoint that has something due; return whether any is at work."""
        if time.monotonic() >= self._attend_at:
            self._attend()
        for name in self._ledger.observers.waiting(self._names):
            mine = [one for notifier, one in self._endpoints.values() if notified(notifier.name) == name]
            self._ledger.deliveries.gather(name, mine)
        for name in self._ledger.deliveries.due(list(self._endpoints), self._life.id):
            with self._lock:
                if name in self._busy:
                    continue
                self._busy.add(name)
            try:
                threading.Thread(target=self._serve, args=(name,), name=f"webhook-{name}", daemon=True).start()
            except RuntimeError:  # the system has no more threads: another round finds it due again
                with self._lock:
                    self._busy.discard(name)
                raise
        with self._lock:
            return bool(self._busy)

    def _serve(self, endpoint: str) -> None:
        notifier, _ = self._endpoints[endpoint]
        life = self._life.id  # what is claimed now belongs to this one
        try:
            while (outgoing := self._ledger.deliveries.claim(endpoint, life)) is not None:
                self._send(notifier, outgoing, life)
                if self._rounds.over or life != self._life.id:
                    return
        except ServiceError as error:
            log.warning("endpoint %s is sent to later, the ledger is away: %s", endpoint, error)
        finally:
            with self._lock:
                self._busy.discard(endpoint)
            self.wake()

    def _send(self, notifier: Notifier, outgoing: Outgoing, life: str) -> None:
        try:
            answer = notifier.send(outgoing, partial(self._plugins.secret, store=self._ledger.secrets))
        except NetPulseError as error:
            self._failed(outgoing, life, str(error), final=isinstance(error, DeliveryFailed) and not error.retryable)
        except (Exception, SystemExit) as error:  # noqa: BLE001  the plugin-call boundary: a raise is a failed attempt
            # `sys.exit()` too: it would end this thread, and the delivery be claimed again at once and for ever.
            # Its type alone: the words of what somebody else's code raises may hold the secret it was given.
            self._failed(outgoing, life, f"notifier {notifier.name} failed: {type(error).__name__}", final=False)
        else:
            self._ledger.deliveries.delivered(outgoing, life, answer)

    def _failed(self, outgoing: Outgoing, life: str, problem: str, *, final: bool) -> None:
        last = final or outgoing.attempt >= ATTEMPTS
        pause = spread(min(LONGEST_PAUSE, FIRST_PAUSE * 3 ** (outgoing.attempt - 1)))
        then = "it is given up" if last else f"again in {pause:.0f} s"
        words = "endpoint %s did not take delivery %s at attempt %d, %s: %s"
        log.warning(words, outgoing.endpoint, outgoing.id, outgoing.attempt, then, problem)
        self._ledger.deliveries.failed(outgoing, life, problem, None if last else pause)

    def _attend(self) -> None:
        self._ledger.observers.attend(self._audience)
        self._attend_at = time.monotonic() + ATTENDANCE
