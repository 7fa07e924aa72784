"""How long, as a person writes it."""

import re

from netpulse_core.errors import InvalidParameters

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def lasting(option: str, text: str) -> float:
    """Return the seconds that 30m, 2h or 1d12h are; raise InvalidParameters naming the option, also for none at all."""
    match = _DURATION.fullmatch(text)
    days, hours, minutes, rest = (int(part or 0) for part in match.groups()) if match and text else (0, 0, 0, 0)
    seconds = ((days * 24 + hours) * 60 + minutes) * 60 + rest
    if not seconds:
        raise InvalidParameters(option, [f"{text!r} is not a duration"], hint="write 30m, 2h or 1d12h")
    return float(seconds)


def deadline(text: str) -> float:
    """Return the seconds of a deadline, written so or as a bare number of them."""
    seconds = float(text) if _SECONDS.fullmatch(text) else lasting("--deadline", text)
    if not seconds:
        hint = "give how long it may wait to begin: 30m, 4h, 1d12h, or seconds"
        raise InvalidParameters("--deadline", [f"{text!r} leaves no time for anything to begin"], hint=hint)
    return seconds
