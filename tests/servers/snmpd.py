"""A real net-snmp agent of the tests' own, for SNMPv2c and SNMPv3."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import tempfile
from pathlib import Path

from tests.servers.process import Process, ServerFailed, ServerMissing, free_port

PROGRAM = "/usr/sbin/snmpd"
COMMUNITY = "tests-community-71"
AUTH_PASSWORD = "tests-auth-password"
PRIV_PASSWORD = "tests-priv-password"
LOCATION = "room Zürich, rack 7"
LOOPING = "1.3.6.1.4.1.8072.9999.7"
"""Below this the agent answers the same OID for ever."""
OCTETS = "1.3.6.1.4.1.8072.9999.8"
"""Below this stand values of every kind."""

# A name says its protocols: user sha256-aes authenticates by SHA-256 and encrypts by AES.
USERS = {
    "md5-des": "MD5 {auth} DES {priv}",
    "sha-aes": "SHA {auth} AES {priv}",
    "sha256-aes": "SHA-256 {auth} AES {priv}",
    "sha512-aes256": "SHA-512 {auth} AES-256 {priv}",
    "sha384": "SHA-384 {auth}",
    "open": "",
}
_LOOP = f"#!/bin/sh\nprintf '.{LOOPING}.5\\ninteger\\n1\\n'\n"
_VALUES = f"""#!/bin/sh
case $1 in -g) set -- "$1" "$2" ; at=$2 ;; *) case $2 in
    .{OCTETS}) at=.{OCTETS}.1 ;; .{OCTETS}.1) at=.{OCTETS}.2 ;; .{OCTETS}.2) at=.{OCTETS}.3 ;;
    .{OCTETS}.3) at=.{OCTETS}.4 ;; .{OCTETS}.4) at=.{OCTETS}.5 ;; *) exit 0 ;; esac ;; esac
echo $at
case $at in
    *.1) printf 'octet\\n02 fc 00 00 00 01\\n' ;; *.2) printf 'counter64\\n18446744073709551615\\n' ;;
    *.3) printf 'ipaddress\\n192.0.2.7\\n' ;; *.4) printf 'string\\nplain text\\n' ;;
    *.5) printf 'objectid\\n.1.3.6.1.4.1.9\\n' ;; *) exit 0 ;; esac
"""


def lacking() -> str | None:
    """What snmpd needs and this machine has not; nothing when it can run."""
    return None if shutil.which(PROGRAM) else "snmpd is not installed"


class SnmpAgent:
    """snmpd on a private port, under a user that may do nothing else."""

    def __init__(self) -> None:
        reason = lacking()
        if reason is not None:
            raise ServerMissing(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="netpulse-snmpd-"))
        self.port = free_port()
        self._process: Process | None = None
        self._write()
        self.start()

    def start(self) -> None:
        """Start it, on the port and with the engine id it had before."""
        command = [PROGRAM, "-f", "-C", "-c", str(self.folder / "snmpd.conf"), "-Lo", "-r"]
        environment = {**os.environ, "SNMP_PERSISTENT_DIR": str(self.folder / "state"), "MIBS": ""}
        log = self.folder / "log"
        began = log.stat().st_size if log.exists() else 0
        self._process = Process(command, log, user=self._user(), env=environment)
        self._process.wait_until(lambda: b"NET-SNMP version" in log.read_bytes()[began:], "snmpd")

    def stop(self) -> None:
        """End it in order: it counts its starts, as SNMPv3 needs."""
        if self._process is not None:
            self._process.end(signal.SIGTERM)
            self._process = None

    def pause(self) -> None:
        """Freeze it: what it is sent waits."""
        if self._process is None:
            raise ServerFailed("snmpd is down")
        self._process.freeze()

    def resume(self) -> None:
        """Let a frozen agent go on, and answer what waited."""
        if self._process is not None:
            self._process.signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop it for good and remove its folder."""
        if self._process is not None:
            self._process.signal(signal.SIGCONT)
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self) -> None:
        users = "".join(
            f"createUser {name} {form.format(auth=AUTH_PASSWORD, priv=PRIV_PASSWORD)}\n"
            f"rouser {name} {'priv' if '-' in name else 'noauth' if name == 'open' else 'auth'}\n"
            for name, form in USERS.items()
        )
        for name, script in (("loop", _LOOP), ("values", _VALUES)):
            (self.folder / name).write_text(script)
            (self.folder / name).chmod(0o755)
        (self.folder / "snmpd.conf").write_text(
            f"agentaddress udp:127.0.0.1:{self.port}\nrocommunity {COMMUNITY} default\nengineID netpulse-{self.port}\n"
            f"{users}sysLocation {LOCATION}\nsysContact noc@example.net\nsysName core1\n"
            f"pass .{LOOPING} {self.folder}/loop\npass .{OCTETS} {self.folder}/values\n"
        )
        (self.folder / "state").mkdir()
        self.folder.chmod(0o755)
        if (user := self._user()) is not None:
            os.chown(self.folder / "state", *user)

    def _user(self) -> tuple[int, int] | None:
        if os.geteuid() != 0:
            return None
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid
