"""NetPulse's pool and one of its drivers, without ledger or broker: `pool DRIVER INVENTORY WORKERS`."""

import gc
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from benchmarks.memory import resident
from benchmarks.side import serve
from benchmarks.stopwatch import Spent, spent, walls
from netpulse_core import ConnectionParameters, HostKey
from netpulse_core.hooks.manager import Plugins
from netpulse_core.sessions.pool import Pool
from netpulse_core.worker import collector

PATIENCE = 60.0


class Believing:
    """Pins the first key of each address, as a site does, in memory."""

    def __init__(self) -> None:
        self._pinned: dict[tuple[str, int], HostKey] = {}

    def known(self, address: str, port: int) -> tuple[HostKey, ...]:
        """Return the key pinned for an address."""
        key = self._pinned.get((address, port))
        return () if key is None else (key,)

    def verify(self, device: str, address: str, port: int, key: HostKey) -> None:
        """Pin a key."""
        assert self._pinned.setdefault((address, port), key) == key


class Fleet:
    """The devices of an inventory behind one pool."""

    def __init__(self, driver: str, folder: Path, workers: int) -> None:
        self._driver = Plugins.load().drivers[driver]
        self._devices = _parameters(folder)
        self._workers = ThreadPoolExecutor(workers)
        self._pool = Pool(idle_timeout=3600.0, most=20_000, connect_timeout=PATIENCE, clock=time.monotonic)

    def ask(self, parameters: ConnectionParameters, command: str) -> None:
        """Ask one device over a session of the pool, as a job that reads does."""
        session = self._pool.lend(self._driver, parameters, timeout=PATIENCE)
        answer = session.connection.send_command(command)
        assert "Version" in answer, answer
        self._pool.take_back(session)

    def once(self, command: str, devices: int | None = None) -> Spent:
        """Ask devices, all of them where no number is given, and say what it took."""
        return spent(lambda: list(self._workers.map(lambda one: self.ask(one, command), self._devices[:devices])))

    def command(self, command: str, number: int) -> list[float]:
        """Time a command on a session that is open."""
        self.ask(self._devices[0], command)
        return walls(number, lambda: self.ask(self._devices[0], command))

    def first(self, command: str, number: int) -> list[float]:
        """Time a login with its first command, each on a device that nobody asked before."""
        times = [walls(1, lambda one=one: self.ask(one, command))[0] for one in self._devices[:number]]  # type: ignore[misc]
        self._pool.close()
        self._pool = Pool(idle_timeout=3600.0, most=20_000, connect_timeout=PATIENCE, clock=time.monotonic)
        return times

    def held(self, command: str) -> dict[str, float]:
        """Open a session to every device and say what they hold in memory: kilobytes each, and megabytes in all."""
        self.ask(self._devices[0], command)  # the libraries are loaded, the loop runs
        gc.collect()
        before = resident()
        self.once(command)
        gc.collect()
        after = resident()
        return {"each": (after - before) * 1024 / (len(self._devices) - 1), "all": after}

    def idle(self, seconds: float) -> float:
        """Return how much of a core the open sessions take while nobody uses them, in percent."""
        return 100 * spent(lambda: time.sleep(seconds))["cpu"] / seconds


def main() -> None:
    """Answer until the end of input."""
    fleet = Fleet(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    collector.seldom()  # as a worker does
    serve(
        {
            "once": fleet.once,
            "command": fleet.command,
            "first": fleet.first,
            "held": fleet.held,
            "idle": fleet.idle,
        }
    )


def _parameters(folder: Path) -> list[ConnectionParameters]:
    hosts = yaml.load((folder / "hosts.yaml").read_text(), Loader=yaml.CSafeLoader)
    defaults = yaml.safe_load((folder / "defaults.yaml").read_text())
    keys = Believing()
    return [
        ConnectionParameters(
            device=name,
            address=host["hostname"],
            port=host["port"],
            username=defaults["username"],
            password=defaults["password"],
            platform=defaults["platform"],
            host_keys=keys,
        )
        for name, host in hosts.items()
    ]


if __name__ == "__main__":
    main()
