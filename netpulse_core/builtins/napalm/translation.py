"""NAPALM's errors, and those of pyeapi below it, said as ours."""

import ssl

from netpulse_core import errors
from netpulse_core.builtins.causes import causes
from netpulse_core.builtins.napalm.connection import first_line, is_refusal
from netpulse_core.builtins.napalm.opening import TooSlow
from netpulse_core.builtins.netmiko.driver import Netmiko

_ADDRESS = "check hostname and port in inventory/, and that the API is on (`management api http-commands`)"
_CERTIFICATE = "name the authority that signed it in optional_args `ca_file`; `verify: false` believes anyone"
_SLOW = "the device may be busy: raise the timeout, or look at its load"
_LOST = ("ConnectionClosedException", "RemoteDisconnected", "BadStatusLine", "IncompleteRead")
_netmiko = Netmiko()


def translate(error: BaseException, device: str) -> errors.DeviceError | None:
    """Return our error for one of the libraries', or None for what is not from there."""
    if isinstance(error, errors.DeviceError):
        return error
    if isinstance(error, TooSlow):
        return errors.TimedOut("reached, but the session was not ready in time", device=device, hint=_SLOW)
    for link in causes(error):
        if found := _http(link, device):
            return found
    if _named(error, "ConnectAuthError"):
        return errors.AuthenticationFailed("login refused", device=device)
    if _named(error, *_LOST):
        return errors.SessionLost(f"the session ended: {first_line(error)}", device=device)
    if _named(error, "ConnectTimeoutError", "CommandTimeoutException"):
        return errors.TimedOut("no complete answer in time", device=device, hint=_SLOW)
    if below := _netmiko.translate(error, device):
        return below
    if _named(error, "NapalmException", "EapiError"):
        for link in causes(error.__cause__ or error.__context__):
            if below := _netmiko.translate(link, device):
                return below
        if is_refusal(error):
            return errors.CommandRejected(first_line(error), device=device)
        return errors.SessionLost(first_line(error) or type(error).__name__, device=device)
    return None


def _http(error: BaseException, device: str) -> errors.DeviceError | None:
    """pyeapi raises one error for all that can go wrong on the way; what did is in its words and its context."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return errors.HostKeyChanged(
            f"its certificate is not believed ({error.verify_message}), and nothing was sent to it",
            device=device,
            hint=_CERTIFICATE,
        )
    if not _named(error, "EapiError") or is_refusal(error):
        return None
    cause = next((link for link in causes(error.__context__) if isinstance(link, (OSError, ValueError))), None)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _http(cause, device)
    if str(error).startswith("Unauthorized"):
        hint = "check the username, and the reference that stands for its password, in inventory/"
        return errors.AuthenticationFailed("login refused by the eAPI", device=device, hint=hint)
    if isinstance(cause, ConnectionRefusedError):
        return errors.Unreachable("nothing listens there (connection refused)", device=device, hint=_ADDRESS)
    if isinstance(cause, TimeoutError):
        return errors.TimedOut("no complete answer in time", device=device, hint=_SLOW)
    if isinstance(cause, OSError):
        why = cause.strerror or str(cause) or type(cause).__name__
        return errors.SessionLost(f"the request was not answered: {why}", device=device)
    return errors.SessionLost(f"no eAPI answered: {first_line(error)}", device=device, hint=_ADDRESS)


def _named(error: BaseException, *names: str) -> bool:
    return any(kind.__name__ in names for kind in type(error).__mro__)
