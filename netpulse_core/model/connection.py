"""Where, as whom and through what to connect, and whose host key is believed."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from netpulse_core.errors import HostKeyChanged, Refused


class HostKey(NamedTuple):
    """A device's public key as SSH shows it: `blob` is the key's wire form (RFC 4253, section 6.6)."""

    algorithm: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """The key as OpenSSH prints it: `SHA256:` and unpadded base64."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode()
        return f"SHA256:{digest.rstrip('=')}"


class HostKeys(Protocol):
    """The keys that are believed; a driver asks before it sends a credential."""

    def known(self, address: str, port: int) -> Sequence[HostKey]:
        """Return what is pinned, so that a driver can ask the device for a key of these algorithms."""

    def verify(self, device: str, address: str, port: int, key: HostKey) -> None:
        """Return where this key is believed, pinning it where none was; raise HostKeyChanged where it is not."""


class NothingKnown:
    """Believes no key: what a driver has to ask when it was given nothing else."""

    def known(self, address: str, port: int) -> Sequence[HostKey]:
        """Return nothing."""
        return ()

    def verify(self, device: str, address: str, port: int, key: HostKey) -> None:
        """Raise HostKeyChanged."""
        raise HostKeyChanged(
            f"the host key of {address} port {port} ({key.fingerprint}) is not known, and nothing was sent",
            device=device,
            hint="give ConnectionParameters its `host_keys`",
        )


class SessionLimits(NamedTuple):
    """What the inventory says of one device's sessions, in seconds and counts; None is the worker's own setting."""

    connect_timeout: float | None = None
    idle_timeout: float | None = None
    most: int | None = None
    """Sessions at once: a box has few lines."""
    exec_timeout: float | None = None
    """After how long the device itself ends a session in which nothing is typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionParameters:
    """Where and as whom to connect, secrets resolved; its repr shows none of them."""

    device: str
    address: str
    port: int | None
    username: str | None
    password: str | None = field(repr=False)
    platform: str | None
    extras: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the device library takes besides, as in Nornir's connection options."""
    groups: tuple[str, ...] = ()
    """The device's groups: logins are bounded for each of them."""
    jumps: tuple["ConnectionParameters", ...] = ()
    """The hosts to go through, the one next to us first."""
    host_keys: HostKeys = field(default_factory=NothingKnown, repr=False)
    keepalive: float | None = None
    """Seconds of silence after which the transport asks whether the other end is there."""
    limits: SessionLimits = field(default_factory=SessionLimits)
    in_change: bool = False
    """Whether the job is past its point of no return: nothing then lets this login wait."""
    others: bool = False
    """Whether another credential is tried should the device refuse this one."""

    def refuse_jump_hosts(self, driver: str) -> None:
        """Raise Refused where a jump host is asked of a driver that goes through none."""
        if self.jumps:
            raise Refused(
                f"{self.device}: the driver {driver} goes through no jump host, and this device has one",
                hint="reach it with a driver that does (`netpulse drivers`), or take `netpulse_jump` away",
            )
