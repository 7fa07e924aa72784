"""Telling plugins what has happened: a thread of the node hands each what is next for it, and never waits for one."""

import logging
import time

from netpulse_core.errors import ServiceError
from netpulse_core.hooks.manager import Plugins
from netpulse_core.ledger.observers import Observers
from netpulse_core.worker.life import Life
from netpulse_core.worker.listener import BOUND, Listener
from netpulse_core.worker.rounds import Rounds

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Events handed to a plugin at once: as many may be told again where this process dies."""

ATTENDANCE = 60.0
"""Seconds between two times that a node says which plugins it has."""


def audience(plugins: Plugins) -> set[str]:
    """Return every name a node attends for, its notifiers' too: one that is left out may be taken for gone."""
    notifiers = {notifier.name for notifier, _ in plugins.endpoints().values()}
    return {*plugins.implementers("observe"), *map(notified, notifiers)}


def notified(notifier: str) -> str:
    """Return the name that a notifier is told by."""
    return f"notifier:{notifier}"


class Teller:
    """Tells the plugins that observe, as long as the node lives."""

    def __init__(self, observers: Observers, plugins: Plugins, life: Life) -> None:
        self._observers = observers
        self._life = life
        names = plugins.implementers("observe")
        self._listeners = {name: Listener(name, plugins.observe, self.wake) for name in names}
        self._audience = audience(plugins)
        self._written = dict.fromkeys(names, 0)
        self._attend_at = 0.0
        self._rounds = Rounds("node-teller", self._try_a_round, at_last=self._let_go)

    def start(self) -> None:
        """Begin: what happens from now on is kept for these plugins."""
        self._attend()
        self._rounds.start()

    def wake(self) -> None:
        """Look at once: something has happened."""
        self._rounds.wake()

    def stop(self) -> None:
        """Tell what has just happened, but wait for no plugin for long."""
        self._rounds.stop()

    def _try_a_round(self) -> bool:
        try:
            return self._round()
        except ServiceError as error:
            log.warning("plugins are told later, the ledger is away: %s", error)
        except Exception:  # the process loop: one failure must not leave every plugin untold
            log.exception("plugins could not be told, trying again")
        return False

    def _round(self) -> bool:
        """Write down what was told and hand out what comes next; return whether more may come after it."""
        if time.monotonic() >= self._attend_at:
            self._attend()
        if not self._listeners:
            return False
        for listener in self._listeners.values():
            self._look_after(listener)
        ready = [one for one in self._listeners.values() if one.ready]
        later = len(ready) < len(self._listeners)  # who is busy now may be done by the end, with more to be told
        due = self._observers.due([one.plugin for one in ready], self._life.id) if ready else []
        for listener in ready:
            if listener.plugin in due or listener.position > self._written[listener.plugin]:
                later = self._hand(listener) or later
        return later or any(listener.busy for listener in self._listeners.values())

    def _hand(self, listener: Listener) -> bool:
        told = listener.position
        batch = self._observers.turn(listener.plugin, self._life.id, told, AT_ONCE)
        self._written[listener.plugin] = told
        if batch:
            listener.take(batch)
        return bool(batch)

    def _look_after(self, listener: Listener) -> None:
        """Write down how far a busy plugin is, and give up what it does not return from."""
        late = listener.overdue()
        if late is not None:
            log.warning(
                "plugin %s did not return from observe(%s of run %s) within %g s; it hears nothing more until it does",
                listener.plugin, late.kind, late.run, BOUND,
            )  # fmt: skip
        if late is not None or (listener.busy and listener.position > self._written[listener.plugin]):
            told = listener.position
            if not self._observers.told(listener.plugin, self._life.id, told, go_on=late is None):
                listener.drop()  # another node has taken over, and tells the rest
            self._written[listener.plugin] = told

    def _attend(self) -> None:
        self._observers.attend(self._audience)
        self._attend_at = time.monotonic() + ATTENDANCE

    def _let_go(self) -> None:
        try:
            for listener in self._listeners.values():
                listener.drop()
                self._observers.told(listener.plugin, self._life.id, listener.position, go_on=False)
        except ServiceError as error:
            log.warning("the ledger is away, the last events will be told again: %s", error)
