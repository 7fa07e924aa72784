"""A real telnet daemon in front of a login that asks as a router does; its commands are a handful."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path

from tests.servers.process import ServerMissing

PROGRAM = "/usr/sbin/telnetd"
USERNAME, PASSWORD = "netpulse", "netpulse"
MOST_LOGINS = 3

LOGIN = """\
#!/bin/sh
# telnetd runs this as its login program: three tries, each written down, then a router's command line.
trap '' INT QUIT
tries=0
while :; do
    printf 'Username: '; read -r user || exit
    stty -echo; printf 'Password: '; read -r password || exit; stty echo; printf '\\n'
    echo "$user" >>"{folder}/logins"
    [ "$user $password" = '{username} {password}' ] && break
    printf '%% Authentication failed\\n\\n'
    tries=$((tries + 1)); [ $tries -lt {most} ] || exit
done
while printf 'r1#' && read -r line; do
    case $line in
        '') ;;
        'terminal '*) ;;
        'show clock') date ;;
        'show long') i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); echo "line $i of many # not a prompt"; done ;;
        exit) exit ;;
        *) printf "      ^\\n%% Invalid input detected at '^' marker.\\n\\n" ;;
    esac
done
"""


def lacking() -> str | None:
    """What the daemon needs and this machine has not; nothing when it can run."""
    return None if shutil.which(PROGRAM) else "inetutils-telnetd is not installed"


class TelnetServer:
    """Accepts on a port of its own and hands each connection to a telnetd, as inetd would."""

    def __init__(self, folder: Path) -> None:
        if (reason := lacking()) is not None:
            raise ServerMissing(reason)
        self._folder = folder
        login = folder / "login.sh"
        login.write_text(LOGIN.format(folder=folder, username=USERNAME, password=PASSWORD, most=MOST_LOGINS))
        login.chmod(0o755)
        self._login = login
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listening.getsockname()
        self._running: list[subprocess.Popen[bytes]] = []
        self._thread = threading.Thread(target=self._accept, name="netpulse-test-telnetd", daemon=True)
        self._thread.start()

    @property
    def logins(self) -> list[str]:
        """The users that gave a password, in order."""
        written = self._folder / "logins"
        return written.read_text().split() if written.exists() else []

    def close(self) -> None:
        """Stop accepting, and end every session."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listening.close()
        for one in self._running:
            one.kill()
            one.wait(10)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return  # it was shut down
            with connection:
                # -h: no greeting of the machine, which would come before the first question
                command = [PROGRAM, "-h", f"--exec-login={self._login}"]
                self._running.append(
                    subprocess.Popen(
                        command,
                        stdin=connection.fileno(),
                        stdout=connection.fileno(),
                        stderr=subprocess.DEVNULL,
                        env={**os.environ, "TERM": "vt100"},
                        start_new_session=True,
                    )
                )
