"""A network namespace that a process's way to its ledger leads through, so that the kernel can part the two.

The namespace is a thread's of this process, made by nobody's name, and so it ends with this process however that ends;
with it end the pairs of interfaces that lead into it.
"""

import os
import random
import shutil
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from tests.servers.process import ServerFailed

SUBNETS = 2**15
"""Networks of four addresses in 198.18.0.0/15, which are for tests (RFC 2544)."""

TRIES = 20


class Link:
    """A pair of interfaces: one end here, the other in the namespace. `address` is the far one."""

    def __init__(self, namespace: "Namespace", number: int) -> None:
        self._namespace = namespace
        self.far = f"npf{number}"
        first = 198 << 24 | 18 << 16 | number * 4
        self._here, self.address = (socket.inet_ntoa((first + host).to_bytes(4, "big")) for host in (1, 2))
        self._near = f"npn{number}"

    def made(self) -> bool:
        """Make it; False where another pair of this machine has its number."""
        ours = str(os.getpid())
        made = self._namespace.do(
            lambda: _ip("link", "add", self.far, "type", "veth", "peer", "name", self._near, "netns", ours)
        )
        if not made:
            return False
        _must("address", "add", f"{self._here}/30", "dev", self._near)
        _must("link", "set", self._near, "up")
        self._namespace.do(lambda: _must("address", "add", f"{self.address}/30", "dev", self.far))
        self.part(False)
        return True

    def part(self, parted: bool) -> None:
        """Take down the far end, so that what is sent here arrives nowhere and nobody is told; or bring it up."""
        self._namespace.do(lambda: _must("link", "set", self.far, "down" if parted else "up"))

    def socket(self) -> socket.socket:
        """Listen at its address, on a free port."""
        return self._namespace.do(lambda: socket.create_server((self.address, 0)))


class Namespace:
    """A network namespace of a thread of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="namespace")
        self._thread.submit(os.unshare, os.CLONE_NEWNET).result()
        self.do(lambda: _must("link", "set", "lo", "up"))

    @classmethod
    def where_possible(cls) -> Self | None:
        """Return one with a link that can be made and parted; None where this machine or this user may not."""
        if shutil.which("ip") is None:
            return None
        namespace = None
        try:
            namespace = cls()
            namespace.link().part(True)
        except (OSError, ServerFailed):
            if namespace is not None:
                namespace.close()
            return None
        return namespace

    def link(self) -> Link:
        """Make another pair of interfaces that leads into it."""
        for _ in range(TRIES):
            link = Link(self, random.randrange(SUBNETS))
            if link.made():
                return link
        raise ServerFailed("no pair of interfaces could be made")

    def do[R](self, what: Callable[[], R]) -> R:
        """Do this in it."""
        return self._thread.submit(what).result()

    def close(self) -> None:
        """End it; its interfaces end with the last socket that was made in it."""
        self._thread.shutdown()


def _ip(*words: str) -> bool:
    return subprocess.run(["ip", *words], capture_output=True, check=False).returncode == 0


def _must(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServerFailed(f"ip {' '.join(words)}: {done.stderr.strip()}")
