"""A Redis master, its replica and three sentinels that watch over them, all of the tests' own."""

from __future__ import annotations

import shutil
import signal
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from tests.servers.process import Process, ServerMissing, free_port
from tests.servers.redis import lacking

MASTER = "doorbells"
PASSWORD = "of-the-servers"
SENTINEL_PASSWORD = "of-the-sentinels"
HOST = "127.0.0.1"
QUICK = {"save": "", "appendonly": "no", "repl-diskless-sync-delay": "0", "repl-ping-replica-period": "1"}


class Sentinels:
    """Two servers of which one is the master, and as many sentinels as are asked for, which need two to agree."""

    def __init__(self, sentinels: int = 3) -> None:
        if reason := lacking():
            raise ServerMissing(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="netpulse-sentinel-"))
        self.servers = [free_port(), free_port()]
        self.sentinels = [free_port() for _ in range(sentinels)]
        self._processes: dict[int, Process] = {}
        self.start(self.servers[0])
        self.start(self.servers[1], replica_of=self.servers[0])
        self.until(self.servers[1], lambda one: one.info("replication").get("master_link_status") == "up")
        for port in self.sentinels:
            self.watch(port, self.servers[0])
        if sentinels:
            self.until(self.sentinels[0], self._all_known)

    @property
    def url(self) -> str:
        """The installation as NetPulse is told of it."""
        hosts = ",".join(f"{HOST}:{port}" for port in self.sentinels)
        return f"redis+sentinel://:{PASSWORD}@{hosts}/{MASTER}/3?sentinel_password={SENTINEL_PASSWORD}"

    @property
    def master(self) -> int:
        """The port of the server that the sentinels call the master."""
        with closing(self.client(self.sentinels[0])) as sentinel:
            address: Any = sentinel.sentinel_get_master_addr_by_name(MASTER)
            return int(address[1])

    def start(self, port: int, replica_of: int = 0) -> None:
        """Start a server, empty."""
        said = QUICK | {"requirepass": PASSWORD, "masterauth": PASSWORD}
        if replica_of:
            said |= {"replicaof": f"{HOST} {replica_of}"}
        self._run(port, said)

    def watch(self, port: int, master: int, quorum: int = 2) -> None:
        """Start a sentinel that watches over this server."""
        self._run(
            port,
            {
                "requirepass": SENTINEL_PASSWORD,
                "sentinel sentinel-pass": SENTINEL_PASSWORD,
                "sentinel monitor": f"{MASTER} {HOST} {master} {quorum}",
                "sentinel auth-pass": f"{MASTER} {PASSWORD}",
                "sentinel down-after-milliseconds": f"{MASTER} 1000",
                "sentinel failover-timeout": f"{MASTER} 4000",
            },
            "--sentinel",
        )

    def fail_over(self) -> None:
        """Ask for another master, and wait until there is one."""
        before = self.master
        with closing(self.client(self.sentinels[0])) as sentinel:
            sentinel.sentinel_failover(MASTER)
        self.until(self.sentinels[0], lambda _: self.master != before)

    def signal(self, port: int, number: signal.Signals) -> None:
        """Send a server a signal."""
        self._processes[port].signal(number)

    def until(self, port: int, wanted: Any, within: float = 40) -> None:
        """Wait until a server answers, and what it answers is what is wanted."""

        def ready() -> bool:
            try:
                with closing(self.client(port)) as client:
                    return bool(wanted(client))
            except RedisError:
                return False

        self._processes[port].wait_until(ready, f"the server on port {port}", within)

    def client(self, port: int) -> Redis:
        """Return a client of one server or sentinel, for the tests alone."""
        password = SENTINEL_PASSWORD if port in self.sentinels else PASSWORD
        return Redis(HOST, port, password=password, socket_timeout=2)

    def close(self) -> None:
        """Stop them all and remove what they wrote."""
        for process in self._processes.values():
            process.end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, port: int, said: dict[str, str], *how: str) -> None:
        if port in self._processes:
            self._processes[port].end(signal.SIGKILL)
        folder = self.folder / str(port)
        folder.mkdir(exist_ok=True)
        said = {"port": str(port), "bind": HOST, "dir": str(folder)} | said
        lines = [f"{name} {value or chr(34) * 2}" for name, value in said.items()]
        (folder / "redis.conf").write_text("\n".join(lines) + "\n")
        command = ["redis-server", str(folder / "redis.conf"), *how]
        self._processes[port] = Process(command, self.folder / f"{port}.log")
        self.until(port, lambda one: one.ping())

    def _all_known(self, sentinel: Redis) -> bool:
        state: Any = sentinel.sentinel_masters()
        known = state[MASTER]
        return bool(known["num-slaves"] == 1 and known["num-other-sentinels"] == len(self.sentinels) - 1)
