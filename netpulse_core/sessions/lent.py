"""The lent connection: what a task holds of a session, and the gate between the task and a change."""

from collections.abc import Callable
from typing import Any

from netpulse_core.errors import CommandRejected
from netpulse_core.model.session import Gate
from netpulse_core.sessions.pool import Session


class LentConnection:
    """Passes reads through, and every other call only once the gate has let it.

    What the driver has not declared as reading counts as changing. After any exception of the session it is poisoned:
    a late answer would be the next command's.
    """

    __slots__ = ("_device", "_gate", "_platform", "_poison", "_returned", "_session")

    def __init__(
        self, session: Session, *, device: str, platform: str | None, gate: Gate, poison: Callable[[], None]
    ) -> None:
        object.__setattr__(self, "_session", session)
        object.__setattr__(self, "_device", device)
        object.__setattr__(self, "_platform", platform)
        object.__setattr__(self, "_gate", gate)
        object.__setattr__(self, "_poison", poison)
        object.__setattr__(self, "_returned", False)

    def __repr__(self) -> str:
        return f"<{self._session.driver.name} connection to {self._device}, lent>"

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name!r} of a lent connection cannot be set: the next borrower would inherit it")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._session.connection, name)
        if not callable(found):
            if name in self._session.driver.inert:
                return found
            raise AttributeError(f"{name!r} is not for a task to see: driver {self._session.driver.name!r}")

        def call(*args: Any, **kwargs: Any) -> Any:
            self._admit(name, args, kwargs)
            try:
                return found(*args, **self._session.driver.prepared(self._platform, name, kwargs))
            except BaseException:
                self._poison()
                raise

        call.__name__ = name
        return call

    def give_back(self) -> None:
        """End the loan: whatever the task still holds is dead."""
        object.__setattr__(self, "_returned", True)

    def _admit(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self._returned:
            raise CommandRejected(f"{name}() was called after the job had ended", device=self._device)
        driver = self._session.driver
        if name in driver.reads:
            return
        why = f"{name}() may change the device"
        if name in driver.commands:
            lines = driver.lines(name, args, kwargs)
            changing = next((line for line in lines if not driver.is_read(self._platform, line)), None)
            if changing is None:
                return
            why = f"{changing!r} is not known to only read on this platform"
        if not self._gate.open_for_changes:
            raise CommandRejected(
                f"nothing was sent: {why}, and this runbook only reads",
                device=self._device,
                hint="use a runbook that changes, such as send_config, or mark yours with changes=True",
            )
        self._gate.cross(driver.device_session(self._session.connection))
