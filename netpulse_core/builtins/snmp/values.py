"""What an agent answers, as JSON can say it."""

import math

Value = str | int | float | None


def plain(value: str | bytes | int | float | None) -> Value:
    """Return a value as JSON can say it: octets as text where they are printable UTF-8, else as `0x` and hex digits.

    Numbers, OIDs and IP addresses are already what they should be. Without the MIB nobody knows whether octets were
    meant as text: a MAC address whose six octets happen to be printable is shown as text.
    """
    if isinstance(value, bytes):
        return _octets(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _octets(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"0x{value.hex()}"
    return text if all(one.isprintable() or one in "\t\r\n" for one in text) else f"0x{value.hex()}"
