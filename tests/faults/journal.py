"""What the devices saw: each login is a session with an id of its own, its lines in the order they came."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

ENTERS = "configure terminal"


@dataclass(slots=True)
class Session:
    """One login to one device, from a prompt to its end."""

    device: str
    number: int
    """Counts the logins of all devices: the id of the session."""
    vty: int
    source: str
    """The client's end of the connection, as the ledger has it in `device_session`."""
    began: float
    ended: float | None = None
    configured: int = 0
    """How often it entered configuration mode."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that reached a device; `applied` is its taking effect, written after its being seen."""

    order: int
    at: float
    session: Session
    text: str
    applied: bool


@dataclass(slots=True)
class Journal:
    """All sessions and lines of all devices; what is read later is added."""

    sessions: list[Session] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    _at_line: dict[tuple[str, int], Session] = field(default_factory=dict)

    def add(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Take in entries of the lab's journal, in the order they were written."""
        for entry in entries:
            at = datetime.fromisoformat(entry["at"]).timestamp()
            if entry["event"] == "login":
                self._login(entry, at)
            elif entry["event"] in ("line", "applied", "logout"):
                self._in_session(entry, at, self._at_line[entry["device"], entry["line"]])

    def live(self, device: str) -> list[Session]:
        """The sessions with a device that have not ended."""
        return [session for session in self.sessions if session.device == device and session.ended is None]

    def _login(self, entry: Mapping[str, Any], at: float) -> None:
        session = Session(entry["device"], len(self.sessions) + 1, entry["line"], entry["source"], at)
        self.sessions.append(session)
        self._at_line[session.device, session.vty] = session

    def _in_session(self, entry: Mapping[str, Any], at: float, session: Session) -> None:
        if entry["event"] == "logout":
            session.ended = at
            return
        applied = entry["event"] == "applied"
        session.configured += not applied and entry["text"].strip() == ENTERS
        self.lines.append(Line(len(self.lines) + 1, at, session, entry["text"].strip(), applied))


class JournalFile:
    """The file the lab appends to, read on from where it was read to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = Journal()
        self._read = 0

    def follow(self) -> Journal:
        """Read what was written since, and return all of it."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            whole = file.read().rpartition(b"\n")[0]
        if whole:
            self._read += len(whole) + 1
            self.journal.add(_entries(whole))
        return self.journal


def _entries(text: bytes) -> Iterator[dict[str, Any]]:
    for line in text.split(b"\n"):
        yield json.loads(line)
