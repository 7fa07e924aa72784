"""The SSH side: connections that arrive, the faults they meet on the way, and who is let in."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

import asyncssh

from netpulse_core.lab.channel import CommandLine
from netpulse_core.lab.device import Device
from netpulse_core.lab.journal import Session

CHEAP_KEX = ("curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256")
# No chacha20: in Python it costs three times what AES does.
_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
_MACS = ("hmac-sha2-256", "hmac-sha2-512", "hmac-sha1")

type Find = Callable[[str, int], Device | None]


@lru_cache(maxsize=4096)
def ssh_options(key: asyncssh.SSHKey, kex: tuple[str, ...]) -> asyncssh.SSHServerConnectionOptions:
    """The options of one host key; built once, for it costs as much as a login."""
    return asyncssh.SSHServerConnectionOptions(
        server_factory=Front,
        server_host_keys=[key],
        server_version="Cisco-1.25",
        kex_algs=list(kex),
        encryption_algs=list(_CIPHERS),
        mac_algs=list(_MACS),
        compression_algs=["none"],
        encoding=None,
        line_editor=False,
        public_key_auth=False,
        kbdint_auth=False,
        gss_host=None,
        host_based_auth=False,
        agent_forwarding=False,
        x11_forwarding=False,
        allow_scp=False,
        login_timeout=60,
    )


class Listening:
    """What one lab shares between its connections: whose an address is, keys, and all that is open."""

    def __init__(self, find: Find, key: asyncssh.SSHKey, kex: tuple[str, ...]) -> None:
        self.find = find
        self._key = key
        self._kex = kex
        self.open: set[asyncio.Transport] = set()
        self.wires: set[Wire] = set()

    def options(self, device: Device) -> asyncssh.SSHServerConnectionOptions:
        return ssh_options(device.host_key or self._key, self._kex)

    async def close(self) -> None:
        """End every connection at once."""
        wires = list(self.wires)
        for wire in wires:
            wire.ending = "stopped"
            wire.abort()
        for transport in list(self.open):
            transport.abort()
        await asyncio.gather(*(wire.wait_closed() for wire in wires))


class Arrival(asyncio.Protocol):
    """A TCP connection before SSH: where a device is down, silent or merely far away."""

    def __init__(self, listening: Listening) -> None:
        self._listening = listening
        self._early = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast and no assertion: uvloop's transports are none of asyncio's classes.
        self._transport = transport = cast("asyncio.Transport", transport)
        device = self._listening.find(*transport.get_extra_info("sockname")[:2])
        # The peer is checked too: whatever the kernel let through, only this host may look in.
        if device is None or not transport.get_extra_info("peername")[0].startswith("127."):
            transport.abort()
            return
        device.journal.connection()
        if device.faults.down:
            transport.abort()
            return
        self._listening.open.add(transport)
        if device.faults.hang == "connect":
            return
        if device.faults.delay:
            asyncio.get_running_loop().call_later(device.faults.delay, self._greet, device)
        else:
            self._greet(device)

    def data_received(self, data: bytes) -> None:
        self._early += data

    def connection_lost(self, exc: Exception | None) -> None:
        self._listening.open.discard(self._transport)

    def _greet(self, device: Device) -> None:
        if self._transport.is_closing():
            return
        self._listening.open.discard(self._transport)
        wire = Wire(device, self._listening)
        self._transport.set_protocol(wire)
        wire.connection_made(self._transport)
        if self._early:
            wire.data_received(bytes(self._early))


class Wire(asyncssh.SSHServerConnection):
    """An SSH connection to a device, as far away as its faults say."""

    def __init__(self, device: Device, listening: Listening) -> None:
        self.ending = "lost"
        self.device = device
        self._listening = listening
        self._late: deque[bytes] = deque()
        self._clock = asyncio.get_running_loop()
        super().__init__(self._clock, listening.options(device))
        listening.wires.add(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = transport
        super().connection_made(transport)

    @property
    def gone(self) -> bool:
        """Whether the client already left, so that asyncio would complain of everything still written."""
        return self._socket.is_closing()

    def data_received(self, data: bytes, datatype: Any = None) -> None:
        delay = self.device.faults.delay
        if not delay and not self._late:
            super().data_received(data, datatype)
            return
        self._late.append(data)
        self._clock.call_later(delay, self._catch_up)

    def _catch_up(self) -> None:
        # Taken from the left whichever timer fires: a delay made shorter must not let bytes overtake.
        if self._late:
            super().data_received(self._late.popleft())

    def connection_lost(self, exc: Exception | None = None) -> None:
        self._late.clear()
        self._listening.wires.discard(self)
        super().connection_lost(exc)

    async def reload_config(self) -> None:
        """Nothing: asyncssh would rebuild the options in a thread for each login."""

    def end_session(self, reason: str) -> None:
        """Close the connection after what was already said; called from any thread."""
        self._clock.call_soon_threadsafe(self._end, reason)

    def _end(self, reason: str) -> None:
        self.ending = reason
        self.close()


class Front(asyncssh.SSHServer):
    """Authentication, and the one session a connection may have, as on a router."""

    _wire: Wire
    _session: Session | None = None
    _used = False

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        assert isinstance(conn, Wire)
        self._wire = conn

    def connection_lost(self, exc: Exception | None) -> None:
        if self._session is not None:
            self._wire.device.logout(self._session, self._wire.ending)

    def password_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        device = self._wire.device
        if device.faults.hang == "login":
            await asyncio.Event().wait()
        if device.faults.login_delay:
            await asyncio.sleep(device.faults.login_delay)
        if device.accepts(username, password):
            return True
        device.journal.refuse(username)
        return False

    def auth_completed(self) -> None:
        wire = self._wire
        user, source = wire.get_extra_info("username"), wire.get_extra_info("peername")[:2]
        self._session = wire.device.login(user, source, wire.end_session)
        if self._session is None:
            wire.device.journal.refuse(user)
            wire.disconnect(asyncssh.DISC_TOO_MANY_CONNECTIONS, "all vty lines are in use")

    def session_requested(self) -> CommandLine | bool:
        wire = self._wire
        if self._session is None or self._used:
            return False
        self._used = True
        return CommandLine(wire.device, self._session, wire)
