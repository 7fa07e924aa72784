"""asyncssh's and the socket's errors, said as ours: classified by cause and by how far the connection had come."""

import socket

from netpulse_core import errors
from netpulse_core.builtins.asyncssh_transport.algorithms import LEGACY
from netpulse_core.builtins.asyncssh_transport.failures import LinkFailed, NoCommonAlgorithm, Stage
from netpulse_core.builtins.asyncssh_transport.keys import BadKey

_CREDENTIALS = "check the username and the password or key in inventory/"
_ADDRESS = "check hostname and port in inventory/, and the way there: `netpulse run probe -t DEVICE`"
_SLOW = "the device may be busy: raise the timeout, or look at its load"
_CLOSED = "is SSH on there, and a line (VTY) free? `netpulse run probe -t DEVICE` looks at the way there"
_LINES = "are all its lines (VTY) in use? `show users` says by whom"
_KEY = "name a readable private key (`key_file`, `passphrase`) in the connection options of inventory/"
_REPLACED = "was the device replaced? then approve its new key; if not, someone may stand in between"
_OLD = f"if it knows nothing newer, and its way is trusted: `{LEGACY}: true` in its connection options"
_OLD_ALREADY = "upgrade its software, or reach it with another driver"


def translate(error: BaseException, device: str) -> errors.DeviceError | None:
    """Return our error for one of the library's, or None for what is not from there."""
    if isinstance(error, errors.DeviceError):
        return error
    if isinstance(error, LinkFailed):
        return _opening(error, device)
    if _is(error, "ChannelOpenError"):
        return errors.SessionLost(f"logged in, but given no session: {_words(error)}", device=device, hint=_LINES)
    if isinstance(error, TimeoutError):
        return errors.TimedOut("no complete answer in time", device=device, hint=_SLOW)
    if _of_asyncssh(error) or isinstance(error, (EOFError, OSError)):
        return errors.SessionLost(f"the session ended: {_words(error)}", device=device)
    return None


def _opening(failed: LinkFailed, device: str) -> errors.DeviceError:
    where = f" ({failed.where})"
    if failed.jump:
        where = f" at jump host {failed.jump}{where}"
    cause = failed.__cause__ or failed
    if isinstance(cause, errors.LoginDelayed):
        return cause
    if isinstance(cause, errors.DeviceError):  # the jump host's own key is not believed
        said = str(cause).removeprefix(f"{cause.device}: ")
        return type(cause)(f"jump host {failed.jump}: {said}", device=device, hint=cause.hint, jump=failed.jump)
    explain = _transport if failed.stage is Stage.TRANSPORT else _login
    found = explain(cause, where, failed, device)
    found.jump = failed.jump
    return found


def _transport(cause: BaseException, where: str, failed: LinkFailed, device: str) -> errors.DeviceError:
    if isinstance(cause, BadKey):
        return errors.DeviceError(f"the private key cannot be used{where}: {cause}", device=device, hint=_KEY)
    return errors.Unreachable(f"no connection{where}: {_why_not(cause)}", device=device, hint=_ADDRESS)


def _login(cause: BaseException, where: str, failed: LinkFailed, device: str) -> errors.DeviceError:
    hint = _OLD_ALREADY if failed.legacy else _OLD
    if isinstance(cause, TimeoutError):
        return errors.TimedOut(f"reached, but the login was not finished in time{where}", device=device, hint=_SLOW)
    if isinstance(cause, NoCommonAlgorithm):
        if cause.key_is_pinned:
            said = f"the device no longer has a key of the kind that is known; nothing was sent{where}: {cause}"
            return errors.HostKeyChanged(said, device=device, hint=_REPLACED)
        return errors.DeviceError(f"no SSH algorithm in common{where}: {cause}", device=device, hint=hint)
    if _is(cause, "HostKeyNotVerifiable"):
        said = f"the host key cannot be believed, and nothing was sent{where}: {_words(cause)}"
        return errors.HostKeyChanged(said, device=device, hint=_REPLACED)
    if _is(cause, "KeyExchangeFailed"):
        return errors.DeviceError(f"the key exchange failed{where}: {_words(cause)}", device=device)
    if _is(cause, "PermissionDenied"):
        return errors.AuthenticationFailed(f"login refused{where}", device=device, hint=_CREDENTIALS)
    if _of_asyncssh(cause) or isinstance(cause, (EOFError, OSError)):
        # Without a greeting neither a session nor a login was there to be lost: it is as if nothing listened.
        if failed.stage is Stage.GREETING and not _is(cause, "ProtocolNotSupported"):
            said = f"the device closed the connection before the login{where}: {_words(cause)}"
            return errors.Unreachable(said, device=device, hint=_CLOSED)
        said = f"the device closed the connection before the login was finished{where}: {_words(cause)}"
        return errors.SessionLost(said, device=device, hint=_LINES)
    return errors.DeviceError(f"the login failed{where}: {_words(cause)}", device=device)


def _why_not(cause: BaseException) -> str:
    if isinstance(cause, socket.gaierror):
        return "the name is not known"
    if isinstance(cause, ConnectionRefusedError):
        return "nothing listens there (connection refused)"
    if isinstance(cause, TimeoutError):
        return "no answer to the connection request"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return _words(cause)


def _of_asyncssh(error: BaseException) -> bool:
    return _is(error, "DisconnectError", "ChannelOpenError")


def _is(error: BaseException, *names: str) -> bool:
    """Whether the error is of one of asyncssh's classes, without importing it."""
    kinds = type(error).__mro__
    return any(kind.__name__ in names and kind.__module__.startswith("asyncssh") for kind in kinds)


def _words(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
