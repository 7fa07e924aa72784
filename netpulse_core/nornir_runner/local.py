"""Running any callable in this process, as Nornir's threaded runner does, with sessions that are pooled between tasks.

Nothing is recorded, and no ledger is needed: a script is its own authority.
"""

import time
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task

from netpulse_core import settings as configuration
from netpulse_core.errors import Refused, SiteError
from netpulse_core.hooks.manager import Plugins
from netpulse_core.model.runbook import Runbook
from netpulse_core.model.session import DeviceSession
from netpulse_core.nornir_runner.ending import close_at_the_end
from netpulse_core.nornir_runner.host import ScriptHost, lent_as, told_back
from netpulse_core.nornir_runner.keys import RememberedKeys
from netpulse_core.runs.credentials import Credentials
from netpulse_core.runs.reaching import Reaching
from netpulse_core.sessions.candidates import Candidate, Remembered
from netpulse_core.sessions.host_keys import key_ring
from netpulse_core.sessions.lender import Lender
from netpulse_core.sessions.pool import Pool
from netpulse_core.sessions.trying import Trying
from netpulse_core.settings import Settings

LONGEST = 7 * 86400.0
"""Seconds a task may wait for its session; Nornir bounds no task."""


class LocalWay:
    """Lends sessions of this process's pool to tasks; `site` tells the settings and the plugins, if there is one."""

    def __init__(self, site: Path | None, workers: int) -> None:
        if site is not None and not site.is_dir():
            raise SiteError("there is no such folder", path=site, hint="the runner's option `site` names a site folder")
        site = site or configuration.nearest(Path.cwd())
        settings = Settings() if site is None else configuration.load(site)
        self._workers = workers
        self._plugins = Plugins.load(None if site is None else settings)
        self._drivers = self._plugins.drivers
        self._keys = key_ring(settings, RememberedKeys())
        self._keepalive = settings.keepalive or None
        self._memory, self._newer_after = Remembered(), settings.logins.newer_after
        self._pool = Pool(
            idle_timeout=settings.idle_timeout,
            max_age=settings.max_session_age,
            most=settings.max_sessions,
            most_of_a_device=settings.max_sessions_per_device,
            probe_after=settings.probe_after,
            connect_timeout=settings.connect_timeout,
            clock=time.monotonic,
        )
        weakref.finalize(self, self._pool.close).atexit = False
        close_at_the_end(self._pool)

    def close_connections(self) -> None:
        """Close the sessions that no task has."""
        self._pool.drain()

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run any callable on these hosts, `num_workers` of them at once."""
        self._pool.sweep()
        found = AggregatedResult(task.name)
        with ThreadPoolExecutor(self._workers, thread_name_prefix="netpulse-runner") as threads:
            futures = {host.name: threads.submit(self._on, task.copy(), host) for host in hosts}
        for name, future in futures.items():
            found[name] = future.result()
        return found

    def _on(self, task: Task, host: Host) -> MultiResult:
        reaching = Reaching(task.nornir.inventory, self._plugins.secret, self._keys, self._keepalive)
        trying = Trying(self._pool, self._memory, host.name, newer_after=self._newer_after)

        def candidates(connection: str, in_change: bool) -> Sequence[Candidate]:
            told_back(lent, host)  # what the task has just said of its host counts
            return reaching.candidates(host.name, connection, in_change)

        credentials = Credentials(candidates, trying)
        lender = Lender(
            self._pool,
            self._drivers,
            device=host.name,
            parameters=credentials.parameters,
            lending=credentials,
            gate=_gate(task),
            until=time.monotonic() + LONGEST,
            only=task.task.drivers if isinstance(task.task, Runbook) else (),
        )
        lent = lent_as(host, lender)
        trusted = False
        try:
            result = task.start(lent)
            trusted = True
        finally:
            lender.give_back(trusted=trusted)
            told_back(lent, host)
        _of_the_inventory(result, lent, host)
        return result


class _Gate:
    """Nothing is recorded when it is crossed; only a runbook that is marked as reading may not cross it."""

    def __init__(self, *, open_for_changes: bool) -> None:
        self.open_for_changes = open_for_changes

    def cross(self, session: DeviceSession, baseline: str | None = None) -> None:
        """Let the task change its device, unless it said that it only reads."""
        if not self.open_for_changes:  # a lent connection asks before; this is the last guard
            raise Refused("this runbook only reads")


def _gate(task: Task) -> _Gate:
    return _Gate(open_for_changes=not isinstance(task.task, Runbook) or task.task.changes)


def _of_the_inventory(results: MultiResult, lent: ScriptHost, host: Host) -> None:
    """Let results speak of the host the inventory has."""
    for one in results:
        nested: object = one  # Nornir puts a MultiResult there and types it a Result
        if isinstance(nested, MultiResult):
            _of_the_inventory(nested, lent, host)
        elif one.host is lent:
            one.host = host
