"""Sessions and drivers: what a node needs of a device library, and what it hands to a task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from netpulse_core.errors import DeviceError


class SessionIdentity(NamedTuple):
    """What makes two sessions the same; a session is never lent under another identity."""

    driver: str
    address: str
    port: int | None
    user: str | None
    credential: str
    """Fingerprint of password, keys and enable secret under a key of this process; never the values."""
    options: str


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


class Gate(Protocol):
    """Stands between a task and a change: crossing it commits the point of no return."""

    @property
    def open_for_changes(self) -> bool:
        """Whether this job may change its device at all."""

    def cross(self, device_session: str | None) -> None:
        """Commit the point of no return, once; raise Refused where the job may no longer start to change."""


class Driver(Protocol):
    """How NetPulse talks to a kind of device: subclass it, or write a class of the same shape.

    `name` is the Nornir connection name its tasks ask for. Import the device library in `open`, not in the module:
    processes that never touch a device know every driver by name.
    """

    name: str
    reads: frozenset[str]
    """Methods of the connection that cannot change the device, whatever their arguments."""
    commands: frozenset[str]
    """Methods that send lines, which read or change depending on the lines; see `lines`."""
    inert: frozenset[str]
    """Plain attributes a task may look at."""

    def open(self, parameters: ConnectionParameters, *, timeout: float) -> Any:
        """Return an open connection; errors are the library's own, and `translate` explains them."""

    def close(self, connection: Any) -> None:
        """Say goodbye and close; must not raise for a connection that is already dead."""

    def abort(self, connection: Any) -> None:
        """Break the transport at once, from any thread: a blocked call must return with an error."""

    def alive(self, connection: Any) -> bool:
        """Whether the connection can still be used, as far as can be told without a round trip."""

    def at_rest(self, connection: Any) -> bool:
        """Whether the connection is at the prompt and in the mode it was opened in, nothing left unread."""

    def device_session(self, connection: Any) -> str | None:
        """Return the device's own name of this session (a tty, a session id), or None where it has none."""

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the lines a call of a `commands` method would send."""

    def prepared(self, platform: str | None, method: str, kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the keyword arguments a call is made with: what the task gave, and defaults that keep it honest."""
        return kwargs

    def is_read(self, platform: str | None, line: str) -> bool:
        """Whether this line only reads on this platform; what is not known to read, changes."""

    def translate(self, error: BaseException, device: str) -> DeviceError | None:
        """Return our error for one of the library's own, or None when it is not one of them."""
