"""The person who looks at devices in doubt: ends the session it happened in, reads the device, says what it shows."""

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import asyncssh
import httpx

from tests.faults.asks import PUSH, named
from tests.faults.devices import PASSWORD, USER, Devices
from tests.faults.journal import Session

REASON = "looked at the device"


class Person:
    """Resolves what is in doubt; `patience` is the seconds that NetPulse is given to find it out by itself."""

    def __init__(self, url: str, key: str, devices: Devices, *, patience: float) -> None:
        self._patience = patience
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=5.0, trust_env=False
        )
        self._devices = devices
        self._over = threading.Event()
        self._seen: dict[tuple[str, str], float] = {}

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Look at what is in doubt, one job after the other, until left."""
        thread = threading.Thread(target=self._work, name="person", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
            self._client.close()

    def _work(self) -> None:
        while not self._over.wait(1.5):
            try:
                for job in self._in_doubt():
                    self._look_at(job)
            except (httpx.HTTPError, OSError, asyncssh.Error, TimeoutError, KeyError):
                continue  # the service or the device is away: once more, later

    def _in_doubt(self) -> list[dict[str, Any]]:
        found = []
        for which in ({"verdict": "in_doubt"}, {"finished": "false"}):
            asked: dict[str, str] = {"runbook": PUSH, "limit": "500", **which}
            runs = self._client.get("/v1/runs", params=asked).raise_for_status().json()["runs"]
            for run in (run for run in runs if {"in_doubt", "needs_operator"} & run["counts"].keys()):
                answer = self._client.get(f"/v1/runs/{run['id']}/devices").raise_for_status()
                jobs = [job for job in answer.json()["devices"] if job["state"] == "in_doubt"]
                found += [job | {"lines": run["parameters"]["lines"]} for job in jobs]
        return found

    def _look_at(self, job: Mapping[str, Any]) -> None:
        since = self._seen.setdefault((job["run"], job["device"]), time.monotonic())
        if job["outcome"] != "needs_operator" and time.monotonic() - since < self._patience:
            return
        for session in self._sessions_of(job):
            asyncio.run(self._end(job["device"], session))
        if self._sessions_of(job):
            return  # its end is not in the journal yet
        said = {"outcome": self._shown(job), "reason": REASON}
        self._client.post(f"/v1/runs/{job['run']}/devices/{job['device']}/resolve", json=said)

    def _sessions_of(self, job: Mapping[str, Any]) -> list[Session]:
        """Return the session the change was made in, while it lives; where none is known, every one there is."""
        live = self._devices.journal.follow().live(job["device"])
        name = job["device_session"]
        return [session for session in live if name is None or session.source in name.split()]

    async def _end(self, device: str, session: Session) -> None:
        async with asyncio.timeout(5):
            async with asyncssh.connect(
                "127.0.0.1", self._devices.ports[device], username=USER, password=PASSWORD, known_hosts=None
            ) as connection:
                await connection.run(f"clear line vty {session.vty}")

    def _shown(self, job: Mapping[str, Any]) -> str:
        (token, _) = named(job["lines"][0]) or ("", 0)
        lines = self._devices.journal.follow().lines
        applied = [line for line in lines if line.applied and line.session.device == job["device"]]
        there = {line.text for line in applied if (named(line.text) or ("", 0))[0] == token}
        if not there:
            return "not_applied"
        return "changed" if there == set(job["lines"]) else "partial"
