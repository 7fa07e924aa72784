"""A real OpenSSH with bash and sudo, and a user that the machine does not know."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import ssh
from tests.servers.process import ServerFailed, ServerMissing, free_port

SCRIPT = Path(__file__).with_suffix(".sh")
UNSHARE = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
HOST = "127.19.0.1"
HOME = "/home/netpulse"
WITH_PASSWORD = "Defaults timestamp_timeout=0, !lecture, use_pty\nnetpulse ALL=(ALL:ALL) ALL\n"


def lacking() -> str | None:
    """What the server needs and this machine has not, in words; nothing when it can run."""
    if ssh.lacking() is not None:
        return ssh.lacking()
    if shutil.which("sudo") is None:
        return "sudo is not installed"
    if os.geteuid() != 0 or subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode != 0:
        return "a server with sudo needs root that may make namespaces"
    return None


class LinuxServer:
    """One server; a test that changes its sudoers or its shell gives them back."""

    def __init__(self) -> None:
        reason = lacking()
        if reason is not None:
            raise ServerMissing(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="netpulse-linux-", dir="/var/tmp"))  # it has a /tmp of its own
        self.port = free_port(HOST)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._prepare()
            self._start()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End every process of it."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def logins(self) -> int:
        """How many logins it has granted or refused."""
        return len(re.findall(r"^(?:Accepted|Failed) ", self._log(), re.MULTILINE))

    @contextmanager
    def sudoers(self, text: str) -> Iterator[None]:
        """Let sudo follow other rules for a while."""
        self._write_sudoers(text)
        try:
            yield
        finally:
            self._write_sudoers(WITH_PASSWORD)

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """While this lasts, it takes connections and answers nothing."""
        stopped: set[int] = set()
        # Again until none is new: after a login sshd forks once more.
        while new := {pid for pid in self.pids() if _name(pid) == "sshd"} - stopped:
            for pid in new:
                _signal(pid, signal.SIGSTOP)
            stopped |= new
        try:
            yield
        finally:
            for pid in stopped:
                _signal(pid, signal.SIGCONT)

    def inside(self, command: str) -> str:
        """Run a command there, as root, and return what it printed."""
        first = self._first()
        enter = ["nsenter", f"--target={first}", "--mount", "--pid", "sh", "-c", command]
        done = subprocess.run(enter, check=False, capture_output=True, text=True, timeout=20)
        if done.returncode != 0:
            raise ServerFailed(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def pids(self) -> list[int]:
        """Every process of it, by the machine's numbers."""
        assert self._process is not None
        found, new = [], [self._process.pid]
        while new:
            pid = new.pop()
            children = _children(pid)
            found += children
            new += children
        return found

    def arguments(self) -> str:
        """The argument lists of everything that runs there now, as anybody on it could read them."""
        lists = []
        for pid in self.pids():
            try:
                lists.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:  # it ended
                continue
        return "\n".join(lists)

    def _first(self) -> int:
        assert self._process is not None
        (first,) = _children(self._process.pid)
        return first

    def _log(self) -> str:
        return (self.folder / "log").read_text()

    def _prepare(self) -> None:
        self.folder.chmod(0o755)
        ssh.write_server(self.folder, HOST, self.port, keys=str(self.folder / "key.pub"))
        with (self.folder / "sshd_config").open("a") as config:
            config.write("Subsystem sftp internal-sftp\n")
        passwd, group = Path("/etc/passwd").read_text(), Path("/etc/group").read_text()
        (self.folder / "passwd").write_text(f"{passwd}{ssh.USERNAME}:x:4242:4242::{HOME}:/bin/bash\n")
        (self.folder / "group").write_text(f"{group}{ssh.USERNAME}:x:4242:\n")
        (self.folder / "shadow").write_text(f"root:*:20000::::::\n{ssh.USERNAME}:{ssh.HASH}:20000::::::\n")
        (self.folder / "shadow").chmod(0o640)
        self._write_sudoers(WITH_PASSWORD)

    def _write_sudoers(self, text: str) -> None:
        path = self.folder / "sudoers"
        path.write_text(f"root ALL=(ALL:ALL) ALL\n{text}")  # in place: it is bound over /etc/sudoers
        path.chmod(0o440)

    def _start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*UNSHARE, "/bin/sh", str(SCRIPT), str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        limit = time.monotonic() + 20
        while "Server listening" not in self._log():
            if time.monotonic() > limit or self._process.poll() is not None:
                raise ServerFailed(f"sshd with sudo: {self._log()}")
            time.sleep(0.02)


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # it was ended meanwhile
        return
