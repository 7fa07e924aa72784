"""The NetPulse that is put through it: its site, its processes, its servers, and the wires between them."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Literal

from netpulse_core.ledger.ledger import Ledger
from tests.faults.devices import PASSWORD, VARIABLE, Devices
from tests.faults.namespace import Link, Namespace
from tests.faults.plan import Blow
from tests.faults.program import Program
from tests.faults.proxy import Proxies, Proxy, Wire
from tests.faults.spans import Span, common, joined
from tests.servers.postgres import PostgresServer
from tests.servers.process import free_port
from tests.servers.redis import RedisServer

Kind = Literal["postgresql", "sqlite"]
SECRET_KEY = "the key of the fault tests"
DISK = "160m"
"""A ledger's whole disk where one may be full: PostgreSQL begins with a quarter of it."""

SETTINGS = """\
slots = 24
breaker_cooldown = 1.0
breaker_longest = 4.0
"""
SCHEDULE = """\
runbook: send_commands
target: "*"
parameters: {commands: [show clock]}
every: 10s
deadline: 30s
overlap: allow
"""


@dataclass(kw_only=True)
class Installation:
    """All that the adversary can reach, and where callers ask."""

    kind: Kind
    devices: Devices
    programs: Mapping[str, Program]
    ledger_url: str
    """Straight to the ledger: how it is read when all is over."""
    api: Proxy
    key: str
    wires: Mapping[str, Proxy] = field(default_factory=dict)
    """To the ledger, one of each process."""
    links: Mapping[str, Link] = field(default_factory=dict)
    """What the wires of the workers lead over, where this machine lets us have a network namespace."""
    doorbells: Proxy | None = None
    postgres: PostgresServer | None = None
    standby: PostgresServer | None = None
    redis: RedisServer | None = None
    disk: Path | None = None
    """The file system the ledger has to itself."""
    _away: list[Span] = field(default_factory=list)

    @contextmanager
    def ledger_away(self) -> Iterator[None]:
        """Note that the ledger cannot be written while this lasts."""
        began = time.time()
        try:
            yield
        finally:
            self._away.append((began, time.time()))

    @contextmanager
    def parted(self, worker: str) -> Iterator[None]:
        """Let a worker and its ledger hear nothing of each other while this lasts, and tell neither."""
        wire, link = self.wires[worker], self.links.get(worker)
        if link is None:
            wire.become(Wire.SILENT)
            yield
            wire.become(Wire.CARRIES)
        else:
            link.part(True)
            yield
            link.part(False)

    def fail_over(self) -> None:
        """End the primary at once, and have a standby that has every commit take its place."""
        assert self.postgres is not None
        assert self.standby is not None
        self.postgres.wait_for_standbys()
        self.standby.caught_up(self.postgres)
        self.postgres.crash()
        self.standby.promote()
        for wire in self.wires.values():
            wire.lead_to(self.standby.port)
        self.ledger_url = self.ledger_url.replace(f":{self.postgres.port}/", f":{self.standby.port}/")
        self.postgres, self.standby = self.standby, None

    def name_of(self, blow: Blow) -> str:
        """Return what the results call a blow: a partition is not of the same worth however it is made."""
        how = "network namespace" if self.links else "proxy"
        return f"{blow} ({how})" if blow is Blow.LEDGER_SILENT else str(blow)

    @property
    def asleep(self) -> list[Span]:
        """When nobody could do anything: no worker was at work, or the ledger was away."""
        workers = [program.asleep for name, program in self.programs.items() if name.startswith(("worker", "up"))]
        return joined([*reduce(common, workers), *self._away])

    @property
    def url(self) -> str:
        """Where callers ask."""
        return f"http://127.0.0.1:{self.api.port}"


@contextmanager
def installed(kind: Kind, folder: Path, *, devices: int, workers: int, vouches: bool = False) -> Iterator[Installation]:
    """Run one over new devices until left; with a ledger on SQLite one process is all of it.

    `vouches` is whether its settings say that a standby of PostgreSQL which is promoted lacks no commit.
    """
    with ExitStack() as stack:
        proxies = stack.enter_context(Proxies())
        routers = stack.enter_context(closing(Devices(folder / "lab", devices)))
        disk = stack.enter_context(_disk(folder / "disk"))
        (folder / "logs").mkdir()
        site = _site((disk or folder if kind == "sqlite" else folder) / "site", routers, vouches)
        env = {VARIABLE: PASSWORD, "NETPULSE_SECRET_KEY": SECRET_KEY}
        if kind == "sqlite":
            yield _embedded(stack, site, folder / "logs", env, proxies, routers, disk)
        else:
            yield _distributed(stack, site, folder / "logs", env, proxies, routers, disk, workers)


def _site(folder: Path, devices: Devices, vouches: bool) -> Path:
    folder.mkdir(parents=True)
    shutil.copytree(devices.inventory, folder / "inventory")
    for name in ("plugins", "schedules", "templates"):
        (folder / name).mkdir()
    shutil.copy(Path(__file__).with_name("runbook.py.txt"), folder / "plugins" / "routes.py")
    (folder / "schedules" / "clocks.yaml").write_text(SCHEDULE)
    (folder / "netpulse.toml").write_text(f"{SETTINGS}standbys_have_all = {str(vouches).lower()}\n")
    return folder


@contextmanager
def _disk(folder: Path) -> Iterator[Path | None]:
    """A small file system of its own, where this user may have one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0777", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def _embedded(
    stack: ExitStack,
    site: Path,
    logs: Path,
    env: Mapping[str, str],
    proxies: Proxies,
    devices: Devices,
    disk: Path | None,
) -> Installation:
    port = free_port()
    url = f"sqlite:///{site / '.netpulse' / 'ledger.sqlite3'}"
    (site / ".netpulse").mkdir(mode=0o700)
    up = Program("up", ["up", "--port", str(port)], site, logs, env, says="NetPulse is up")
    stack.callback(up.end)
    return Installation(
        kind="sqlite",
        devices=devices,
        programs={"up": up},
        ledger_url=url,
        api=proxies.to(port),
        key=_key(url),
        disk=disk,
    )


def _distributed(
    stack: ExitStack,
    site: Path,
    logs: Path,
    env: Mapping[str, str],
    proxies: Proxies,
    devices: Devices,
    disk: Path | None,
    workers: int,
) -> Installation:
    postgres = stack.enter_context(closing(PostgresServer(disk)))
    redis = stack.enter_context(closing(RedisServer()))
    url, port = postgres.url(postgres.create()), free_port()
    key = _key(url)
    standby = stack.enter_context(closing(PostgresServer(follows=postgres)))
    doorbells = proxies.to(redis.port)
    names = ["api", "scheduler", *(f"worker-{number}" for number in range(1, workers + 1))]
    links = _links([name for name in names if name.startswith("worker")], stack)
    sockets = {name: link.socket() for name, link in links.items()}
    wires = {name: proxies.to(postgres.port, sockets.get(name)) for name in names}
    programs: dict[str, Program] = {}
    commands = {
        "api": (["api", "--port", str(port)], "NetPulse answers at"),
        "scheduler": (["scheduler"], "schedules: "),
    }
    for name in names:
        words, says = commands.get(name, (["worker", "--name", name], " joined as "))
        urls = {
            "NETPULSE_LEDGER": url.replace(f"127.0.0.1:{postgres.port}/", f"{wires[name].host}:{wires[name].port}/"),
            "NETPULSE_BROKER": f"redis://127.0.0.1:{doorbells.port}/0",
        }
        programs[name] = Program(name, words, site, logs, {**env, **urls}, says=says)
        stack.callback(programs[name].end)
    return Installation(
        kind="postgresql",
        devices=devices,
        programs=programs,
        ledger_url=url,
        api=proxies.to(port),
        key=key,
        wires=wires,
        links=links,
        doorbells=doorbells,
        postgres=postgres,
        standby=standby,
        redis=redis,
        disk=disk,
    )


def _links(workers: Sequence[str], stack: ExitStack) -> Mapping[str, Link]:
    namespace = Namespace.where_possible()
    if namespace is None:
        return {}
    stack.callback(namespace.close)
    return {name: namespace.link() for name in workers}


def _key(url: str) -> str:
    """Bring the ledger up, and make an API key."""
    with closing(Ledger(url, pepper=SECRET_KEY.encode())) as ledger:
        ledger.upgrade()
        return ledger.keys.create("load", "admin", by="the fault tests").key
