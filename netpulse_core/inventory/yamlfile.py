"""A YAML file read from libyaml's events: no recursion, no node tree, and a line number for whoever needs one.

Building values straight from events takes a third of the time of a loader with nodes, which the garbage collector
walks again and again, and nesting cannot overflow the C stack as it does in libyaml's composer.
"""

from pathlib import Path
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from netpulse_core.errors import SiteError
from netpulse_core.inventory.notice import Notice, Where, dotted
from netpulse_core.inventory.scalar import UnknownTag, is_rewritten, plain, tagged

DEPTH = 64
COPIES = 500_000
"""Values that aliases may add to one file: a site repeats a block a few thousand times, an alias bomb billions."""

_NOTHING: Any = object()


class _Frame:
    """An open mapping or list; `key` leads to the value that comes next."""

    __slots__ = ("anchor", "key", "merged", "value")

    def __init__(self, value: dict[Any, Any] | list[Any], anchor: str | None) -> None:
        self.value, self.anchor = value, anchor
        self.key: Any = _NOTHING if isinstance(value, dict) else 0
        self.merged: list[dict[Any, Any]] = []


class YamlFile:
    """One parsed file: `data` and the `notices` on its form; lines are found by reading it once more."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path, self._text = path, _decoded(path, content)
        reader = _Reader(path)
        self.data = reader.read(self._text)
        self.notices: list[Notice] = reader.notices
        self._rewrites = reader.rewrites
        self._rewritten: tuple[Where, ...] = ()
        self._lines: dict[Where, int] | None = None

    def line(self, where: Where) -> int:
        """Return the line of a key, or of the nearest key around it that the file has."""
        lines = self._places()
        return next((lines[where[:n]] for n in range(len(where), 0, -1) if where[:n] in lines), 0)

    def rewritten(self) -> tuple[Where, ...]:
        """Return where unquoted numbers stand whose text is not what was written."""
        if self._rewrites:
            self._places()
        return self._rewritten

    def _places(self) -> dict[Where, int]:
        if self._lines is None:
            reader = _Reader(self.path, lines={})
            reader.read(self._text)
            self._lines, self._rewritten = reader.lines or {}, tuple(reader.rewritten)
        return self._lines

    def error(self, where: Where, message: str, hint: str = "") -> Notice:
        """Return an error at these keys."""
        line, key = self.line(where), dotted(where)
        return Notice(severity="error", path=self.path, line=line, key=key, message=message, hint=hint)

    def warning(self, where: Where, message: str, hint: str = "") -> Notice:
        """Return a warning at these keys."""
        line, key = self.line(where), dotted(where)
        return Notice(severity="warning", path=self.path, line=line, key=key, message=message, hint=hint)


class _Reader:
    def __init__(self, path: Path, lines: dict[Where, int] | None = None) -> None:
        self.path, self.lines = path, lines
        self.notices: list[Notice] = []
        self.rewrites = False
        self.rewritten: list[Where] = []
        self._stack: list[_Frame] = []
        self._anchors: dict[str, Any] = {}
        self._copies = 0
        self._documents = 0
        self._document: Any = None
        self._known: dict[str, Any] = {}

    def read(self, text: str) -> Any:
        try:
            for event in yaml.parse(text, Loader=yaml.CSafeLoader):
                self._take(event)
        except yaml.YAMLError as error:
            raise _syntax(self.path, text, error) from error
        return self._document

    def _take(self, event: Any) -> None:
        kind = type(event)
        if kind is ScalarEvent:
            value = self._scalar(event)
            if event.anchor:
                self._anchors[event.anchor] = value
            if self.lines is not None and event.implicit[0] and is_rewritten(value, event.value):
                self._place_rewritten(value, event)
            else:
                self._place(value, event)
        elif kind is MappingStartEvent:
            self._open({}, event)
        elif kind is SequenceStartEvent:
            self._open([], event)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            self._close(event)
        elif kind is AliasEvent:
            self._place(self._copied(event), event)
        elif kind is DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                raise self._fatal(event, "a second document begins here", "keep one document in a file")

    def _scalar(self, event: ScalarEvent) -> Any:
        if event.tag is not None:
            try:
                return tagged(event.tag, event.value)
            except UnknownTag as error:
                raise self._fatal(event, str(error), "write plain YAML: text, numbers, lists, mappings") from None
        if not event.implicit[0]:
            return event.value
        value = self._known.get(event.value, _NOTHING)
        if value is _NOTHING:
            value = self._known[event.value] = plain(event.value)
            self.rewrites = self.rewrites or is_rewritten(value, event.value)
        return value

    def _open(self, value: dict[Any, Any] | list[Any], event: Any) -> None:
        if event.tag not in (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            raise self._fatal(event, f"the tag {event.tag!r} is not allowed", "write plain YAML")
        if len(self._stack) >= DEPTH:
            raise self._fatal(event, f"nested deeper than {DEPTH} levels", "flatten it")
        if self._stack and self._stack[-1].key is _NOTHING:
            raise self._fatal(event, "a list or mapping cannot be a key", "use text or a number as the key")
        if event.anchor:
            self._anchors[event.anchor] = _NOTHING
        self._stack.append(_Frame(value, event.anchor))

    def _close(self, event: Any) -> None:
        frame = self._stack.pop()
        for merged in frame.merged:
            assert isinstance(frame.value, dict)
            for key, value in merged.items():
                frame.value.setdefault(key, value)
        if frame.anchor:
            self._anchors[frame.anchor] = frame.value
        self._place(frame.value, event)

    def _place(self, value: Any, event: Any) -> None:
        if not self._stack:
            self._document = value
            return
        frame = self._stack[-1]
        target = frame.value
        if isinstance(target, list):
            if self.lines is not None:
                self.lines.setdefault(self._where(), event.start_mark.line + 1)
            target.append(value)
            frame.key = len(target)
        elif frame.key is _NOTHING:
            self._name(frame, target, value, event)
        else:
            if frame.key == "<<":
                frame.merged.extend(self._mappings(value, event))
            else:
                target[frame.key] = value
            frame.key = _NOTHING

    def _place_rewritten(self, value: Any, event: Any) -> None:
        """Place a number, and remember where: of a key, that is the key itself."""
        is_key = bool(self._stack) and self._stack[-1].key is _NOTHING
        where = () if is_key else self._where()
        self._place(value, event)
        self.rewritten.append(self._where() if is_key else where)

    def _name(self, frame: _Frame, target: dict[Any, Any], key: Any, event: Any) -> None:
        frame.key = key
        if type(key) is not str and isinstance(key, (dict, list)):
            raise self._fatal(event, "a list or mapping cannot be a key", "use text or a number as the key")
        where = self._where() if self.lines is not None or key in target else ()
        if key in target:
            self._say(event, where, "this key is here twice, and only the last would count", "keep one of them")
        if self.lines is not None:
            self.lines.setdefault(where, event.start_mark.line + 1)

    def _mappings(self, value: Any, event: Any) -> list[dict[Any, Any]]:
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            raise self._fatal(event, "'<<' merges mappings only", "give it an alias of a mapping")
        return sources

    def _copied(self, event: AliasEvent) -> Any:
        name = event.anchor
        if name not in self._anchors:
            raise self._fatal(event, f"no anchor &{name} above this alias")
        if self._anchors[name] is _NOTHING:
            raise self._fatal(event, f"the alias *{name} stands inside its own anchor")
        return self._copy(self._anchors[name], event, len(self._stack))

    def _copy(self, value: Any, event: AliasEvent, depth: int) -> Any:
        """Copy what an alias repeats, counting: shared objects would change together, and expand without bound."""
        self._copies += 1
        if self._copies > COPIES:
            raise self._fatal(
                event, f"aliases repeat more than {COPIES:,} values", "put what devices share into a group"
            )
        if isinstance(value, (dict, list)) and depth >= DEPTH:
            raise self._fatal(event, f"nested deeper than {DEPTH} levels", "flatten it")
        if isinstance(value, dict):
            return {key: self._copy(item, event, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self._copy(item, event, depth + 1) for item in value]
        return value

    def _where(self) -> Where:
        return tuple(frame.key for frame in self._stack)

    def _say(self, event: Any, where: Where, message: str, hint: str) -> None:
        line, key = event.start_mark.line + 1, dotted(where)
        self.notices.append(Notice(severity="error", path=self.path, line=line, key=key, message=message, hint=hint))

    def _fatal(self, event: Any, message: str, hint: str = "") -> SiteError:
        where = tuple(frame.key for frame in self._stack if frame.key is not _NOTHING)
        line = event.start_mark.line + 1
        return SiteError(message, path=self.path, line=line, key=dotted(where), hint=hint)


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SiteError("not UTF-8 text", path=path, line=line, hint="save the file as UTF-8") from error


def _syntax(path: Path, text: str, error: yaml.YAMLError) -> SiteError:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 0
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    hint = "compare the indentation and the punctuation with the lines around it"
    if "\t" in "".join(text.splitlines()[max(line - 1, 0) : line]):
        problem, hint = "a tab character, which YAML does not allow here", "indent with spaces"
    return SiteError(f"not valid YAML: {problem}", path=path, line=line, hint=hint)
