"""Files for an OpenSSH server with one user of its own, unknown to the machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PROGRAM = "/usr/sbin/sshd"  # it refuses to run under a relative name
KEEPER = "netpulse-shell"
"""The same user under another name, with a shell of Linux."""
USERNAME = "netpulse"
PASSWORD = "netpulse"
# crypt("netpulse") in SHA-512 form; Python 3.13 has no crypt module to compute it.
HASH = "$6$netpulselab$hCqunAEHK8iz/O3oxCq33/3KQIb60GaHkxQOx8kSmgoukIeDT/2G2v3vFY7gJFZ6zRmWnPLNeAo4d3v7FvMHj1"

SSHD = """\
ListenAddress {host}
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {keys}
PidFile none
# Without PAM sshd reads the shadow file itself.
UsePAM no
StrictModes no
PasswordAuthentication yes
KbdInteractiveAuthentication no
UseDNS no
PrintMotd no
PrintLastLog no
X11Forwarding no
MaxStartups 200
MaxSessions 50
# Debian's vtysh pages even what is read by a program.
SetEnv VTYSH_PAGER=cat
"""


def lacking() -> str | None:
    """What sshd needs and this machine has not; nothing when it can run."""
    return None if shutil.which(PROGRAM) else "openssh-server is not installed"


def keygen(path: Path) -> None:
    """Make a key pair without a passphrase."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "netpulse-tests", "-f", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


def write_server(folder: Path, host: str, port: int, keys: str) -> None:
    """Write what one sshd needs: its settings, its host key, and a key for the user, whose public half is `keys`."""
    keygen(folder / "host_key")
    keygen(folder / "key")
    (folder / "sshd_config").write_text(SSHD.format(host=host, port=port, folder=folder, keys=keys))


def write_user(folder: Path, twin: str, groups: tuple[str, ...], shell: str) -> None:
    """Write copies of the machine's user files with our user added: a second name of an existing one."""
    entry = _line(Path("/etc/passwd"), twin).split(":")
    shells = {USERNAME: shell, KEEPER: "/bin/sh"}
    users = [":".join([name, "x", entry[2], entry[3], "", "/", runs]) for name, runs in shells.items()]
    (folder / "passwd").write_text(Path("/etc/passwd").read_text() + "\n".join(users) + "\n")
    shadow = [f"{name}:{HASH}:20000::::::" for name in (USERNAME, KEEPER)]
    (folder / "shadow").write_text("\n".join(["root:*:20000::::::", *shadow, ""]))
    lines = Path("/etc/group").read_text().splitlines()
    (folder / "group").write_text("".join(f"{_with_user(line, groups)}\n" for line in lines))


def _with_user(line: str, groups: tuple[str, ...]) -> str:
    if line.partition(":")[0] not in groups:
        return line
    return f"{line}{USERNAME}" if line.endswith(":") else f"{line},{USERNAME}"


def _line(path: Path, name: str) -> str:
    return next(line for line in path.read_text().splitlines() if line.startswith(f"{name}:"))
