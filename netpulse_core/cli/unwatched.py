"""What becomes of a run whose command is interrupted, and what is said of it: also before the service has answered."""

from typing import Protocol

from netpulse_core.cli import wording
from netpulse_core.cli.given import Given
from netpulse_core.cli.place import Service
from netpulse_core.cli.screen import clean
from netpulse_core.errors import Conflict, InvalidParameters, NetPulseError
from netpulse_core.model.run import Accepted

_AT_ONCE = 0.001
"""The deadline of a request that nothing is to come of: what is left of it has expired before a worker sees it."""


SHOWN = 12
"""Devices named that go on."""


class Ask(Protocol):
    """Asks for a run under an idempotency key, with another deadline where one is given and it can have one."""

    def __call__(self, key: str, within: float | None = None) -> Accepted:
        """Return what the request became."""
        ...


def leave(at: Service, given: Given, run: str) -> None:
    """Say that a run goes on, or cancel what of it has not begun a change where its service stops with this command.

    Also what is at work: handed back as its worker stops, it would be begun by the next command of this site.
    """
    note = given.screen.note
    if not at.passing:
        note(f"the run goes on; watch it: {given.netpulse} show {run} --watch")
        note(f"                or stop it: {given.netpulse} cancel {run}")
        return
    try:
        done = at.client.cancel(run)
    except Conflict as error:  # it has finished meanwhile, or all that is left has begun its change
        note(f"the service of this command stops with it: {error}")
    else:
        note(f"the service of this command stops with it: {wording.cancelled(done)}")
        for device, why in list(done.refused.items())[:SHOWN]:
            note(f"{device} was not cancelled: {clean(why)}")
    note(f"what became of it: {given.netpulse} show {run}")


def tell(at: Service, given: Given, ask: Ask, key: str, accepted: Accepted | None) -> None:
    """Say what a request that was interrupted may have become, of which only the key is known before its answer."""
    note = given.screen.note
    if accepted is not None:
        leave(at, given, accepted.run)
        return
    if at.passing:
        try:
            leave(at, given, _found(ask, key))
            return
        except NetPulseError as error:
            note(f"interrupted, and whether a run was accepted is not known: {error}")
    else:
        note("interrupted before the service had answered: the run may have been accepted")
    note(f"ask the same again under its key, and it is not done twice: --idempotency-key {key}")


def _found(ask: Ask, key: str) -> str:
    """Return the run that stands under a key, be it one that expires at once: then the other can be none any more."""
    try:
        return ask(key, _AT_ONCE).run
    except InvalidParameters:  # the key is the run's that was asked for
        return ask(key).run
