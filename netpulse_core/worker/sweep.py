"""What a node asks the ledger every other second, whether or not anybody rang: what changed behind its back."""

from netpulse_core.controller import NetPulse
from netpulse_core.model.runbook import Queue
from netpulse_core.worker.concluded import Concluded
from netpulse_core.worker.hands import Hands
from netpulse_core.worker.reaper import Reaper


class Sweep:
    """The sweeps of one worker process; `life` is the node as it lives now."""

    def __init__(self, netpulse: NetPulse, hands: Hands, concluded: Concluded, reaper: Reaper) -> None:
        self._netpulse, self._ledger = netpulse, netpulse.ledger
        self._hands, self._concluded, self._reaper = hands, concluded, reaper

    def do(self, life: str, *, place: bool) -> None:
        """Look once; `place` says that devices whose owner is gone are to be given to others."""
        self.stop_cancelled(life)
        self._break_off_what_was_taken()
        self._netpulse.freezing.read()
        self._netpulse.windowing.read(life)
        self._tell(self._reaper.sweep() | self._put_back(life))
        if place:
            orphans = self._ledger.placements.orphans(self._netpulse.site.revision)
            self._netpulse.call_for(Queue.NODE, orphans, otherwise=life)

    def stop_cancelled(self, life: str) -> None:
        """Stop what somebody cancelled."""
        self._hands.stop(self._ledger.stopping.asked(life))

    def let_go(self, life: str) -> None:
        """Queue again whatever the ledger says that a life holds which has nothing in hand any more."""
        self._tell(self._ledger.reaping.put_back(life, ()))

    def _break_off_what_was_taken(self) -> None:
        # Its device is another worker's by now, who may be asking it the same: a lease that ended, though it was alive.
        known = {(claim.job, claim.fence) for claim in self._hands.claims()}
        self._hands.let_go(self._ledger.stopping.taken_away(known))

    def _put_back(self, life: str) -> set[str]:
        # A claim whose commit went unanswered holds its device while this node lives, and no hand has it. At every
        # sweep, and not only after a failed turn: the commit may arrive later than the next question.
        claims = [*self._hands.claims(), *self._concluded.claims()]  # in this order, in which they go when they end
        return self._ledger.reaping.put_back(life, {(claim.job, claim.fence) for claim in claims})

    def _tell(self, touched: set[str]) -> None:
        if touched:
            self._netpulse.broker.tell(touched)
