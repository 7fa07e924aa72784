"""One NETCONF session: a request, its answer, and who breaks it off."""

import contextlib
import time
from typing import Any

from netpulse_core import errors
from netpulse_core.builtins.netconf import reply

_GOODBYE = 1.5
_NO_FILTER = '<filter xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" type="subtree"/>'


class Link:
    """What a connection sends through; used by one thread at a time, broken off from any."""

    def __init__(self, device: str, where: str, manager: Any, way: Any, *, username: str) -> None:
        self.device = device
        self.where = where
        self.username = username
        self._opened = time.monotonic()
        self._manager = manager
        self._way = way
        self._broken = False
        self.unanswered = False
        self.locks: set[str] = set()
        self.locked_to_edit = False
        """Whether our lock of the candidate was taken by an edit, and goes with its commit or discard."""
        self.edited = False
        """Whether the candidate holds changes of ours that were neither committed nor discarded."""
        self.unconfirmed = False
        """Whether a confirmed commit of ours waits for its confirmation."""

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The URIs the server greeted with."""
        return tuple(self._manager.server_capabilities)

    @property
    def session_id(self) -> str:
        """The server's number of this session."""
        return str(self._manager.session_id)

    @property
    def age(self) -> float:
        """Seconds since the server greeted."""
        return time.monotonic() - self._opened

    @property
    def usable(self) -> bool:
        """Whether requests can be sent."""
        session = self._manager._session
        return not self._broken and session.connected and bool(session.transport and session.transport.is_active())

    @property
    def resting(self) -> bool:
        """Whether nothing is open on it: no answer, no lock, no edited candidate, no commit to confirm."""
        return self.usable and not (self.unanswered or self.locks or self.edited or self.unconfirmed)

    def can(self, capability: str) -> bool:
        """Whether the server has a capability, as `:candidate` or `:confirmed-commit:1.1`."""
        return capability in self._manager.server_capabilities

    def ask(self, operation: str, *args: Any, within: float, **given: Any) -> Any:
        """Return the root of the reply to one of ncclient's operations; raise our errors."""
        said = operation.replace("_", "-")
        if not self.usable:
            raise errors.SessionLost("nothing was sent: the session has ended", device=self.device)
        self._manager.timeout = within
        self.unanswered = True
        try:
            answer = getattr(self._manager, operation)(*args, **given)
        except Exception as error:
            raise self._said(error, said, within) from error
        self.unanswered = False
        return reply.read(self.device, said, answer.xml)

    def do(self, operation: str, *args: Any, within: float, **given: Any) -> None:
        """Ask for something that is answered with ok."""
        root = self.ask(operation, *args, within=within, **given)
        reply.require_ok(self.device, operation.replace("_", "-"), root)

    def data(self, operation: str, *args: Any, within: float, **given: Any) -> Any:
        """Ask for something that is answered with data."""
        root = self.ask(operation, *args, within=within, **given)
        return reply.data(self.device, operation.replace("_", "-"), root)

    def ask_for_nothing(self, within: float) -> None:
        """Ask for the running configuration under an empty filter (RFC 6241, section 6.4.2): a sign of life."""
        self.ask("get_config", "running", _NO_FILTER, within=within)

    def break_off(self) -> None:
        """Break the transport: who waits for an answer gets an error when ncclient next looks, within 0.1 s."""
        self._broken = True
        self._way.break_off()

    def close(self) -> None:
        """Leave nothing of ours in the candidate, say goodbye, and close; nothing is sent where an answer is due."""
        if self.usable and not self.unanswered:
            with contextlib.suppress(errors.DeviceError):
                if self.edited:
                    self.do("discard_changes", within=_GOODBYE)
                self.ask("close_session", within=_GOODBYE)
        self._broken = True
        self._way.break_off()
        with contextlib.suppress(EOFError, OSError):  # through a jump host, paramiko has a last word for the hop
            self._manager._session.close()
        self._way.close()

    def _said(self, error: Exception, operation: str, within: float) -> Exception:
        if isinstance(error, errors.DeviceError):
            return error
        name = type(error).__name__
        if self._broken:
            return errors.SessionLost(f"the session was broken off during {operation}", device=self.device)
        if name == "TimeoutExpiredError":
            return errors.TimedOut(
                f"no answer to {operation} within {within:g} s",
                device=self.device,
                hint="the device may be busy: raise the timeout, or look at its load",
            )
        if name in ("MissingCapabilityError", "XMLError", "OperationError"):
            self.unanswered = False  # ncclient refuses these itself
            return errors.CommandRejected(f"nothing was sent for {operation}: {error}", device=self.device)
        if name in ("SessionCloseError", "TransportError", "SSHError") or isinstance(error, OSError | EOFError):
            return errors.SessionLost(f"the session ended during {operation}: {error}"[:300], device=self.device)
        return error
