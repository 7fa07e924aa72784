"""Object identifiers: dotted numbers, checked before anything is sent; names are not resolved."""

import re

_OID = re.compile(r"\.?[012](?:\.(?:0|[1-9]\d{0,9}))+")
_LONGEST = 128
_LARGEST = 2**32 - 1


def checked(text: str) -> str:
    """Return an identifier without its leading dot; raise ValueError where it is none (RFC 2578, section 3.5)."""
    if not _OID.fullmatch(text):
        raise ValueError(
            f"{text[:60]!r} is not an OID in numbers, such as 1.3.6.1.2.1.1.3.0 (names like sysUpTime.0 are not known)"
        )
    arcs = numbers(text)
    if len(arcs) > _LONGEST or max(arcs) > _LARGEST or (arcs[0] < 2 and arcs[1] >= 40):
        raise ValueError(f"{text[:60]!r} is no OID: at most 128 numbers below 2^32, the second below 40 after 0 and 1")
    return text.removeprefix(".")


def numbers(oid: str) -> tuple[int, ...]:
    """Return the numbers of an identifier: their order is the order in which an agent walks."""
    return tuple(map(int, oid.removeprefix(".").split(".")))
