"""One device of the lab: a machine, its address, its faults and its journal."""

from collections.abc import Callable
from dataclasses import dataclass, field

import asyncssh

from netpulse_core.lab.faults import Faults
from netpulse_core.lab.journal import Journal, Session
from netpulse_core.lab.keys import new_host_key
from netpulse_core.lab.machine import Machine
from netpulse_core.lab.script import Script


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in, and whether that lands at `#` or at `>`."""

    username: str
    password: str
    privileged: bool = True


@dataclass
class Device:
    """A simulated device; address and port are known once the lab runs."""

    name: str
    site: str
    role: str
    machine: Machine
    account: Account
    journal: Journal
    faults: Faults = field(default_factory=Faults)
    address: str = ""
    port: int = 0
    vty_lines: int = 16
    host_key: asyncssh.SSHKey | None = None
    script: Script | None = None
    """What it says instead of what an IOS device would."""
    _hang_ups: dict[int, Callable[[str], None]] = field(default_factory=dict, repr=False)

    @property
    def running_config(self) -> str:
        self.machine.tick()
        return self.machine.running.text

    @property
    def startup_config(self) -> str:
        return self.machine.startup or ""

    def renew_host_key(self) -> None:
        """A host key of its own from now on, as after a replaced supervisor or in an attack."""
        self.host_key = new_host_key()

    def accepts(self, username: str, password: str) -> bool:
        known = (username, password) == (self.account.username, self.account.password)
        return known and not self.faults.refuse_login

    def login(self, user: str, source: tuple[str, int], hang_up: Callable[[str], None]) -> Session | None:
        """A session on the lowest free vty line, None where all are taken; any thread may call `hang_up`."""
        sessions = self.machine.sessions
        free = next((line for line in range(self.vty_lines) if line not in sessions), None)
        if free is None:
            return None
        sessions[free] = session = self.journal.login(free, user, source, (self.address, self.port))
        self._hang_ups[free] = hang_up
        return session

    def logout(self, session: Session, ending: str) -> None:
        if session.live:
            del self.machine.sessions[session.line], self._hang_ups[session.line]
            self.journal.logout(session, ending)

    def hang_up(self, line: int | None = None, *, reason: str = "cleared") -> None:
        """End the session on a vty line, or all of them."""
        for number, end in list(self._hang_ups.items()):
            if line is None or number == line:
                end(reason)
