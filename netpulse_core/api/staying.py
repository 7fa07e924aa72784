"""Whether who asked is still let in while an answer takes its time: a key may end before the answer does."""

from collections.abc import Awaitable, Callable

import anyio
from fastapi import Request

from netpulse_core.api.identity import who_asks
from netpulse_core.controller import NetPulse
from netpulse_core.errors import NetPulseError, NotPermitted
from netpulse_core.model.roles import Permission

ASKED_AGAIN = 0.4
"""Seconds after which it is asked again; a key is believed for half a second more, so an answer ends within one."""

OF_PLUGINS = 1.0
"""Seconds after which a plugin is asked again who this is: what it says is not remembered, and it may ask others."""


class Staying:
    """Asks again and again what was asked at the door: who this is, and whether this run is there for them."""

    def __init__(self, request: Request, netpulse: NetPulse, run: str) -> None:
        self._request, self._netpulse, self._run = request, netpulse, run
        self._every = ASKED_AGAIN if request.app.state.identify is None else OF_PLUGINS
        self._next = anyio.current_time() + self._every

    async def during[T](self, work: Callable[[], Awaitable[T]]) -> T:
        """Return what becomes of the work; leave it and raise NetPulseError once its caller is let in no longer."""
        if anyio.current_time() >= self._next:  # work that never takes so long would never be asked about
            await self._ask()
        done: list[T] = []
        problems: list[NetPulseError] = []
        async with anyio.create_task_group() as group:
            group.start_soon(self._watch, group.cancel_scope, problems)
            try:
                done.append(await work())
            except NetPulseError as error:
                problems.append(error)  # raised within the group, it would come out as one of several
            group.cancel_scope.cancel()
        if not done:
            raise problems[0]
        return done[0]

    async def _watch(self, work: anyio.CancelScope, problems: list[NetPulseError]) -> None:
        while True:
            await anyio.sleep_until(self._next)
            try:
                await self._ask()
            except NetPulseError as error:
                problems.append(error)
                work.cancel()
                return

    async def _ask(self) -> None:
        caller, netpulse = await who_asks(self._request), self._netpulse
        if not netpulse.access.permits(caller, Permission.RUNS_READ):
            need = Permission.RUNS_READ.value
            raise NotPermitted(f"{caller.name} may no longer look at runs", permission=need)
        if caller.scope.target:
            # Abandoned once the work is done: a ledger that says nothing must not hold back what is there already.
            await anyio.to_thread.run_sync(netpulse.seen, self._run, caller, abandon_on_cancel=True)
        self._next = anyio.current_time() + self._every
