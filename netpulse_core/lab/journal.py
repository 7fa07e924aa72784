"""What a device saw: every session with its lines, readable while it happens.

Written by the lab's own thread; any thread may read, since entries are only ever appended.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition
from typing import TextIO


@dataclass(slots=True)
class Session:
    """One login, from a prompt to its end; passwords typed at a prompt are kept as `<secret>`."""

    line: int
    user: str
    source: tuple[str, int]
    began: datetime
    local: tuple[str, int] = ("", 0)
    ended: datetime | None = None
    ending: str = ""
    lines: list[str] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    configured: int = 0
    saved: int = 0

    @property
    def live(self) -> bool:
        return self.ended is None

    @property
    def ends(self) -> tuple[str, ...]:
        """Address and port of the device's end of its connection, then of the other one."""
        return tuple(str(part) for end in (self.local, self.source) for part in end)

    @property
    def commands(self) -> list[str]:
        """The lines that are not blank: clients press return to find the prompt."""
        return [line for line in self.lines if line.strip()]


class Sink:
    """The file several journals append to, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Line buffering: whoever follows the file sees whole lines at once.
        self._file: TextIO = path.open("a", buffering=1, encoding="utf-8")

    def write(self, entry: dict[str, object]) -> None:
        if not self._file.closed:
            self._file.write(json.dumps(entry, separators=(",", ":")) + "\n")

    def close(self) -> None:
        self._file.close()


@dataclass(slots=True)
class Journal:
    """All a device saw since it was made or last cleared."""

    device: str
    sink: Sink | None = None
    connections: int = 0
    refused: list[str] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    _ended: Condition = field(default_factory=Condition, repr=False)

    @property
    def logins(self) -> int:
        return len(self.sessions)

    @property
    def live(self) -> list[Session]:
        return [session for session in self.sessions if session.live]

    @property
    def commands(self) -> list[str]:
        """Every line that is not blank, session by session."""
        return [line for session in self.sessions for line in session.commands]

    @property
    def applied(self) -> list[str]:
        """Every configuration line the device accepted, session by session."""
        return [line for session in self.sessions for line in session.applied]

    @property
    def configured(self) -> int:
        """How many times configuration mode was entered."""
        return sum(session.configured for session in self.sessions)

    @property
    def saved(self) -> int:
        """How many times the running configuration was written to startup."""
        return sum(session.saved for session in self.sessions)

    def wait_until_idle(self, timeout: float = 5.0) -> bool:
        """Wait until no session is live; False where one still is, a client's farewell being on its way."""
        with self._ended:
            return self._ended.wait_for(lambda: not self.live, timeout)

    def clear(self) -> None:
        """Forget what has ended; live sessions go on but are no longer listed."""
        self.connections = 0
        self.refused = []
        self.sessions = []

    def connection(self) -> None:
        self.connections += 1

    def refuse(self, user: str) -> None:
        self.refused.append(user)
        self._write("refused", user=user)

    def login(self, line: int, user: str, source: tuple[str, int], local: tuple[str, int]) -> Session:
        session = Session(line, user, source, datetime.now(UTC), local)
        self.sessions.append(session)
        self._write("login", line=line, user=user, source=f"{source[0]}:{source[1]}")
        return session

    def saw(self, session: Session, text: str) -> None:
        session.lines.append(text)
        self._write("line", line=session.line, text=text)

    def apply(self, session: Session, text: str) -> None:
        session.applied.append(text)
        self._write("applied", line=session.line, text=text)

    def logout(self, session: Session, ending: str) -> None:
        with self._ended:
            session.ending, session.ended = ending, datetime.now(UTC)
            self._ended.notify_all()
        self._write("logout", line=session.line, user=session.user, ending=ending)

    def _write(self, event: str, **facts: object) -> None:
        if self.sink is not None:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            self.sink.write({"at": at, "device": self.device, "event": event, **facts})
