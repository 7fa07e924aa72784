"""Compliance checks over REST: which there are, and what a run of them found."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from netpulse_core.client import nouns, wire
from netpulse_core.client.answers import OfferedCheck
from netpulse_core.client.wire import Call
from netpulse_core.model.check import Finding, findings_in
from netpulse_core.model.run import Step

type Found = dict[str, list[Finding]]


class Checks:
    """The checks of a service, as a client asks for them."""

    def __init__(self, ask: Callable[[Call[Any]], Any]) -> None:
        self._ask = ask

    def list(self) -> list[OfferedCheck]:
        """Return the checks on offer."""
        found: list[OfferedCheck] = self._ask(_list())
        return found

    def findings(self, run: str) -> Found:
        """Return what a run found on each device that was judged; a device that was not has no entry."""
        found: Found = self._ask(_findings(run))
        return found


class AsyncChecks:
    """The same for programs that run on an event loop."""

    def __init__(self, ask: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        self._ask = ask

    async def list(self) -> list[OfferedCheck]:
        """Return the checks on offer."""
        found: list[OfferedCheck] = await self._ask(_list())
        return found

    async def findings(self, run: str) -> Found:
        """Return what a run found on each device that was judged; a device that was not has no entry."""
        found: Found = await self._ask(_findings(run))
        return found


def _list() -> Call[Any]:
    return Call(path="/v1/checks", read=wire.each("checks", partial(nouns.noun, OfferedCheck)))


def _findings(run: str) -> Call[Found]:
    outputs = wire.outputs(run)
    return Call(path=outputs.path, read=lambda data: _found(outputs.read(data)))


def _found(outputs: Mapping[str, Sequence[Step]]) -> Found:
    judged = {device: [findings_in(step.body) for step in steps] for device, steps in outputs.items()}
    last = {device: [one for one in each if one is not None] for device, each in judged.items()}
    return {device: each[-1] for device, each in last.items() if each}
