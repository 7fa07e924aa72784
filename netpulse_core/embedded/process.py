"""The embedded service: everything of NetPulse in this process, started and stopped in order."""

import os
from contextlib import ExitStack
from functools import partial
from typing import Self

from netpulse_core.api.server import Server
from netpulse_core.controller import NetPulse
from netpulse_core.embedded.site_lock import Service, SiteLock
from netpulse_core.errors import SiteError
from netpulse_core.keyfile import private_file
from netpulse_core.scheduler.service import SchedulerService
from netpulse_core.settings import ADMIN_KEY, Settings
from netpulse_core.worker import descriptors
from netpulse_core.worker.node import Node
from netpulse_core.worker.serving import settle
from netpulse_core.worker.signals import Signals


class Embedded:
    """A whole NetPulse while the context is open; `port` 0 is any free one, None the site's own.

    Without a `worker` it answers and records, and touches no device.
    """

    def __init__(
        self, settings: Settings, *, port: int | None = None, scheduler: bool = True, worker: bool = True
    ) -> None:
        if not settings.embedded:
            raise SiteError(
                "this site has a broker, so its parts are processes of their own",
                key="broker",
                hint="start `netpulse api`, `netpulse worker` and `netpulse scheduler`, or take the broker out",
            )
        if not settings.ledger_url.startswith("sqlite"):
            # Its first act is to bury every node of the ledger, because the lock says that they are all its own.
            raise SiteError(
                "this site has no broker, so it is one process, which needs a ledger of its own and not a server's",
                key="ledger",
                hint="set a broker, so that processes may share this ledger, or take the ledger out",
            )
        self._settings = settings
        self._port = settings.port if port is None else port
        self._with_scheduler = scheduler
        self._with_worker = worker
        self._stack = ExitStack()
        self.in_doubt = False
        """Whether stopping left changes in doubt."""
        self.netpulse: NetPulse
        self.node: Node
        self.url = ""
        self.key = ""

    def __enter__(self) -> Self:
        if self._with_worker:
            descriptors.allow(self._settings.max_sessions)
        with ExitStack() as stack:
            lock = stack.enter_context(SiteLock(self._settings.state))
            self.netpulse = stack.enter_context(NetPulse.open(self._settings))
            # Whoever holds the lock knows that nobody else's job still runs: what a crash left is queued again now.
            self.netpulse.ledger.nodes.bury()
            self.netpulse.ledger.reaping.reap()
            self.key = self._admin_key()
            # Stopped in the opposite order: what runs is drained while the service still answers.
            server = Server(self.netpulse, host=self._settings.host, port=self._port)
            server.start()
            stack.callback(server.stop)
            if self._with_worker:
                self.node = Node(self.netpulse)
                self.node.start()
                stack.callback(self._stop_node)
            if self._with_scheduler:
                scheduler = SchedulerService(self.netpulse)
                scheduler.start()
                stack.callback(scheduler.stop)
            self.url = server.url
            lock.announce(self._announcement(server.certificate))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def wait(self, signals: Signals) -> None:
        """Block until SIGTERM or SIGINT; another one while it stops ends the grace.

        `signals` are taken since before the start: the worker has jobs before it is said that it is up.
        """
        settle(self._settings)
        signals.wait()
        signals.at_the_next(self.node.hurry)

    def _announcement(self, certificate: str) -> Service:
        return Service(url=self.url, pid=os.getpid(), worker=self._with_worker, certificate=certificate)

    def _stop_node(self) -> None:
        self.in_doubt = not self.node.stop()

    def _admin_key(self) -> str:
        """Return the key of whoever holds the site folder, making it at the first start."""
        make = partial(self.netpulse.ledger.keys.create, "admin", "admin", by="first start")
        return private_file(self._settings.state / ADMIN_KEY, lambda: make().key)
