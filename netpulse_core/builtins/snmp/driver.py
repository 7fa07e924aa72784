"""The driver `snmp`: SNMPv2c and SNMPv3, to read."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from netpulse_core import ConnectionParameters, Driver, errors
from netpulse_core.builtins.snmp.agent import Agent
from netpulse_core.builtins.snmp.connection import SnmpConnection
from netpulse_core.builtins.snmp.security import AUTHENTICATION, PRIVACY


class Snmp(Driver):
    """SNMP has no connection: a session here is a socket, and for SNMPv3 what is known of the agent's engine."""

    name = "snmp"
    sentence = "SNMPv2c and SNMPv3: get, walk and bulk; it reads only"
    reads = frozenset({"bulk", "get", "set", "walk"})  # `set` refuses, and sends nothing

    def open(self, parameters: ConnectionParameters, *, timeout: float) -> SnmpConnection:
        """Return a connection whose agent has answered once, so that silence is told here and not at a first read."""
        parameters.refuse_jump_hosts(self.name)
        agent = Agent(parameters)
        try:
            agent.meet(timeout)
        except BaseException:
            agent.close()
            raise
        return SnmpConnection(agent)

    def close(self, connection: SnmpConnection) -> None:
        """Close the socket; SNMP has no goodbye."""
        connection.agent.close()

    def abort(self, connection: SnmpConnection) -> None:
        """Wake who waits for an answer with a SessionLost."""
        connection.agent.break_off()

    def alive(self, connection: SnmpConnection) -> bool:
        """Whether the socket is open: only a request can tell whether the agent is there."""
        return connection.agent.usable

    def probe(self, connection: SnmpConnection, *, timeout: float) -> None:
        """Ask how long the agent has been up."""
        connection.agent.ask_uptime(time.monotonic() + timeout)

    def at_rest(self, connection: SnmpConnection) -> bool:
        """Whether nobody waits for an answer; a late one is dropped by its request id."""
        return connection.agent.resting

    def device_session(self, connection: SnmpConnection) -> str | None:
        """Return None: an agent keeps no sessions."""
        return None

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """Return nothing: no method sends lines."""
        return ()

    def is_read(self, platform: str | None, line: str) -> bool:
        """Return False: no method sends lines."""
        return False

    def translate(self, error: BaseException, device: str) -> errors.DeviceError | None:
        """Return what is ours already: the agent's errors are said where it is known what they mean."""
        return error if isinstance(error, errors.DeviceError) else None

    def abilities(self) -> Mapping[str, Sequence[str]]:
        """Return what each version can do."""
        return {
            "2c": ("get", "walk", "bulk"),
            "3": ("get", "walk", "bulk", *(name for name in (*AUTHENTICATION, *PRIVACY))),
        }
