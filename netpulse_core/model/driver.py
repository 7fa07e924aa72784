"""Drivers: what a node needs of a device library, and what it hands to a task."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from netpulse_core.errors import DeviceError
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.session import DeviceSession


class Driver(Protocol):
    """How NetPulse talks to a kind of device: subclass it, or write a class of the same shape.

    `name` is the Nornir connection name its tasks ask for. Import the device library in `open`, not in the module:
    processes that never touch a device know every driver by name. A method of the connection raises InvalidParameters
    or Refused only before it has sent anything: after any other error that `translate` does not make a
    CommandRejected, a change is in doubt.
    """

    name: str
    sentence: str = ""
    """What it is for, as `netpulse drivers` shows it."""
    reads: frozenset[str] = frozenset()
    """Methods of the connection that cannot change the device, whatever their arguments."""
    commands: frozenset[str] = frozenset()
    """Methods that send lines, which read or change depending on the lines; see `lines`."""
    beside: frozenset[str] = frozenset()
    """Methods that bring what is no line: a file, a request, data. Nobody who may send only some lines calls them."""
    inert: frozenset[str] = frozenset()
    """Plain attributes a task may look at."""

    def open(self, parameters: ConnectionParameters, *, timeout: float) -> Any:
        """Return an open connection; errors are the library's own, and `translate` explains them."""

    def close(self, connection: Any) -> None:
        """Say goodbye and close; must not raise for a connection that is already dead."""

    def abort(self, connection: Any) -> None:
        """Break the transport at once, from any thread: a blocked call must return with an error."""

    def alive(self, connection: Any) -> bool:
        """Whether the connection can still be used, as far as can be told without a round trip."""

    def probe(self, connection: Any, *, timeout: float) -> None:
        """Ask the device for a sign of life, in a way that changes nothing; raise where none comes within `timeout`.

        Called before a session that was quiet for long is lent again. What it reads must not be left unread.
        """

    def at_rest(self, connection: Any) -> bool:
        """Whether the connection is at the prompt and in the mode it was opened in, nothing left unread."""

    def device_session(self, connection: Any) -> str | None:
        """Return the device's own name of this session (a tty, a session id), or None where it has none."""

    def end_session(self, connection: Any, recorded: DeviceSession, *, timeout: float) -> bool:
        """End another session of the same device; True says that the device surely has it no longer.

        Called with a connection of its own before a change in doubt is judged: a line that the session brings after
        that would make the judgement a lie. End only what is surely the recorded one, by user, source and time of
        login, and answer False wherever that cannot be told: then nothing is judged.
        """
        return False

    def configuration(self, connection: Any, *, timeout: float) -> str | None:
        """Return the whole running configuration as text, or None where this connection cannot be asked for it.

        Read before the point of no return of a runbook with `baseline=True`, and again where that is in doubt. The
        connection is left at rest.
        """
        return None

    def labelled(
        self, platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], label: str
    ) -> Mapping[str, Any]:
        """Return the keyword arguments of a call that commits, `label` put where the device keeps it with the commit.

        Asked after `prepared`, of calls that may change; what cannot be labelled is returned as it is.
        """
        return kwargs

    def committed(self, connection: Any, label: str, *, timeout: float) -> bool:
        """Whether the device's own list of commits has this label; False proves nothing.

        Asked over a connection of its own, once no session of the change is left.
        """
        return False

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the lines a call of a `commands` method would send."""

    def sent(
        self, platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Sequence[str] | None:
        """Return every line a call of any method sends for its task, or None where that cannot be told beforehand.

        Asked only of a run whose caller is held to command rules, before the point of no return. Lines of the driver's
        own, into a mode and out of it, a commit, are not among them: a call that sends no others gives an empty tuple.
        What gives None is refused to a caller who may send only some lines; and to one to whom lines are denied, unless
        the method is among `reads` or `beside`, or the driver sends no lines at all. It may raise LineRefused where a
        device would take another line than is told.
        """
        return self.lines(method, args, kwargs) if method in self.commands else None

    def prepared(self, platform: str | None, method: str, kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the keyword arguments a call is made with: what the task gave, and defaults that keep it honest."""
        return kwargs

    def whole(self, connection: Any, line: str) -> str:
        """Return one of `lines` as `is_read` is to judge it: with what this connection sends before or after it."""
        return line

    def is_read(self, platform: str | None, line: str) -> bool:
        """Whether this line only reads on this platform; what is not known to read, changes."""

    def translate(self, error: BaseException, device: str) -> DeviceError | None:
        """Return our error for one of the library's own, or None when it is not one of them."""

    def abilities(self) -> Mapping[str, Sequence[str]]:
        """Return what each platform can do, as `netpulse drivers NAME` shows it; empty where all are alike."""
        return {}
