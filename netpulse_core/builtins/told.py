"""The lines that arguments of a call hold, as a driver's `sent` tells them; None where they cannot be told."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_END = re.compile(r"\r\n|\n|\r")


def split(text: str) -> list[str]:
    """Return the lines of a text as a device takes them: what else Python ends a line at is a character within one."""
    lines = _END.split(text)
    return lines if lines[-1] else lines[:-1]


def given(args: tuple[Any, ...], kwargs: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return arguments by their names, those given by place among them."""
    return {**dict(zip(names, args, strict=False)), **kwargs}


def of_texts(texts: Any) -> list[str] | None:
    """Return the lines of a list of texts; of an iterator, which would be used up by looking at it, None."""
    if type(texts) not in (list, tuple) or not all(type(text) is str for text in texts):
        return None
    return [line for text in texts for line in split(text)]


def of_text(text: Any) -> list[str] | None:
    """Return the lines of one text, given as bytes too."""
    if type(text) is bytes:
        try:
            text = text.decode()
        except UnicodeDecodeError:
            return None
    return split(text) if type(text) is str else None


def of_file(path: Any) -> list[str] | None:
    """Return the lines of a file of this worker."""
    try:
        return of_text(Path(path).read_bytes())
    except (OSError, TypeError):  # whoever opens it next will say so
        return None


def of_turns(turns: Any) -> list[str] | None:
    """Return what the turns of a dialogue send."""
    return of_texts([getattr(turn, "send", None) for turn in turns]) if type(turns) in (list, tuple) else None


def of_push(arguments: Mapping[str, Any], save: str) -> list[str] | None:
    """Return the lines of a `send_config`, and the one that saves where it is asked to."""
    lines = of_texts(arguments.get("lines"))
    return lines if lines is None or not arguments.get("save") or not save else [*lines, save]
