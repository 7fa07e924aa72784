"""What a server answers: data, ok, or errors, told in our words."""

from typing import Any

from netpulse_core import errors
from netpulse_core.builtins.netconf.xml import BASE, local, parsed

_LONGEST = 3
"""Errors of one answer that are quoted."""
_HINTS = {
    "access-denied": "the user may not do this: look at the device's access control (NACM, RFC 8341)",
    "lock-denied": "wait until that session is done, or end it with kill_session",
    "in-use": "another session holds the lock: wait until it is done",
    "resource-denied": "a candidate with uncommitted changes of others cannot be locked: commit or discard them",
}


def read(device: str, operation: str, raw: str) -> Any:
    """Return the root of a reply that holds no error; raise CommandRejected for one that does.

    Warnings are no errors (RFC 6241, section 4.3). ncclient looks for errors only where there is no `ok`, and judges
    by the first of several.
    """
    try:
        root = parsed(raw)
    except ValueError as error:
        raise errors.DeviceError(f"the answer to {operation} cannot be read: {error}", device=device) from error
    found = [one for one in root.iter(f"{{{BASE}}}rpc-error") if _value(one, "error-severity") != "warning"]
    if found:
        raise _rejected(device, operation, found)
    return root


def data(device: str, operation: str, root: Any) -> Any:
    """Return the `data` element of a reply."""
    found = next((child for child in root if local(child.tag) == "data"), None)
    if found is None:
        raise errors.DeviceError(f"the answer to {operation} holds no data", device=device)
    return found


def require_ok(device: str, operation: str, root: Any) -> None:
    """Raise DeviceError where a reply says neither that it was done nor that it was not."""
    if root.find(f"{{{BASE}}}ok") is None:
        raise errors.DeviceError(f"the answer to {operation} says neither ok nor an error", device=device)


def _rejected(device: str, operation: str, found: list[Any]) -> errors.CommandRejected:
    said = "; ".join(_sentence(one) for one in found[:_LONGEST])
    more = f"; and {len(found) - _LONGEST} more" if len(found) > _LONGEST else ""
    hint = next((_HINTS[tag] for one in found if (tag := _value(one, "error-tag")) in _HINTS), "")
    return errors.CommandRejected(f"{operation} refused: {said}{more}", device=device, hint=hint)


def _sentence(error: Any) -> str:
    tag, message, path = (_value(error, name) for name in ("error-tag", "error-message", "error-path"))
    words = tag if not message or message.replace(" ", "-") == tag else f"{message} ({tag})"
    holder = next((one.text for one in error.iter() if local(one.tag) == "session-id"), None)
    held = f", held by session {holder}" if holder and holder != "0" else ""
    return f"{words}{held}{f' at {path}' if path else ''}"


def _value(error: Any, name: str) -> str:
    found = next((child.text for child in error if local(child.tag) == name), None)
    return " ".join((found or "").split())
