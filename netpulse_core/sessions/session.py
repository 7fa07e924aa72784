"""One session as its pool holds it."""

import logging
from dataclasses import dataclass
from typing import Any

from netpulse_core.model.driver import Driver
from netpulse_core.model.session import OpenSession, SessionIdentity
from netpulse_core.sessions.moves import Way

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False, kw_only=True)
class Session:
    """A connection and its way; while it is lent, only its borrower touches it. Instants are monotonic seconds."""

    identity: SessionIdentity
    device: str
    driver: Driver
    way: Way
    idle_timeout: float
    borrower: object = None
    connection: Any = None
    """None until it is open."""
    opened_at: float = 0.0
    returned_at: float = 0.0
    uses: int = 0

    @property
    def reused(self) -> bool:
        """Whether somebody used it before the present borrower."""
        return self.uses > 1

    def break_off(self) -> None:
        """Have what it does end at once, from any thread; never raises for what a driver does."""
        try:
            self.driver.abort(self.connection)
        except Exception as error:  # noqa: BLE001  the plugin-call boundary: it keeps no other from being broken off
            log.warning("%s: a %s session did not break off: %s", self.device, self.driver.name, type(error).__name__)

    def seen(self, idle: float | None = None) -> OpenSession:
        """Return it as people see it; `idle` is for how long nobody has had it lent."""
        way, identity = self.way, self.identity
        return OpenSession(
            device=self.device,
            driver=identity.driver,
            address=identity.address,
            port=identity.port,
            user=identity.user,
            state=way.state,
            since=way.since,
            uses=self.uses,
            idle=idle,
            reason=way.reason,
        )
