"""Three real FRR routers with BGP between them, each behind a real OpenSSH whose shell is vtysh."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from tests.servers import ssh
from tests.servers.process import ServerFailed, ServerMissing, free_port
from tests.servers.router import NUMBERS, UNSHARE, FrrRouter


def lacking() -> str | None:
    """What the routers need and this machine has not, in words; nothing when they can run."""
    for package, program in {"frr": "/usr/lib/frr/bgpd", "iproute2": "ip"}.items():
        if shutil.which(program) is None:
            return f"{package} is not installed"
    if ssh.lacking() is not None:
        return ssh.lacking()
    if os.geteuid() != 0 or subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode != 0:
        return "frr needs root that may make namespaces"
    return None


class FrrRouters(Mapping[str, FrrRouter]):
    """The routers by name, in a triangle; each is reached by SSH at an address and port of its own."""

    def __init__(self) -> None:
        reason = lacking()
        if reason is not None:
            raise ServerMissing(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="netpulse-frr-"))
        self._routers = {}
        for number in NUMBERS:
            router = FrrRouter(number, self.folder / f"r{number}", free_port(f"127.18.0.{number}"))
            self._routers[router.name] = router
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def __getitem__(self, name: str) -> FrrRouter:
        return self._routers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._routers)

    def __len__(self) -> int:
        return len(self._routers)

    def start(self, within: float = 20) -> None:
        """Start those that are down, from what they saved, and return when all know the way to all."""
        new = [router for router in self.values() if not router.running]
        for router in new:
            router.boot()
        for router in new:
            _wait(partial(_apart, router), within, f"{router.name}: no network of its own")
        for one, other in itertools.combinations(self.values(), 2):
            if one in new or other in new:
                _join(one, other)
        for router in new:
            router.go()
        limit = time.monotonic() + within
        for router in self.values():
            _wait(partial(_ready, router), limit - time.monotonic(), f"{router.name}: no BGP or no SSH")

    def reset(self) -> None:
        """Start them all again with the configuration they began with, whatever a test did to them."""
        for router in self.values():
            router.stop()
            router.forget()
        self.start()

    def close(self) -> None:
        """Stop them for good; their links end with their namespaces."""
        for router in self.values():
            router.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _apart(router: FrrRouter) -> bool:
    return Path(f"/proc/{router.pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()


def _join(one: FrrRouter, other: FrrRouter) -> None:
    ends = ((one.pid, f"to-{other.name}"), (other.pid, f"to-{one.name}"))
    for pid, name in ends:  # the kernel takes its time to remove the link of a router that died
        _ip(pid, "link", "delete", name, check=False)
    (near, name), (far, peer) = ends
    _ip(near, "link", "add", name, "type", "veth", "peer", "name", peer, "netns", str(far))
    for pid, name in ends:
        _ip(pid, "link", "set", name, "up")


def _ip(pid: int, *arguments: str, check: bool = True) -> None:
    command = ["nsenter", f"--target={pid}", "--net", "ip", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise ServerFailed(f"{' '.join(command)}: {done.stderr}")


def _ready(router: FrrRouter) -> bool:
    if not router.running:
        raise ServerFailed(f"{router.name} ended:\n{(router.folder / 'log').read_text()[-2000:]}")
    try:
        with socket.create_connection((router.host, router.port), timeout=2):
            return router.settled()
    except (OSError, ServerFailed, ValueError):
        return False


def _wait(until: Callable[[], bool], within: float, what: str) -> None:
    limit = time.monotonic() + within
    while not until():
        if time.monotonic() > limit:
            raise ServerFailed(f"{what} after {within:.0f} s")
        time.sleep(0.05)
