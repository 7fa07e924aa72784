"""What a task holds of an SNMP agent: get, walk and bulk; nothing here can change a device."""

import time
from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any, NoReturn

from netpulse_core import errors
from netpulse_core.builtins.snmp import oids as identifiers
from netpulse_core.builtins.snmp.agent import Agent
from netpulse_core.builtins.snmp.values import Value, plain

AT_ONCE = 20
"""OIDs in one request: more may not fit into an answer of 1,472 octets."""
MOST = 100_000


class SnmpConnection:
    """Reads by OID. Every method takes `read_timeout`, the seconds that all of its requests may take together."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent

    def __repr__(self) -> str:
        return f"<SNMP connection to {self.agent.device}, {self.agent.where}>"

    def get(self, oids: str | Sequence[str], *, read_timeout: float = 10.0) -> dict[str, Value]:
        """Return the value of each OID; None where the agent has no such object or instance."""
        wanted = [_checked(one) for one in ([oids] if isinstance(oids, str) else oids)]
        until = time.monotonic() + read_timeout
        found: dict[str, Any] = {}
        for some in batched(wanted, AT_ONCE):
            found |= self.agent.get(list(some), until)
        return {oid: plain(found.get(oid)) for oid in wanted}

    def walk(self, oid: str, *, read_timeout: float = 60.0, most: int = MOST) -> dict[str, Value]:
        """Return what stands below an OID, or the OID itself where it is an instance; asked row by row (GETNEXT).

        Raise DeviceError where there are more than `most` rows, or the agent's OIDs do not increase.
        """
        return self._walked(_checked(oid), None, read_timeout, most)

    def bulk(
        self, oid: str, *, max_repetitions: int = 20, read_timeout: float = 60.0, most: int = MOST
    ) -> dict[str, Value]:
        """Return the same as `walk`, asked `max_repetitions` rows at a time (GETBULK)."""
        if not 1 <= max_repetitions <= 1000:
            raise errors.InvalidParameters("bulk", ["max_repetitions: must be from 1 to 1000"])
        return self._walked(_checked(oid), max_repetitions, read_timeout, most)

    def set(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: nothing is sent."""
        raise errors.CommandRejected(
            "nothing was sent: this driver reads only (gufo-snmp knows no SET)",
            device=self.agent.device,
            hint="change the device over SSH or NETCONF, where a change can be checked and rolled back",
        )

    def _walked(self, root: str, repetitions: int | None, read_timeout: float, most: int) -> dict[str, Value]:
        until, last = time.monotonic() + read_timeout, root
        rows: dict[str, Value] = {}
        try:
            for oid, value in self._rows(root, repetitions, until):
                self._refuse_a_loop(last, oid)
                if len(rows) >= most:
                    raise errors.DeviceError(
                        f"more than {most} rows stand below {root}", device=self.agent.device, hint="walk a part of it"
                    )
                rows[oid], last = plain(value), oid
        except errors.TimedOut as error:
            raise errors.TimedOut(
                f"the walk of {root} was not finished within {read_timeout:g} s: {len(rows)} rows, the last {last}",
                device=self.agent.device,
                hint="raise read_timeout, or walk a part of it",
            ) from error
        if not rows:
            rows = {oid: plain(value) for oid, value in self.agent.get([root], until).items()}
        return rows

    def _rows(self, root: str, repetitions: int | None, until: float) -> Iterator[tuple[str, Any]]:
        from gufo.snmp._fast import GetIter  # noqa: PLC0415 - loaded when a session is opened

        place = GetIter(root, repetitions)
        while True:
            try:
                rows = [self.agent.next(place, until)] if repetitions is None else self.agent.bulk(place, until)
            except StopAsyncIteration:  # the subtree, or the agent's view, ends there
                return
            if not rows:
                return
            for row in rows:
                if row is None:
                    return
                yield row

    def _refuse_a_loop(self, last: str, oid: str) -> None:
        """An agent that goes back would be walked for ever (RFC 3416, section 4.2.2, forbids it; some do)."""
        if identifiers.numbers(oid) <= identifiers.numbers(last):
            raise errors.DeviceError(
                f"the agent's OIDs do not increase: {oid} came after {last}",
                device=self.agent.device,
                hint="this is a fault of the agent: walk a part that does without it, or use get",
            )


def _checked(oid: str) -> str:
    try:
        return identifiers.checked(oid)
    except (TypeError, ValueError) as error:
        raise errors.InvalidParameters("snmp", [f"oid: {error}"]) from error
