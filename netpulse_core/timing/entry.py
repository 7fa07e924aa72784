"""One schedule as it was written, in a file or in a request: what it says, and where it says something wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netpulse_core.errors import InvalidParameters, SiteError
from netpulse_core.inventory.notice import Notice, Where, dotted
from netpulse_core.inventory.yamlfile import YamlFile
from netpulse_core.model.schedule import Schedule
from netpulse_core.timing import keys

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_NAMES = "lower-case letters, digits, `_` and `-`, a letter first, 64 at most"


@dataclass(slots=True)
class Entry:
    """What one file says: a schedule, unless one of the notices is an error."""

    name: str
    file: YamlFile | None = None
    schedule: Schedule | None = None
    notices: list[Notice] = field(default_factory=list)


def read(path: Path, content: bytes) -> Entry:
    """Read one file and everything that is wrong with it by itself."""
    entry = Entry(path.stem)
    try:
        entry.file = YamlFile(path, content)
    except SiteError as error:
        entry.notices = [
            Notice(severity="error", path=path, line=error.line, key=error.key, message=error.problem, hint=error.hint)
        ]
        return entry
    entry.notices = list(entry.file.notices)
    if not _NAME.fullmatch(entry.name):
        problem = f"a schedule cannot be named {entry.name!r} as its file is"
        entry.notices.append(entry.file.error((), problem, f"rename it: {_NAMES}"))
    entry.notices += keys.problems(entry.file, entry.file.data)
    if not entry.notices:
        entry.schedule = keys.schedule(entry.name, entry.file.data)
    return entry


def of_request(name: str, data: Mapping[str, Any]) -> Schedule:
    """Return the schedule a request describes; raise InvalidParameters with all that is wrong."""
    told = list(keys.problems(_Request(), dict(data)))
    wrong = [f"{notice.key}: {notice.message}" if notice.key else notice.message for notice in told]
    if not _NAME.fullmatch(name):
        wrong.insert(0, f"name: {name!r} is not {_NAMES}")
    if wrong:
        raise InvalidParameters("schedule", wrong, hint=next((notice.hint for notice in told if notice.hint), ""))
    return keys.schedule(name, dict(data))


class _Request:
    """Says where something is wrong in what has no lines."""

    def error(self, where: Where, message: str, hint: str = "") -> Notice:
        return Notice(severity="error", path=Path(), key=dotted(where), message=message, hint=hint)
