"""What becomes of a run whose command is interrupted, and what is said of it: also before the service has answered."""

from typing import Protocol

from netpulse_core.cli import wording
from netpulse_core.cli.given import Given
from netpulse_core.cli.place import Service
from netpulse_core.errors import InvalidParameters, NetPulseError
from netpulse_core.model.run import Accepted

_AT_ONCE = 0.001
"""The deadline of a request that nothing is to come of: what is left of it has expired before a worker sees it."""


class Ask(Protocol):
    """Asks for a run under an idempotency key, with another deadline where one is given and it can have one."""

    def __call__(self, key: str, within: float | None = None) -> Accepted:
        """Return what the request became."""
        ...


def leave(at: Service, given: Given, run: str) -> None:
    """Say that a run goes on, or cancel what of it is queued where its service stops with this command."""
    note = given.screen.note
    if at.passing:
        queued = wording.count(at.client.cancel(run, queued_only=True).cancelled, "queued device")
        note(f"the service of this command stops with it: {queued} cancelled, those at work finish first")
    else:
        note(f"the run goes on; watch it: {given.netpulse} show {run} --watch")
        note(f"                or stop it: {given.netpulse} cancel {run}")


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
