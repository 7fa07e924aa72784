"""Devices by what is said of them, so that choosing among ten thousand takes less than a millisecond.

A set of devices is one number whose bit n stands for the n-th device: and, or and not are single operations. A key is
indexed when it is first asked for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress, islice
from typing import Any

from netpulse_core.errors import InvalidParameters, Refused, did_you_mean
from netpulse_core.inventory.scalar import text_of
from netpulse_core.inventory.targets import ATTRIBUTES, Both, Either, Expression, Not, Test, Value
from netpulse_core.model.device import Device
from netpulse_core.model.secrecy import is_asked_of_none, is_secret

_BITS = bytes.maketrans(b"01", b"\0\1")
_SHOWN = 5
_QUOTE = "leave it out, or quote the value where it is meant for devices to come: {test}"
_ALIKE = "leave it out, or write a pattern that is like a value of today: it is read as a shell's, unless quoted"
_KEYED = "a test is `key=value`, a name needs no key"
_HIDDEN = "choose by another key; data that is no secret needs another name to be one"
_SPARED = "leave it out, or spare a group, which may be empty: !@GROUP; in a file of the site it may stand as it is"
_FEW = 64
"""Values up to which each has a set of its own, which is remembered; of ten thousand names all are found at once."""
_REMEMBERED = 1024
"""Answers kept for each key: callers choose what they ask, so it must have an end."""


class Index:
    """Devices in the inventory's order, and which of them a target expression means."""

    def __init__(self, devices: Sequence[Device], groups: Iterable[str] = ()) -> None:
        self._devices = devices
        self._groups = frozenset(groups)
        self._all = (1 << len(devices)) - 1
        self._columns: dict[tuple[str, tuple[str, ...]], _Column] = {}

    def select(self, expression: Expression) -> list[Device]:
        """Return the devices an expression means; raise where it names a device or a key that does not exist."""
        mask = self._mask(expression)
        bits = bin(mask)[:1:-1].encode().translate(_BITS)
        return list(compress(self._devices, bits))

    def without_strangers(self, expression: Expression) -> Expression:
        """Return the expression without the names of devices that are not there."""
        match expression:
            case Test(attribute="name"):
                known = self._column(expression).ordinals
                kept = tuple(value for value in expression.values if value.glob or value.text in known)
                return replace(expression, values=kept)
            case Not(part):
                return Not(self.without_strangers(part))
            case Both(parts) | Either(parts):
                return type(expression)(tuple(self.without_strangers(part) for part in parts))
        return expression

    def empty_tests(self, expression: Expression) -> Iterator[str]:
        """Explain the tests that no device passes at all."""
        if not isinstance(expression, Test):
            parts = (expression.part,) if isinstance(expression, Not) else expression.parts
            for part in parts:
                yield from self.empty_tests(part)
        elif not self._mask(expression):
            values = sorted(self._column(expression).ordinals)
            known = ", ".join(islice(values, _SHOWN)) + (", ..." if len(values) > _SHOWN else "")
            is_one_of = f" ({'.'.join(expression.path)} is one of {known})" if known else ""
            yield f"nothing has {expression}{is_one_of}"

    def refuse_strangers_spared(self, expression: Expression, *, patterns: bool) -> None:
        """Raise InvalidParameters where a negation tests for a value that no device has: it would spare nobody.

        Without `patterns` those are let be: a wildcard that is kept is meant for devices that come and go.
        """
        for test, value in self._strangers(expression, spared=True):
            if patterns or not value.glob:
                problem = f"{self._unknown(test, value)}, so this would spare none"
                raise InvalidParameters("target", [problem], hint=_SPARED if value.glob else _meant(test, value, "!="))

    def refuse_strangers_named(self, expression: Expression) -> None:
        """Raise Refused where an alternative is a value that no device has: beside others it is lost in silence."""
        for test, value in self._strangers(expression, spared=False):
            problem = f"{self._unknown(test, value)}, so this would mean fewer devices than it names"
            raise Refused(problem, hint=_meant(test, value, "="))

    def _strangers(self, expression: Expression, *, spared: bool, within: bool = False) -> Iterator[tuple[Test, Value]]:
        """Yield the values that no device has, as they are written in negations, or outside of them."""
        match expression:
            case Test() if spared is within:
                for value in expression.values:
                    if not value.quoted and not self._is_known(expression, value):
                        yield expression, value
            case Not(part):
                yield from self._strangers(part, spared=spared, within=True)
            case Both(parts) | Either(parts):
                for part in parts:
                    yield from self._strangers(part, spared=spared, within=within)

    def _is_known(self, test: Test, value: Value) -> bool:
        """Whether some device has a value like this one; a group may be empty, and `*` asks for no value."""
        column = self._column(test)
        if not value.glob:
            return test.attribute in ("name", "group") or value.text in column.ordinals
        if value.text == "*" or column.like(value):
            return True
        return test.attribute == "group" and any(map(value.matcher().match, self._groups))

    def _unknown(self, test: Test, value: Value) -> str:
        key, known = ".".join(test.path), sorted(self._column(test).ordinals)
        shown = ", ".join(known[:_SHOWN]) + (", ..." if len(known) > _SHOWN else "")
        close = "" if value.glob else did_you_mean(value.text, known)
        return f"no device has {key}={value.text}{close or (f' ({key} is one of {shown})' if known else '')}"

    def _mask(self, expression: Expression) -> int:
        match expression:
            case Test():
                return self._passing(expression)
            case Not(part):
                return self._all ^ self._mask(part)
            case Both(parts):
                mask = self._all
                for part in parts:
                    mask &= self._mask(part)
                return mask
            case Either(parts):
                mask = 0
                for part in parts:
                    mask |= self._mask(part)
                return mask

    def _passing(self, test: Test) -> int:
        column, mask = self._column(test), 0
        for value in test.values:
            if test.attribute in ("name", "group") and not value.glob and value.text not in column.ordinals:
                self._refuse_unknown(test.attribute, value.text)
            if value.glob or len(test.values) <= _FEW:
                mask |= column.like(value)
        if len(test.values) > _FEW:
            mask |= column.any_of(value.text for value in test.values if not value.glob)
        return mask

    def _column(self, test: Test) -> "_Column":
        where = test.attribute, test.path
        column = self._columns.get(where)
        if column is None:
            key = ".".join(test.path)
            if not test.attribute and is_asked_of_none(test.path):  # whether a device has it is not told either
                problem = f"{key!r} is hidden from targets, being secret by its name"
                raise InvalidParameters("target", [problem], hint=_HIDDEN)
            column = _Column(len(self._devices), (_values(device, test) for device in self._devices))
            if not column.known and not test.attribute:
                problem = f"no device has {key!r}{did_you_mean(key, self._keys())}"
                raise InvalidParameters("target", [problem], hint=_KEYED)
            self._columns[where] = column
        return column

    def _refuse_unknown(self, attribute: str, name: str) -> None:
        """Refuse a name nobody has: in a list of names it would be left out in silence."""
        if attribute == "name":
            close = did_you_mean(name, (device.name for device in self._devices))
            hint = f"to test a key, write {name}=value" if name in self._keys() else ""
            raise Refused(f"no device is named {name!r}{close}", hint=hint or "preview it with `netpulse devices`")
        known = self._groups | self._column(Test("group", ("group",), ())).ordinals.keys()
        if name not in known:
            problem = f"no group {name!r}{did_you_mean(name, sorted(known))}"
            raise InvalidParameters("target", [problem], hint="groups are defined in inventory/groups.yaml")

    def _keys(self) -> set[str]:
        keys = set(ATTRIBUTES)
        for device in self._devices:
            _collect(device.data, "", keys)
        return keys


class _Column:
    """The devices that have each value of one key."""

    def __init__(self, size: int, rows: Iterable[Iterator[Any]]) -> None:
        self._size = size
        self.known = False
        self.ordinals: dict[str, list[int]] = {}
        present: list[int] = []
        for ordinal, row in enumerate(rows):
            for value in row:
                self.known = True
                if value is None:
                    continue
                if not present or present[-1] != ordinal:
                    present.append(ordinal)
                if not isinstance(value, (Mapping, list, tuple)):
                    self.ordinals.setdefault(text_of(value), []).append(ordinal)
        self._present = present
        self._masks: dict[Value, int] = {}

    def like(self, value: Value) -> int:
        """Return the devices with a value like this one."""
        mask = self._masks.get(value)
        if mask is None:
            mask = _mask_of(self._having(value), self._size)
            if len(self._masks) >= _REMEMBERED:
                self._masks.clear()
            self._masks[value] = mask
        return mask

    def any_of(self, texts: Iterable[str]) -> int:
        """Return the devices with one of these values."""
        return _mask_of([ordinal for text in texts for ordinal in self.ordinals.get(text, ())], self._size)

    def _having(self, value: Value) -> Sequence[int]:
        if not value.glob:
            return self.ordinals.get(value.text, ())
        if value.text == "*":
            return self._present
        matches = value.matcher().match
        return [ordinal for text, having in self.ordinals.items() if matches(text) for ordinal in having]


def _meant(test: Test, value: Value, sign: str) -> str:
    return _ALIKE if value.glob else _QUOTE.format(test=f'{".".join(test.path)}{sign}"{value.text}"')


def _mask_of(ordinals: Sequence[int], size: int) -> int:
    if not ordinals:
        return 0
    flags = bytearray(b"0") * size
    for ordinal in ordinals:
        flags[ordinal] = 49  # "1"
    return int(flags[::-1], 2)


def _values(device: Device, test: Test) -> Iterator[Any]:
    match test.attribute:
        case "name":
            yield device.name
        case "hostname":
            yield device.address
        case "platform":
            yield device.platform
        case "group":
            yield from device.groups
        case _:
            yield from _reached(device.data, test.path)


def _reached(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield what a path leads to, through mappings by key and through lists by every item."""
    if isinstance(value, (list, tuple, set, frozenset)):
        yield from ([[]] if not path and not value else ())
        for item in value:
            yield from _reached(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping):
        if path[0] in value:
            yield from _reached(value[path[0]], path[1:])
        else:
            for key, item in value.items():
                if not isinstance(key, str) and text_of(key) == path[0]:
                    yield from _reached(item, path[1:])


def _collect(value: Any, prefix: str, keys: set[str]) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            name = f"{prefix}{text_of(key)}"
            if not is_asked_of_none((text_of(key),)):
                keys.add(name)
            if not is_secret(key):
                _collect(item, f"{name}.", keys)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _collect(item, prefix, keys)
