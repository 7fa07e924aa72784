"""What a plain YAML word means: YAML 1.2, as Nornir reads it.

PyYAML's own rules are YAML 1.1, where the route distinguisher `65000:10` is the number 3900010 and `no` is false.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)")
_FLOAT = re.compile(
    r"[-+]?(?:(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))"
    r"|\.(?:nan|NaN|NAN)"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:(?:[Tt]|[ \t]+)\d.*)?")
_NUMERIC = frozenset("-+.0123456789")


class UnknownTag(ValueError):
    """A tag that plain data has no use for."""


def plain(text: str) -> Any:
    """Return the value of an unquoted word."""
    if text[:1] in _NUMERIC and text:
        return _number_or_date(text)
    if text in _NULLS:
        return None
    if text in _TRUE:
        return True
    return False if text in _FALSE else text


def tagged(tag: str, text: str) -> Any:
    """Return the value of a word with an explicit tag; raise UnknownTag for one that is not plain data."""
    if tag in ("!", "tag:yaml.org,2002:str"):
        return text
    kind = _TAGS.get(tag)
    value = plain(text)
    if kind is None:
        raise UnknownTag(f"the tag {tag!r} is not allowed")
    if not kind(value):
        raise UnknownTag(f"this is not what its tag {tag!r} says")
    return value


def text_of(value: Any) -> str:
    """Write a value as YAML would: what `asn=65001` or `enabled=true` is compared with."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def is_rewritten(value: Any, written: str) -> bool:
    """Whether an unquoted number has another text than what was written: `17.10` is 17.1, `0100` is 100."""
    return type(value) in (int, float) and str(value) != written


def _number_or_date(text: str) -> Any:
    if _INT.fullmatch(text):
        return _int(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    if _DATE.fullmatch(text):
        return _moment(text)
    return text


def _int(text: str) -> Any:
    sign, digits = (-1 if text[0] == "-" else 1), text.lstrip("+-").replace("_", "")
    base = {"0b": 2, "0o": 8, "0x": 16}.get(digits[:2], 10)
    try:
        return sign * int(digits[2:] if base != 10 else digits, base)
    except ValueError:
        return text  # "0x_", or more digits than Python converts


def _float(text: str) -> float:
    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))


def _moment(text: str) -> Any:
    try:
        return date.fromisoformat(text) if len(text) == len("2025-01-31") else datetime.fromisoformat(text)
    except ValueError:
        return text


_TAGS: dict[str, Callable[[Any], bool]] = {
    "tag:yaml.org,2002:int": lambda value: type(value) is int,
    "tag:yaml.org,2002:float": lambda value: type(value) is float,
    "tag:yaml.org,2002:bool": lambda value: type(value) is bool,
    "tag:yaml.org,2002:null": lambda value: value is None,
}
