"""Callers: each request is sent with its key until it is answered, and what was answered is kept."""

import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

import httpx

from tests.faults.asks import Ask

CALLERS = 8
AGAIN = 0.3
"""Seconds after an error until the same request is sent again."""

PATIENCE = 180.0
"""Seconds after which a request that is never answered is given up; that is a violation."""


class Load:
    """Sends requests, each once the clock says its time.

    `answers` holds every run that was answered, by the key it was asked with.
    """

    def __init__(self, url: str, key: str, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}
        self._waiting: queue.Queue[Ask] = queue.Queue()
        self.answers: dict[str, set[str]] = defaultdict(set)
        self.refusals: list[str] = []
        self.errors = 0

    def send(self, asks: Sequence[Ask]) -> None:
        """Send all of it; returns once every request was answered."""
        for ask in asks:
            self._waiting.put(ask)
        callers = [threading.Thread(target=self._call, name="caller", daemon=True) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()

    def _call(self) -> None:
        with httpx.Client(base_url=self._url, headers=self._headers, timeout=5.0, trust_env=False) as client:
            while True:
                try:
                    ask = self._waiting.get_nowait()
                except queue.Empty:
                    return
                while self._clock() < ask.at:
                    time.sleep(0.05)
                self._ask(client, ask)

    def _ask(self, client: httpx.Client, ask: Ask) -> None:
        run = self._until_answered(client, ask)
        if run is None:
            return
        if ask.cancel_after is not None:
            time.sleep(ask.cancel_after)
            self._once(client, f"/v1/runs/{run}/cancel", None, {})
        if ask.again:
            self._until_answered(client, ask)

    def _until_answered(self, client: httpx.Client, ask: Ask) -> str | None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = self._once(client, "/v1/runs", ask.body, {"Idempotency-Key": ask.token})
            if answer is not None and answer.status_code == 202:
                run = str(answer.json()["run"])
                self.answers[ask.token].add(run)
                return run
            if answer is not None and answer.status_code not in (429, 503):
                self.refusals.append(f"{ask.token}: {answer.status_code} {answer.text[:300]}")
                return None
            self.errors += 1
            time.sleep(AGAIN)
        self.refusals.append(f"{ask.token}: never answered")
        return None

    def _once(self, client: httpx.Client, path: str, body: object, headers: dict[str, str]) -> httpx.Response | None:
        try:
            return client.post(path, json=body, headers=headers)
        except httpx.HTTPError:
            return None
