"""Due times become runs here, or the record of why not; when they are due is for others to know."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ulid import ULID

from netpulse_core.errors import NetPulseError, NotFound, Refused, is_outage
from netpulse_core.ledger.fires import Accept
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.caller import Caller
from netpulse_core.model.run import NewRun
from netpulse_core.model.runbook import Queue
from netpulse_core.model.schedule import Due, Fire, FireState, Misfire, Schedule

if TYPE_CHECKING:
    from netpulse_core.controller.netpulse import NetPulse


class Firing:
    """Fires the schedules of a site for whoever knows that they are due."""

    def __init__(self, netpulse: "NetPulse") -> None:
        self._netpulse = netpulse
        self._ledger: Ledger = netpulse.ledger

    def fire(self, due: Due) -> Fire | None:
        """Record one due time with its run, once for ever; None says that it is not to be fired any more.

        ServiceError where its run cannot be judged now: nothing is recorded, and it may be tried again.
        """
        return self._fired(due, self._ledger.fires.fire)

    def release(self, due: Due) -> Fire | None:
        """Fire a due time that waits, if the run before it has finished; None where it goes on waiting."""
        if self._ledger.fires.goes_on_waiting(due):
            return None
        return self._fired(due, self._ledger.fires.release)

    def miss(self, due: Due, reason: str) -> Fire | None:
        """Record that a due time was missed, and have it told."""
        fire = self._ledger.fires.miss(due, self._record(due.schedule), reason)
        if fire is not None and fire.run:
            self._netpulse.broker.tell([fire.run])
        return fire

    def misfire(self, schedule: Schedule) -> Misfire:
        """Return what becomes of a due time that is late: as the schedule says, else by what its runbook does."""
        if schedule.misfire is not None:
            return schedule.misfire
        return Misfire.SKIP if self._changes(schedule) else Misfire.RUN

    def _fired(self, due: Due, record: Callable[[Due, Accept], Fire | None]) -> Fire | None:
        schedule, netpulse = due.schedule, self._netpulse
        caller = Caller(name=schedule.caller, role=schedule.role or netpulse.settings.schedule_role)
        try:
            require_opened(due.unopened)
            new: NewRun | NetPulseError = netpulse.prepared(
                schedule.request, caller, schedule=schedule.name, of_site=True
            )
        except NetPulseError as error:
            if is_outage(error):
                raise  # a due time that is recorded as refused is never tried again, and nobody refused it
            new = error

        def accept(transaction: Any) -> str:
            if isinstance(new, NetPulseError):
                raise new
            return self._ledger.runs.accept_within(transaction, new)

        fire = record(due, accept)
        if fire is not None and fire.state is FireState.FIRED and isinstance(new, NewRun):
            netpulse.announce(new)
        return fire

    def _changes(self, schedule: Schedule) -> bool:
        try:
            return self._netpulse.plugins.runbook(schedule.request.runbook).changes
        except NotFound:
            return False

    def _record(self, schedule: Schedule) -> NewRun:
        """Return a run of no device, which says what would have been asked for."""
        asked = schedule.request
        return NewRun(
            id=str(ULID()).lower(),
            runbook=asked.runbook,
            target=asked.target,
            parameters=asked.parameters,
            changes=self._changes(schedule),
            queue=Queue.NODE,
            timeout=0.0,
            attempts=0,
            priority=asked.priority,
            deadline=asked.deadline,
            caller=schedule.caller,
            revision=self._netpulse.site.revision,
            idempotency_key=None,
            fingerprint="",
            schedule=schedule.name,
        )


def require_opened(unopened: str) -> None:
    """Raise Refused where what a schedule asks for does not open here."""
    if unopened:
        raise Refused(f"nothing was asked for: {unopened}")
