"""A real service on a private port over a real ledger, and a hand that plays the worker through that ledger."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import httpx
import uvicorn
from fastapi import FastAPI

from netpulse_core.api.app import create_app
from netpulse_core.broker.seen import show
from netpulse_core.controller import NetPulse
from netpulse_core.model.caller import Caller
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, Problem, RunRequest, Step
from netpulse_core.model.schedule import Schedule
from netpulse_core.model.session import Move, Moved, NodeSessions, OpenSession, SessionState

HOSTS = """
leaf1: {hostname: 192.0.2.11, port: 830, groups: [leaf], data: {rack: 1, bgp: {asn: 65011, md5_key: hushhush}}}
leaf2: {hostname: 192.0.2.12, groups: [leaf], data: {rack: 2, enable_secret: hushhush, tags: [{api-token: hushhush}]}}
spine1: {hostname: 192.0.2.21, platform: linux, data: {role: spine}}
"""
GROUPS = "leaf: {platform: cisco_ios, data: {role: leaf}}\n"
DEFAULTS = "username: netpulse\npassword: env:NETPULSE_PASSWORD\ndata: {snmp_community: hushhush}\n"
CHANGES = '''
"""A runbook that changes."""
from netpulse_core import Result, Task, runbook

@runbook(changes=True, timeout=0.1)
def set_banner(task: Task, text: str) -> Result:
    """Set the banner."""
    return Result(host=task.host)
'''
NIGHTLY = Schedule(
    name="nightly-version",
    request=RunRequest(runbook="send_commands", target="role=leaf", parameters={"commands": ["show version"]}),
    cron="0 2 * * *",
)


SETTINGS = """
[plugins.webhooks.endpoints.pager]
url = "https://pager.example/hooks/T0K3N"
secret = "env:NETPULSE_PAGER_SECRET"
events = ["job.*"]
"""


def write_site(folder: Path) -> Path:
    """Write a site of three devices."""
    (folder / "inventory").mkdir(parents=True)
    (folder / "plugins").mkdir(exist_ok=True)
    (folder / "templates").mkdir()
    (folder / "templates" / "ntp.j2").write_text("{{ name }}{{ ' prefers' if prefer }}\n")
    (folder / "inventory" / "hosts.yaml").write_text(HOSTS)
    (folder / "inventory" / "groups.yaml").write_text(GROUPS)
    (folder / "inventory" / "defaults.yaml").write_text(DEFAULTS)
    (folder / "plugins" / "banner.py").write_text(CHANGES)
    (folder / "netpulse.toml").write_text(SETTINGS)
    return folder


SHOWN = NodeSessions(
    node="hand",
    name="hand",
    at=1_700_000_000.5,
    total=2,
    sessions=(
        OpenSession(
            device="leaf1", driver="netmiko", address="192.0.2.11", port=830, user="netpulse",
            state=SessionState.CONNECTED, since=1_700_000_000.25, uses=7, idle=0.25, reason="",
        ),
        OpenSession(
            device="leaf2", driver="netmiko", address="192.0.2.12", port=None, user=None,
            state=SessionState.FAILED, since=1_700_000_000.0, uses=0, idle=None, reason="Unreachable",
        ),
    ),
    counters={"success": 1, "timeout_or_error": 1, "command_complete": 7, "dead_links": 0},
    moves=(
        Moved(
            "leaf2", "netmiko", SessionState.CONNECTING, Move.CONNECT_FAILED, SessionState.FAILED,
            1_700_000_000.0, "Unreachable",
        ),
    ),
)  # fmt: skip
"""What the hand shows of its sessions."""


ADA = Caller(name="ada", role="admin")


class Hand:
    """Plays the worker: joins, claims and concludes through the real ledger, and tells the broker."""

    def __init__(self, netpulse: NetPulse) -> None:
        self.netpulse = netpulse
        self.node = "hand"
        revision = netpulse.site.revision
        netpulse.ledger.nodes.join(self.node, name="hand", revision=revision, slots=100, fifo_only=False)
        show(netpulse.broker, SHOWN, seconds=600)

    def claim(self, slots: int = 100) -> list[Claim]:
        """Claim what waits."""
        orphans = self.netpulse.ledger.placements.orphans(self.netpulse.site.revision)
        self.netpulse.ledger.nodes.place(dict.fromkeys(orphans, self.node))
        claims, touched = self.netpulse.ledger.claims.turn(self.node, [], slots)
        self.netpulse.broker.tell(touched)
        return claims

    def conclude(self, claims: Sequence[Claim], outcome: Outcome = Outcome.OK, body: str = "Version 15.2") -> None:
        """Conclude these jobs alike."""
        problem = None if outcome is Outcome.OK else Problem(kind="Unreachable", message="no route", hint="look")
        step = Step(label="show version", body=body, elapsed=0.25)
        done = [(claim, Conclusion(outcome=outcome, steps=(step,), problem=problem)) for claim in claims]
        _, touched = self.netpulse.ledger.claims.turn(self.node, done, 0)
        self.netpulse.broker.tell(touched)

    @contextmanager
    def stopping(self, claims: Sequence[Claim]) -> Iterator[None]:
        """Stop these jobs once they are asked to, as a node would."""
        asked = {(claim.job, claim.fence) for claim in claims}

        def stop() -> None:
            _until(lambda: asked <= self.netpulse.ledger.stopping.asked(self.node), 20)
            self.conclude(claims, Outcome.CANCELLED)

        thread = threading.Thread(target=stop)
        thread.start()
        yield
        thread.join()

    def doubt(self, claims: Sequence[Claim]) -> None:
        """Leave these jobs in doubt."""
        self.conclude(claims, Outcome.IN_DOUBT)


class Held(Protocol):
    """A controller whose worker is played by a hand."""

    netpulse: NetPulse
    hand: Hand


class Service:
    """A running service; `drop` cuts every connection, as a network would."""

    def __init__(self, netpulse: NetPulse, app: FastAPI, port: int) -> None:
        self.netpulse = netpulse
        self.app = app
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.key = netpulse.ledger.keys.create("ada", "admin", by="test").key
        self.hand = Hand(netpulse)

    def http(self, **headers: str) -> httpx.Client:
        """Return a plain HTTP client with the key."""
        sent = {"Authorization": f"Bearer {self.key}", **headers}
        return httpx.Client(base_url=self.url, headers=sent, timeout=60)


@contextmanager
def controller(folder: Path) -> Iterator[NetPulse]:
    """Open a controller over a fresh site."""
    with NetPulse.open(write_site(folder)) as netpulse:
        yield netpulse


@contextmanager
def serving(netpulse: NetPulse, port: int = 0) -> Iterator[tuple[FastAPI, int]]:
    """Serve a controller on a private port until left; ends its streams first, as a process would."""
    app = create_app(netpulse)
    listening = socket.create_server(("127.0.0.1", port), backlog=512)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", lifespan="off", proxy_headers=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        _until(lambda: server.started)
        yield app, listening.getsockname()[1]
    finally:
        app.state.stopping.set()
        server.should_exit = True
        thread.join(15)
        listening.close()
        assert not thread.is_alive(), "an open stream holds the shutdown"


def _until(true: object, seconds: float = 5.0) -> None:
    ends = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < ends
        time.sleep(0.005)


@contextmanager
def service(folder: Path) -> Iterator[Service]:
    """Run a service over a fresh site and ledger."""
    with controller(folder) as netpulse, serving(netpulse) as (app, port):
        netpulse.ledger.schedules.know([NIGHTLY])
        yield Service(netpulse, app, port)
