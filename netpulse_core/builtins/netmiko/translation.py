"""netmiko's, paramiko's and the socket's errors, said as ours: classified by cause, because the surface misleads.

netmiko calls a login that took too long an authentication failure, and a refused host key a timeout.
"""

import socket
from collections.abc import Sequence
from traceback import walk_tb

from netpulse_core import errors
from netpulse_core.builtins.causes import causes
from netpulse_core.builtins.netmiko.opening import TooSlow
from netpulse_core.builtins.netmiko.platforms import without_secrets
from netpulse_core.builtins.netmiko.stopping import refused_line
from netpulse_core.builtins.netmiko.telnet import RefusedLogin
from netpulse_core.builtins.netmiko.way import NoTransport

_CREDENTIALS = "check the username, and the reference that stands for its password, in inventory/"
_KEY = "check key_file and passphrase in inventory/ (netmiko's extras), on the worker that logs in"
_ADDRESS = "check hostname and port in inventory/, and the way there: `netpulse run probe -t DEVICE`"
_SLOW = "the device may be busy: raise the timeout, or look at its load"
_ENABLE = "check the enable secret in inventory/ (netmiko's extra `secret`)"
_CLOSED = "is SSH on there, and a line (VTY) free? `netpulse run probe -t DEVICE` looks at the way there"
_LINES = "are all its lines (VTY) in use? `show users` says by whom"
_REFUSALS = ("Failed to enter configuration", "Failed to exit", "Commit failed", "Save failed", "commit aborted")
_NO_KEY = ("No authentication methods", "private key", "Invalid key", "key, expected")
_NO_PROMPT = ("Router prompt not found", "Unable to find prompt")


def translate(error: BaseException, device: str) -> errors.DeviceError | None:
    """Return our error for one of the library's, or None for what is not from there."""
    chain = list(causes(error))
    if ours := next((link for link in chain if isinstance(link, errors.DeviceError)), None):
        return _of(ours, device)  # paramiko and netmiko may wrap what a host key was refused with
    where = _where(chain)
    for explain in (_key, _transport, _host_key, _login, _enable, _talk):
        if found := explain(chain, where, device):
            return found
    return None


def _of(ours: errors.DeviceError, device: str) -> errors.DeviceError:
    """Return an error as the device's, also where a host on the way to it is meant."""
    if ours.device == device:
        return ours
    return type(ours)(f"on the way to it, {ours}", device=device, hint=ours.hint)


def _where(chain: Sequence[BaseException]) -> str:
    """Return what was noted beside the error: where it happened, a jump host before the device."""
    notes = [note for link in chain for note in getattr(link, "__notes__", ())]
    noted = next((note for note in notes if note.startswith("jump host ")), notes[0] if notes else "")
    return f" ({noted})" if noted else ""


def _is(error: BaseException, *names: str) -> bool:
    """Whether the error is of one of these classes, without importing their library."""
    return any(kind.__name__ in names for kind in type(error).__mro__)


def _key(chain: list[BaseException], where: str, device: str) -> errors.DeviceError | None:
    """What is wrong with a key of ours; netmiko calls it a failed TCP connection, or a timeout."""
    for link in chain:
        if isinstance(link, OSError) and link.filename:
            why = f"the key file {link.filename} cannot be read: {(link.strerror or str(link)).lower()}"
            return errors.AuthenticationFailed(f"{why}{where}", device=device, hint=_KEY)
        if _is(link, "PasswordRequiredException"):
            return errors.AuthenticationFailed(f"the key is under a passphrase{where}", device=device, hint=_KEY)
        if _is(link, "SSHException") and any(words in str(link) for words in _NO_KEY):
            return errors.AuthenticationFailed(f"no key or password could be tried{where}", device=device, hint=_KEY)
    return None


def _transport(chain: list[BaseException], where: str, device: str) -> errors.DeviceError | None:
    text = str(chain[0])
    if isinstance(chain[0], NoTransport):
        cause = chain[0].__cause__
        why = text if cause is not None and _is(cause, "ChannelException") else _why_not(cause)
        return errors.Unreachable(f"no connection{where}: {why}", device=device, hint=_ADDRESS)
    no_way = "TCP connection to device failed" in text or "DNS failure" in text
    if no_way and _is(chain[0], "NetmikoTimeoutException"):
        cause = next((link for link in chain if isinstance(link, OSError)), None)
        return errors.Unreachable(f"no connection{where}: {_why_not(cause)}", device=device, hint=_ADDRESS)
    return None


def _why_not(cause: BaseException | None) -> str:
    if isinstance(cause, socket.gaierror):
        return "the name is not known"
    if isinstance(cause, ConnectionRefusedError):
        return "nothing listens there (connection refused)"
    if isinstance(cause, TimeoutError):
        return "no answer to the connection request"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return str(cause or "the TCP connection failed").splitlines()[0]


def _host_key(chain: list[BaseException], where: str, device: str) -> errors.DeviceError | None:
    if any(_is(link, "BadHostKeyException") for link in chain):
        said = "the device shows another host key than the one known; nothing was sent to it"
        hint = "was the device replaced? then remove its old key; if not, someone may stand in between"
        return errors.HostKeyChanged(f"{said}{where}", device=device, hint=hint)
    if any(_is(link, "SSHException") and "not found in known_hosts" in str(link) for link in chain):
        return errors.HostKeyChanged(
            f"the device's host key is not known, and unknown keys are refused{where}",
            device=device,
            hint="add its key to the known hosts after comparing the fingerprint",
        )
    return None


def _login(chain: list[BaseException], where: str, device: str) -> errors.DeviceError | None:
    first, texts = chain[0], " ".join(str(link) for link in chain)
    if isinstance(first, RefusedLogin):
        return errors.AuthenticationFailed(f"login refused{where}", device=device, hint=_CREDENTIALS)
    if isinstance(first, TooSlow):
        return errors.TimedOut(f"reached, but the login was not finished in time{where}", device=device, hint=_SLOW)
    if _is(first, "AuthenticationException"):
        if "Authentication timeout" in texts or "timed out" in texts:
            return errors.TimedOut(f"no answer to the login in time{where}", device=device, hint=_SLOW)
        if "transport shut down or saw EOF" in texts:
            return errors.SessionLost(
                f"the device closed the connection during the login{where}", device=device, hint=_LINES
            )
        return errors.AuthenticationFailed(f"login refused{where}", device=device, hint=_CREDENTIALS)
    if any(_is(link, "IncompatiblePeer") for link in chain):
        return errors.DeviceError(
            f"no SSH algorithm in common{where}: {_first_line(texts)}",
            device=device,
            hint="the device may offer only algorithms that are no longer safe; use telnet or upgrade it",
        )
    if any(_is(link, "ChannelException") for link in chain) or "Unable to open channel" in texts:
        return errors.SessionLost(f"logged in, but given no session{where}", device=device, hint=_LINES)
    if "protocol banner" in texts:
        if any(isinstance(link, (EOFError, ConnectionError)) for link in chain) or "reset" in texts:
            # Neither a session nor a login was there to be lost: it is as if nothing listened.
            said = f"the device closed the connection before the login{where}"
            return errors.Unreachable(said, device=device, hint=_CLOSED)
        return errors.TimedOut(f"connected, but no SSH server answered{where}", device=device, hint=_SLOW)
    if "Indecipherable protocol version" in texts:
        return errors.Unreachable(f"what answers there is no SSH server{where}", device=device, hint=_ADDRESS)
    return None


def _enable(chain: list[BaseException], where: str, device: str) -> errors.DeviceError | None:
    """A wrong enable secret is asked for again, which netmiko takes for a slow answer."""
    first = chain[0]
    frames = (frame.f_code.co_name for frame, _ in walk_tb(first.__traceback__))
    asked_again = _is(first, "ReadTimeout") and "enable_secret_handler" in frames
    if asked_again or (isinstance(first, ValueError) and str(first).startswith("Failed to enter enable mode")):
        return errors.PrivilegeRefused("privileged mode refused", device=device, hint=_ENABLE)
    return None


def _talk(chain: list[BaseException], where: str, device: str) -> errors.DeviceError | None:
    first, text = chain[0], str(chain[0])
    if _is(first, "ConfigInvalidException"):
        return _refused_line(first, device)
    closed = any(isinstance(link, (EOFError, ConnectionError)) for link in chain[1:])
    if _is(first, "ReadTimeout") or (_is(first, "NetmikoTimeoutException") and not closed):
        return errors.TimedOut(f"no complete answer in time{where}", device=device, hint=_SLOW)
    if isinstance(first, TimeoutError):
        return errors.TimedOut(f"the device takes no more data{where}", device=device, hint=_SLOW)
    if _is(first, "NetmikoBaseException", "SSHException") or isinstance(first, (EOFError, OSError)):
        why = _first_line(text) or type(first).__name__
        return errors.SessionLost(f"the session ended{where}: {why}", device=device)
    if isinstance(first, ValueError) and text.startswith(_REFUSALS):
        return errors.CommandRejected(_first_line(text), device=device)
    if isinstance(first, ValueError) and text.startswith(_NO_PROMPT):
        return errors.TimedOut(f"no prompt could be found{where}: {_first_line(text)}", device=device)
    return None


def _refused_line(error: BaseException, device: str) -> errors.CommandRejected:
    line, answer = refused_line(str(error))
    said = f"{without_secrets(line)!r} ({without_secrets(answer)})" if line else _first_line(str(error))
    if getattr(error, "nothing_stands", False):
        return errors.CommandRejected(f"a line was refused: {said}", device=device)
    where = (
        "may lie in the shared candidate" if getattr(error, "in_a_shared_candidate", False) else "stand in the running"
    )
    hint = f"the push stopped there: lines before it {where} configuration"
    return errors.PartlyApplied(f"a line was refused: {said}", device=device, hint=hint)


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
