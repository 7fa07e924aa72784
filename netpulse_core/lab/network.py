"""The lab: a number of devices behind real SSH on this host's loopback, in one process."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, fields, replace
from ipaddress import IPv4Network
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Self

import yaml

from netpulse_core.lab import fabric
from netpulse_core.lab.cassette import Cassette
from netpulse_core.lab.device import Account, Device
from netpulse_core.lab.faults import Faults
from netpulse_core.lab.journal import Journal, Sink
from netpulse_core.lab.keys import new_host_key, stored_host_key
from netpulse_core.lab.machine import Machine
from netpulse_core.lab.script import Script
from netpulse_core.lab.server import CHEAP_KEX, Arrival, Listening

_BACKLOG = 4096


@dataclass(frozen=True)
class Blueprint:
    """What a lab is made of.

    count: how many devices, named and configured by the fabric
    mode: `address` gives each device an address of `network` on one port, `port` a port of 127.0.0.1
    port: the port, the first of many in `port` mode; 0 lets the kernel choose
    secret: what `enable` asks for, nothing where it is None
    privileged: whether a login lands at `#`
    vty_lines: how many may be logged into one device at a time
    faults: per device name; `*` is every device
    configs: per device name, instead of the fabric's
    scripts: further devices, each of which says what its script or cassette says (in YAML: the path of one)
    journal: a file every device's journal is appended to
    host_key: a file the key is read from, made where it is missing; a fresh key where it is None
    key_each: each device its own host key
    """

    count: int = 20
    mode: Literal["address", "port"] = "port"
    port: int = 0
    network: str = "127.10.0.0/16"
    username: str = "netpulse"
    password: str = "netpulse"  # noqa: S105 - the password of a simulation
    secret: str | None = None
    privileged: bool = True
    vty_lines: int = 16
    faults: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    configs: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, Script] = field(default_factory=dict)
    journal: Path | None = None
    host_key: Path | None = None
    key_each: bool = False
    kex: tuple[str, ...] = CHEAP_KEX

    @classmethod
    def load(cls, path: Path) -> Self:
        """From a YAML file whose keys are the fields above."""
        values: dict[str, Any] = yaml.safe_load(path.read_text()) or {}
        for name in ("journal", "host_key"):
            if values.get(name):
                values[name] = path.parent / values[name]
        if "scripts" in values:
            values["scripts"] = {name: Cassette.load(path.parent / file) for name, file in values["scripts"].items()}
        if "kex" in values:
            values["kex"] = tuple(values["kex"])
        unknown = sorted(set(values) - {one.name for one in fields(cls)})
        if unknown:
            raise ValueError(f"{path}: no such field: {', '.join(unknown)}")
        return cls(**values)


class Lab:
    """Devices to run: `async with Lab(count=5) as lab`, or `with Lab.running(count=5) as lab`."""

    def __init__(self, blueprint: Blueprint | None = None, **values: Any) -> None:
        self.blueprint = replace(blueprint or Blueprint(), **values)
        self._sink: Sink | None = None
        self.devices = {member.name: self._device(member) for member in self._members()}
        self._check_names(self.blueprint.configs)
        self.impose(self.blueprint.faults)
        self._at: dict[tuple[str, int], Device] = {}

    def impose(self, faults: Mapping[str, Mapping[str, object]]) -> None:
        """Give every device these faults and no others; `*` is every device, a name goes before it."""
        self._check_names(faults)
        everyone = faults.get("*", {})
        made = {name: Faults.of({**everyone, **faults.get(name, {})}) for name in self.devices}
        for name, device in self.devices.items():
            device.faults = made[name]

    @classmethod
    @contextmanager
    def running(cls, blueprint: Blueprint | None = None, **values: Any) -> Iterator[Self]:
        """The lab in a thread and event loop of its own, for code that is not asynchronous."""
        lab = cls(blueprint, **values)
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            # Started here, so that a port in use is the caller's exception, not a thread's.
            runner.run(lab.__aenter__())
            thread = threading.Thread(target=loop.run_forever, name="netpulse-lab")
            thread.start()
            try:
                yield lab
            finally:
                loop.call_soon_threadsafe(loop.stop)
                thread.join()
                runner.run(lab.__aexit__())

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            if self.blueprint.journal is not None:
                sink = Sink(self.blueprint.journal)
                stack.callback(sink.close)
                for device in self.devices.values():
                    device.journal.sink = sink
            path = self.blueprint.host_key
            key = new_host_key() if path is None else stored_host_key(path)
            self._listening = Listening(self._find, key, self.blueprint.kex)
            stack.push_async_callback(self._listening.close)
            loop = asyncio.get_running_loop()
            for listener in self._sockets():
                server = await loop.create_server(lambda: Arrival(self._listening), sock=listener, backlog=_BACKLOG)
                stack.callback(server.close)
            self._open = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()
        # Transports close on the loop's next turn; without it their sockets would be left to the collector.
        await asyncio.sleep(0)

    def _check_names(self, named: Mapping[str, object]) -> None:
        unknown = set(named) - {*self.devices, "*"}
        if unknown:
            raise ValueError(f"no such device: {', '.join(sorted(unknown))}")

    def _find(self, address: str, port: int) -> Device | None:
        return self._at.get((address, port))

    def _members(self) -> Iterator[fabric.Member]:
        yield from fabric.members(self.blueprint.count)
        for number, name in enumerate(self.blueprint.scripts, 1):
            yield fabric.Member(name, "scripted", fabric.SITES[0], number)

    def _device(self, member: fabric.Member) -> Device:
        plan = self.blueprint
        script = plan.scripts.get(member.name)
        return Device(
            name=member.name,
            site=member.site,
            role=member.role,
            machine=Machine(
                member.name,
                plan.configs.get(member.name) or ("" if script else fabric.configuration(member)),
                secret=plan.secret,
                ports=fabric.PORTS,
            ),
            account=Account(plan.username, plan.password, plan.privileged),
            journal=Journal(member.name),
            vty_lines=plan.vty_lines,
            host_key=new_host_key() if plan.key_each else None,
            script=script,
        )

    def _sockets(self) -> Iterator[socket.socket]:
        if self.blueprint.mode == "port":
            for offset, device in enumerate(self.devices.values()):
                port = self.blueprint.port and self.blueprint.port + offset
                yield self._listen("127.0.0.1", port, [device])
            return
        hosts = map(str, islice(IPv4Network(self.blueprint.network).hosts(), len(self.devices)))
        for device, address in zip(self.devices.values(), hosts, strict=True):
            device.address = address
        yield from self._address_sockets()

    def _address_sockets(self) -> Iterator[socket.socket]:
        everyone = list(self.devices.values())
        wide = socket.socket()
        try:
            # One socket for all of 127/8, deaf to all but loopback, and so before it has an address.
            wide.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        except (PermissionError, AttributeError):
            wide.close()
            port = self.blueprint.port
            for device in everyone:
                yield self._listen(device.address, port, [device])
                port = device.port
            return
        yield self._listen("0.0.0.0", self.blueprint.port, everyone, wide)  # noqa: S104 - bound to loopback

    def _listen(
        self, address: str, port: int, devices: list[Device], listener: socket.socket | None = None
    ) -> socket.socket:
        listener = listener or socket.socket()
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
        except OSError:
            listener.close()
            raise
        for device in devices:
            device.port = listener.getsockname()[1]
            device.address = device.address or address
            self._at[device.address, device.port] = device
        return listener
