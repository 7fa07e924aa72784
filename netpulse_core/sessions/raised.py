"""What the sessions of one job raised, and what their drivers say it means."""

import logging
from collections.abc import Iterator, Mapping

from netpulse_core.errors import CommandRejected, DeviceError, InvalidParameters, Refused
from netpulse_core.model.driver import Driver

log = logging.getLogger(__name__)


class Raised:
    """The errors of one job's sessions.

    Apart from whoever lends them, for each loan knows this: an ended job would else be kept, with the secrets it read,
    until the garbage collector comes.
    """

    def __init__(self, device: str, drivers: Mapping[str, Driver]) -> None:
        self._device = device
        self._drivers = drivers
        self._known: list[tuple[BaseException, DeviceError | None]] = []
        self.doubt: BaseException | None = None
        """What broke off a call that changes; nobody knows how far it came."""
        self.beside = False
        """Whether the job has a connection beside the pool, which tells nobody what it raised."""

    def note(self, error: BaseException, driver: Driver, changing: bool) -> DeviceError | None:
        """Keep what a session raised, in a call that may have changed the device or not; return our error for it."""
        # Explained at once: whoever raises it again, `from None` say, takes its cause away.
        ours = self._translated(driver, error)
        self._known.append((error, ours))
        refused = isinstance(ours, CommandRejected) or isinstance(error, InvalidParameters | Refused)
        if changing and not refused:
            self.doubt = self.doubt or error
        return ours

    def translate(self, error: BaseException) -> DeviceError | None:
        """Return our error where a session of this job raised it, or one it comes from.

        An error of the runbook's own is not the device's fault: a missing file is an OSError too.
        """
        for link in _chain(error):
            if isinstance(link, DeviceError):
                return link
            for one, ours in self._known:
                if one is link and ours is not None:
                    return ours
            if self.beside and (found := self._of_any_driver(link)):
                return found
        return None

    def _of_any_driver(self, error: BaseException) -> DeviceError | None:
        said = (self._translated(driver, error) for driver in self._drivers.values())
        return next((ours for ours in said if ours is not None), None)

    def _translated(self, driver: Driver, error: BaseException) -> DeviceError | None:
        try:
            return driver.translate(error, self._device)
        except Exception:  # the plugin-call boundary: what became of the device must be known all the same
            log.exception("the driver %s could not say what an error of %s means", driver.name, self._device)
            return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
