"""One mapping of a policy file, read key by key; what is wrong is told with file, line and key, and reading goes on."""

import math
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from netpulse_core.compliance.rules import patterns
from netpulse_core.errors import InvalidParameters, NetPulseError, did_you_mean
from netpulse_core.inventory import targets
from netpulse_core.inventory.notice import Notice, Where
from netpulse_core.inventory.yamlfile import YamlFile


class Form:
    """A mapping at some place of a file."""

    def __init__(self, file: YamlFile, where: Where, data: Mapping[Any, Any], notices: list[Notice]) -> None:
        self._file, self.where, self._data, self._notices = file, where, data, notices
        self._empty: set[Any] = set()

    @property
    def path(self) -> Path:
        """The file it stands in."""
        return self._file.path

    def __contains__(self, key: str) -> bool:
        return self._data.get(key) is not None

    def __iter__(self) -> Iterator[Any]:
        """Yield its keys."""
        yield from self._data

    def wrong(self, key: str | int, message: str, hint: str = "") -> None:
        """Tell what is wrong at a key; of one that is told to be empty nothing more."""
        if key in self._empty:
            return
        self._notices.append(self._file.error((*self.where, *([key] if key != "" else [])), message, hint))

    def doubtful(self, key: str, message: str, hint: str = "") -> None:
        """Tell what may be wrong at a key."""
        self._notices.append(self._file.warning((*self.where, *([key] if key != "" else [])), message, hint))

    def only(self, *known: str, nullable: Sequence[str] = ()) -> None:
        """Refuse keys that are none of these, and those with nothing behind them, but where null is a value.

        What stood there was lost: without it a rule would demand less, or be for more than was meant.
        """
        for key, value in self._data.items():
            if key not in known:
                hint = f"known are {', '.join(known)}"
                self.wrong(key, f"unknown key{did_you_mean(str(key), known)}", hint)
            elif value is None and key not in nullable:
                self.wrong(key, "nothing stands behind it", "leave the key out, or write what it is for")
                self._empty.add(key)

    def raw(self, key: str) -> Any:
        """Return what stands there, whatever it is."""
        return self._data.get(key)

    def text(self, key: str, default: str = "", *, needed: str = "", counts: bool = False) -> str:
        """Return a text; `needed` says why it must be there, and `counts` that any number may stand for it."""
        value = self._data.get(key)
        if value is None:
            if needed:
                self.wrong("" if key not in self._data else key, f"`{key}` is missing: {needed}")
            return default
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if not counts and (type(value) is float or (*self.where, key) in self._file.rewritten()):
                self.wrong(key, f"unquoted, it is the number {value!r}, and a text is meant", "quote it")
            return str(value)
        if isinstance(value, str) and value.strip():
            return value
        self.wrong(key, f"{value!r} is not a text" if value != "" else "it is empty", "put it in quotes")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list, or the one text that stands in its place."""
        value = self._data.get(key)
        if value is None:
            return ()
        found = value if isinstance(value, list) else [value]
        for number, one in enumerate(found):
            if not isinstance(one, str) or not one.strip():
                at = Form(self._file, (*self.where, key), {}, self._notices) if isinstance(value, list) else self
                at.wrong(number if at is not self else key, f"{one!r} is not a text", "put it in quotes")
        if not found:
            self.wrong(key, "the list is empty", "leave the key out, or write what it is for")
        return tuple(one for one in found if isinstance(one, str) and one.strip())

    def patterns(self, key: str, *, places: bool = False) -> tuple[str, ...]:
        """Return regular expressions; with `places`, what others name may stand in them."""
        found = self.texts(key)
        for one in found:
            self.seekable(key, one, places=places)
        return found

    def seekable(self, key: str, pattern: str, *, places: bool = False) -> None:
        """Tell where a text is no regular expression."""
        if why := patterns.problem(pattern, places=places):
            self.wrong(key, why)

    def choice[Kind: StrEnum](self, key: str, of: type[Kind], default: Kind, *, among: Sequence[Kind] = ()) -> Kind:
        """Return one of some words."""
        value = self._data.get(key)
        if value is None:
            return default
        words = [one.value for one in among or of]
        if value not in words:
            self.wrong(key, f"{value!r} is not one of {', '.join(words)}{did_you_mean(str(value), words)}")
            return default
        return of(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """Return true or false."""
        value = self._data.get(key, default)
        if not isinstance(value, bool):
            self.wrong(key, f"{value!r} is neither true nor false")
            return default
        return value

    def count(self, key: str, default: int) -> int:
        """Return a number that counts."""
        value = self._data.get(key)
        if value is None:
            return default
        if type(value) is not int or not 0 <= value <= 1_000_000:
            self.wrong(key, f"{value!r} is not a number from 0 to 1,000,000")
            return default
        return value

    def target(self, key: str, default: str = "") -> str:
        """Return a target expression that can be read."""
        value = self.text(key, default)
        if value:
            try:
                targets.parse(value)
            except NetPulseError as error:
                self.wrong(key, *worded(error))
        return value

    def below(self, key: str) -> "Form | None":
        """Return the mapping at a key, or None where there is none."""
        value = self._data.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, f"{_kind(value)}, and not a mapping", "indent its keys below it")
            return None
        return Form(self._file, (*self.where, key), value, self._notices)

    def items(self, key: str) -> Iterator[tuple[int, Any]]:
        """Yield the items of a list by their numbers; whatever else stands there is told."""
        value = self._data.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            self.wrong(key, f"{_kind(value)}, and not a list", "begin each with `- `")
            return
        if not value:
            self.wrong(key, "the list is empty", "leave the key out, or write what it is for")
        yield from enumerate(value)

    def item(self, key: str, number: int, value: Any) -> "Form | None":
        """Return an item of a list as a mapping."""
        at = Form(self._file, (*self.where, key), {}, self._notices)
        if not isinstance(value, dict):
            at.wrong(number, f"{_kind(value)}, and not a mapping")
            return None
        return Form(self._file, (*self.where, key, number), value, self._notices)

    def forms(self, key: str) -> Iterator["Form"]:
        """Yield the mappings of a list."""
        for number, value in self.items(key):
            if (form := self.item(key, number, value)) is not None:
                yield form


def worded(error: NetPulseError) -> tuple[str, str]:
    """Return an error's words without the name of what is wrong, which the notice's key says already."""
    problems = error.problems if isinstance(error, InvalidParameters) else ()
    return "; ".join(problems) or str(error), error.hint


def _kind(value: Any) -> str:
    match value:
        case dict():
            return "it is a mapping"
        case list():
            return "it is a list"
        case float() if not math.isfinite(value):
            return "it is no number that can be written"
    return f"it is {value!r}"
