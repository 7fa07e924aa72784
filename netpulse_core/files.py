"""Files as runs name them: by the hash of their content, so that what was accepted cannot change under a run."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import IO, Any, Self

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from netpulse_core.errors import InvalidParameters, NotFound

CHUNK = 1024 * 1024
"""Bytes of a file that are held in memory at once."""

PREFIX = "sha256:"
LONGEST_NAME = 255
LIKE = "a file is named as `image.bin`, `sha256:HASH` or `image.bin@sha256:HASH`"

_NAME = re.compile(r"\w(?:[\w.+ =,-]|/(?=\w))*")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file a runbook takes: annotate a parameter with it.

    In a run's parameters it is a reference, never content. The task receives it with its content in a private file at
    `path`, whose hash was compared. In a plain Nornir script, the path of a local file is taken instead.
    """

    name: str = ""
    """What it was called when it was asked for; empty where it was named by its hash alone."""
    sha256: str = ""
    """Of the content, 64 hexadecimal digits; empty where only a name is known yet."""
    size: int = 0
    local: Path | None = None

    @property
    def path(self) -> Path:
        """Where its content is, until the task ends."""
        if self.local is None:
            raise NotFound("file", str(self), hint="its content is only at hand in the task that takes it")
        return self.local

    def __str__(self) -> str:
        digest = f"{PREFIX}{self.sha256}" if self.sha256 else ""
        return f"{self.name}@{digest}" if self.name and digest else self.name or digest

    @classmethod
    def named(cls, reference: str) -> Self:
        """Return what a reference means; raise ValueError where it is none."""
        name, prefix, digest = reference.rpartition(PREFIX)
        if not prefix:
            return cls(name=checked_name(reference))
        if not _HASH.fullmatch(digest) or (name and not name.endswith("@")):
            raise ValueError(f"{reference!r} is not the reference of a file: {LIKE}")
        return cls(name=checked_name(name[:-1]) if name else "", sha256=digest)

    @classmethod
    def at(cls, path: Path | str, name: str = "") -> Self:
        """Return a local file, hashed; raise NotFound where it cannot be read."""
        path = Path(path).expanduser()
        try:
            with path.open("rb") as content:
                digest, size = hashed(chunks(content))
        except OSError as error:
            raise NotFound("file", str(path), hint=error.strerror or str(error)) from error
        return cls(name=name or path.name, sha256=digest, size=size, local=path)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        as_text = core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema())
        return core_schema.no_info_plain_validator_function(cls._taken, serialization=as_text)

    @classmethod
    def _taken(cls, given: Any) -> Any:
        if isinstance(given, cls):
            return given
        if not isinstance(given, str):
            raise ValueError(f"{LIKE}, as text")
        return cls.named(given)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "file", "description": f"A file: {LIKE}."}


def checked_name(name: str) -> str:
    """Return a name a file may have; raise ValueError where it may not.

    A name is no path: it begins with no dot, slash or tilde and has no `..`, and it cannot be taken for a hash.
    """
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME or PREFIX in name:
        raise ValueError(
            f"{name!r} cannot name a file: at most {LONGEST_NAME} letters, digits, blanks and any of `. _ - + = , /`,"
            " of which the first is a letter or a digit"
        )
    return name


def safe_name(*parts: str) -> str:
    """Return a name a file may have, whatever its parts are made of; an overlong one loses its beginning."""
    clean = (re.sub(r"[^\w.+ =,-]", "_", part) for part in parts)
    name = "/".join(part if re.match(r"\w", part) else f"_{part}" for part in clean)
    return name[-LONGEST_NAME:].lstrip("/.+ =,-")


def understood(reference: str) -> File:
    """Return what a reference means; raise InvalidParameters where it is none."""
    try:
        return File.named(reference)
    except ValueError as error:
        raise InvalidParameters("file", [str(error)]) from error


def chunks(content: IO[bytes], size: int = CHUNK) -> Iterator[bytes]:
    """Yield what can still be read, in pieces."""
    while piece := content.read(size):
        yield piece


def hashed(pieces: Iterable[bytes]) -> tuple[str, int]:
    """Return the SHA-256 of a content in hexadecimal digits, and its size."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def each(value: Any, change: Callable[[File], File]) -> Any:
    """Return a value with every file in it changed: in lists, mappings, models and dataclasses."""
    found = value
    match value:
        case File():
            found = change(value)
        case BaseModel():
            names = type(value).model_fields
            found = value.model_copy(update={name: each(getattr(value, name), change) for name in names})
        case list():
            found = [each(item, change) for item in value]
        case tuple():
            found = tuple(each(item, change) for item in value)
        case dict():
            found = {key: each(item, change) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            found = replace(value, **{one.name: each(getattr(value, one.name), change) for one in fields(value)})
    return found
