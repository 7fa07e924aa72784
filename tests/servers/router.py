"""One real FRR router: its configuration, how to log in, and what to see or break from behind its back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import ssh
from tests.servers.process import ServerFailed

SCRIPT = Path(__file__).with_name("router.sh")
NUMBERS = (1, 2, 3)
UNSHARE = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]


def link(a: int, b: int) -> str:
    """The network between two routers; the one with the higher number has the higher address."""
    return f"10.{min(a, b)}{max(a, b)}.0"


def configuration(number: int) -> str:
    """The start configuration of one router: its loopback, a link to each other one, and BGP over them."""
    others = [other for other in NUMBERS if other != number]
    interfaces = "".join(
        f"interface to-r{other}\n description link to r{other}\n"
        f" ip address {link(number, other)}.{1 + (number > other)}/30\nexit\n!\n"
        for other in others
    )
    neighbors = "".join(
        f" neighbor {address} remote-as {65000 + other}\n neighbor {address} description r{other}\n"
        f" neighbor {address} timers 1 3\n neighbor {address} timers connect 1\n"
        f" neighbor {address} advertisement-interval 0\n"
        for other in others
        for address in [f"{link(number, other)}.{1 + (other > number)}"]
    )
    return (
        f"frr defaults traditional\nhostname r{number}\nservice integrated-vtysh-config\n!\n"
        f"interface lo\n ip address 10.0.0.{number}/32\nexit\n!\n{interfaces}"
        f"router bgp {65000 + number}\n bgp router-id 10.0.0.{number}\n no bgp ebgp-requires-policy\n{neighbors}"
        f" address-family ipv4 unicast\n  network 10.0.0.{number}/32\n exit-address-family\nexit\n!\n"
    )


@dataclass
class FrrRouter:
    """One router: where it is reached, and what to see or break from behind its back."""

    number: int
    folder: Path
    port: int
    username: str = ssh.USERNAME
    password: str = field(default=ssh.PASSWORD, repr=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Its host name: r1, r2 or r3."""
        return f"r{self.number}"

    @property
    def host(self) -> str:
        """Its own loopback address of the machine: no two routers share one."""
        return f"127.18.0.{self.number}"

    @property
    def asn(self) -> int:
        """Its autonomous system."""
        return 65000 + self.number

    @property
    def key_file(self) -> Path:
        """The private key that logs in as well as the password does."""
        return self.folder / "key"

    @property
    def running(self) -> bool:
        """Whether it is up."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """A process that is in the router's namespaces, for nsenter."""
        if self._process is None:
            raise ServerFailed(f"{self.name} is down")
        return self._process.pid

    def netmiko(self, **changes: Any) -> dict[str, Any]:
        """The arguments of netmiko's ConnectHandler."""
        login = {"host": self.host, "port": self.port, "username": self.username, "password": self.password}
        return {"device_type": "cisco_ios", **login, **changes}

    def inside(self, *command: str) -> str:
        """Run a command where the router lives, as root, and return what it printed."""
        # The process itself is outside the pid namespace it made: only its children are in.
        pids = f"--pid=/proc/{self.pid}/ns/pid_for_children"
        enter = ["nsenter", f"--target={self.pid}", "--net", "--mount", "--uts", pids]
        done = subprocess.run([*enter, *command], check=False, capture_output=True, text=True, timeout=20)
        if done.returncode != 0:
            raise ServerFailed(f"{self.name}: {' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def vtysh(self, *lines: str) -> str:
        """Run lines on the router's own console, whatever its SSH does."""
        return self.inside("vtysh", *(word for line in lines for word in ("-c", line)))

    def show(self, command: str) -> Any:
        """What a show command answers in its JSON form."""
        return json.loads(self.vtysh(f"{command} json"))

    def established(self) -> int:
        """How many BGP neighbours are up."""
        peers = self.show("show bgp summary").get("ipv4Unicast", {}).get("peers", {})
        return sum(peer["state"] == "Established" for peer in peers.values())

    def settled(self) -> bool:
        """Whether every neighbour is up and the way to every router is known."""
        loopbacks = {f"10.0.0.{number}/32" for number in NUMBERS}
        return self.established() == len(NUMBERS) - 1 and loopbacks <= self.show("show ip route").keys()

    def freeze(self, daemon: str = "bgpd") -> None:
        """Hang a daemon: SSH still answers, vtysh waits for it for ever."""
        self._kill("STOP", daemon)

    def thaw(self, daemon: str = "bgpd") -> None:
        """Let a frozen daemon go on."""
        self._kill("CONT", daemon)

    def boot(self) -> None:
        """Make its namespaces, where it waits for its links."""
        if not self.folder.exists():
            self._prepare()
        network = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            with (self.folder / "log").open("ab") as log:
                self._process = subprocess.Popen(
                    [*UNSHARE, "/bin/sh", str(SCRIPT), str(self.folder), self.name, str(network)],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    pass_fds=[network],
                    start_new_session=True,
                )
        finally:
            os.close(network)

    def go(self) -> None:
        """Start its daemons and its sshd, now that the links are laid."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(b"\n")
            self._process.stdin.flush()

    def stop(self) -> None:
        """End every process of it at once, as a power cut does; what was not saved is lost."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(20)
        self._process = None

    def forget(self) -> None:
        """Replace what it saved by its first configuration, which the next start reads."""
        (self.folder / "etc" / "frr.conf").write_text(configuration(self.number))

    def _kill(self, name: str, daemon: str) -> None:
        self.inside("sh", "-c", f"kill -s {name} $(cat /run/frr/{daemon}.pid)")

    def _prepare(self) -> None:
        self.folder.mkdir()
        etc = self.folder / "etc"
        etc.mkdir()
        self.forget()
        (etc / "vtysh.conf").write_text("service integrated-vtysh-config\n")
        # sshd reads the key as the user, who sees this folder only where the router sees it.
        ssh.write_server(self.folder, self.host, self.port, keys="/etc/frr/key.pub")
        shutil.copy(self.folder / "key.pub", etc)
        ssh.write_user(self.folder, twin="frr", groups=("frrvty",), shell="/usr/bin/vtysh")
