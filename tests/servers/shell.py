"""OpenSSH with a shell behind it: whoever runs the tests logs in by key."""

from __future__ import annotations

import getpass
import socket
from pathlib import Path
from signal import SIGTERM

from tests.servers import ssh
from tests.servers.process import Process, ServerMissing, free_port


class ShellServer:
    """One sshd on loopback; `username` and `key_file` log in."""

    def __init__(self, folder: Path) -> None:
        reason = ssh.lacking()
        if reason is not None:
            raise ServerMissing(reason)
        self.host, self.port = "127.0.0.1", free_port()
        self.username = getpass.getuser()
        ssh.write_server(folder, self.host, self.port, keys=str(folder / "key.pub"))
        self.key_file = folder / "key"
        Path("/run/sshd").mkdir(mode=0o755, parents=True, exist_ok=True)
        self._log = folder / "log"
        self._process = Process([ssh.PROGRAM, "-D", "-e", "-f", str(folder / "sshd_config")], self._log, last=SIGTERM)
        self._process.wait_until(self._answers, "sshd")

    def logins(self) -> int:
        """How many logins were granted or refused so far."""
        return sum(("Accepted" in line or "Failed" in line) for line in self._log.read_text().splitlines())

    def close(self) -> None:
        """Stop it for good."""
        self._process.end(SIGTERM)

    def _answers(self) -> bool:
        try:
            socket.create_connection((self.host, self.port), timeout=1).close()
        except OSError:
            return False
        return True
