"""What can be wrong with a device; every field may be changed while it runs, from any thread."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, NamedTuple, Self

_SYSLOG = "*Nov 23 12:00:00.000: %LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to up"


class Fate(NamedTuple):
    """What becomes of one line: executed after `wait` seconds unless dropped or hung."""

    wait: float = 0.0
    drops: bool = False
    executes: bool = True
    hangs: bool = False


@dataclass
class Faults:
    """The faults of one device.

    delay: seconds a round trip takes, on every exchange from the TCP handshake on
    login_delay: seconds a password is pondered over
    refuse_login: no password is right
    down: connections are closed at once
    hang: where the device goes silent: at `connect`, at `login` (password) or at the first `command`
    drop_after: the session drops on its nth line that is not blank
    drop_on: the session drops on a line in which this pattern is found
    drop_times: how many more sessions drop, None for all of them
    drop_applies: the line the session drops on still takes effect, unanswered
    slow: seconds to think over a line in which a pattern is found
    refuse: the answer to a line in which a pattern is found, instead of obeying it
    syslog: a log line in the middle of each output
    garbage: bytes in the middle of each output
    banner: text before the first prompt
    chunk: output leaves in pieces of so many bytes
    """

    delay: float = 0.0
    login_delay: float = 0.0
    refuse_login: bool = False
    down: bool = False
    hang: Literal["", "connect", "login", "command"] = ""
    drop_after: int | None = None
    drop_on: str | None = None
    drop_times: int | None = None
    drop_applies: bool = False
    slow: dict[str, float] = field(default_factory=dict)
    refuse: dict[str, str] = field(default_factory=dict)
    syslog: bool | str = False
    garbage: bytes = b""
    banner: str = ""
    chunk: int = 0

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """From plain values, as a YAML file holds them; raises ValueError where one is no fault."""
        unknown = sorted(set(values) - {one.name for one in fields(cls)})
        if unknown:
            raise ValueError(f"no such fault: {', '.join(unknown)}")
        made = cls()
        for name, value in values.items():
            if name == "garbage" and isinstance(value, str):
                value = value.encode("latin-1")
            setattr(made, name, value)
        return made

    def heal(self) -> None:
        """All faults off; sessions that already hang stay hung."""
        for one in fields(self):
            setattr(self, one.name, getattr(_NONE, one.name))
        self.slow, self.refuse = {}, {}

    def fate(self, line: str, number: int) -> Fate:
        """What becomes of a line, `number` being how many the session sent that were not blank."""
        if self.hang == "command":
            return Fate(hangs=True)
        waits = [seconds for pattern, seconds in self.slow.items() if re.search(pattern, line)]
        wait = max(waits, default=0.0)
        if self._drops(line, number):
            return Fate(wait, drops=True, executes=self.drop_applies)
        return Fate(wait)

    def refusal(self, line: str) -> str | None:
        return next((answer for pattern, answer in self.refuse.items() if re.search(pattern, line)), None)

    def disturb(self, text: str) -> str:
        """`text` with the log lines and garbage of a noisy device; bytes travel as surrogates."""
        if self.syslog:
            cut = text.find("\n", len(text) // 2) + 1 or len(text)
            log = self.syslog if isinstance(self.syslog, str) else _SYSLOG
            text = f"{text[:cut]}{log}\n{text[cut:]}"
        if self.garbage:
            cut = len(text) // 3
            text = f"{text[:cut]}{self.garbage.decode('utf-8', 'surrogateescape')}{text[cut:]}"
        return text

    def _drops(self, line: str, number: int) -> bool:
        due = self.drop_after is not None and bool(line.strip()) and number >= self.drop_after
        due = due or (self.drop_on is not None and re.search(self.drop_on, line) is not None)
        if not due or self.drop_times == 0:
            return False
        if self.drop_times is not None:
            self.drop_times -= 1
        return True


_NONE = Faults()
