"""What one job may send: every line of it is held to the command rules that were recorded with its run."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from netpulse_core.errors import LineRefused
from netpulse_core.model.commandpolicy import CommandPolicy, OwnedRules
from netpulse_core.model.driver import Driver

_UNSEEN = "so use a role or a key without a list of allowed lines, or a runbook that sends lines"


class Sending:
    """The rules of one job, asked before each call; `refused` is what was not let through, caught or not."""

    def __init__(self, policy: CommandPolicy, device: str) -> None:
        self._policy = policy
        self._device = device
        self.refused: LineRefused | None = None

    def may(self, lines: Sequence[str]) -> bool:
        """Whether all of these lines may be sent; asking refuses nothing."""
        return self._policy.refusal(lines) is None

    def admit(self, driver: Driver, platform: str | None, method: str, args: tuple[Any, ...], kwargs: Any) -> None:
        """Raise LineRefused where a call would send a line that may not be sent, or nobody can tell what it sends."""
        try:
            lines = _sent(driver, platform, method, args, kwargs)
        except LineRefused as error:  # of the driver, which knows no device: the line is another where it arrives
            self._refuse(str(error).removeprefix(f"{error.device}: "), error.hint)
        if lines is None:
            self._admit_unseen(driver, method)
            return
        refusal = self._policy.refusal([line for line in lines if line.strip()])
        if refusal is not None:
            part, refused = refusal
            self._refuse(part.said(refused.said()), part.hint)

    def admit_undeclared(self, name: str) -> None:
        """Raise LineRefused: what a connection of no driver sends, nobody sees."""
        self._refuse(
            self._unseen(self._policy.only_some or self._policy.parts[0], f"over connection {name!r}"),
            f"write a driver for it, whose `sent` tells its lines, {_UNSEEN}",
        )

    def _admit_unseen(self, driver: Driver, method: str) -> None:
        what, some = f"by {method}() of driver {driver.name!r}", self._policy.only_some
        if some is not None:
            self._refuse(self._unseen(some, what), f"what cannot be seen is on no list, {_UNSEEN}")
        beside: frozenset[str] = getattr(driver, "beside", frozenset())
        if driver.commands and method not in driver.reads and method not in beside:
            self._refuse(self._unseen(self._policy.parts[0], what), "let the driver's `sent` tell its lines")

    def _unseen(self, part: OwnedRules, what: str) -> str:
        return part.said(f"which lines are sent {what} cannot be seen before")

    def _refuse(self, why: str, hint: str) -> NoReturn:
        error = LineRefused(f"not sent: {why}", device=self._device, hint=hint)
        self.refused = self.refused or error
        raise error


def _sent(
    driver: Driver, platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Sequence[str] | None:
    sent = getattr(driver, "sent", None)  # a driver of one's own need not be a subclass
    if sent is not None:
        found: Sequence[str] | None = sent(platform, method, args, kwargs)
        return found
    return driver.lines(method, args, kwargs) if method in driver.commands else None
