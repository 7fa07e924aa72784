"""Ninety devices over workers that join, stop and die: each has its share, and sessions move no more than they must."""

from collections import Counter
from pathlib import Path

import pytest

from netpulse_core.model.outcome import Outcome
from tests.runs.service import eventually
from tests.worker.workers import Installation, installed

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.thorough,  # leases must end, and ninety devices are logged in to
    pytest.mark.servers("postgresql", "redis-server"),
]


def shares(site: Installation) -> dict[str, int]:
    return {node.name: node.devices for node in site.netpulse.nodes() if node.able}


def sessions(site: Installation) -> dict[str, int]:
    return {node.name: node.sessions for node in site.netpulse.nodes() if node.able}


def ask_all(site: Installation) -> None:
    done = site.service.run("ask", "*", commands=["show clock"], within=100, deadline=300.0)
    assert Counter(job.outcome for job in done.jobs) == {Outcome.OK: 90}


def logins(site: Installation) -> int:
    return sum(device.journal.logins for device in site.service.lab.devices.values())


def even(site: Installation, *names: str) -> bool:
    found = shares(site)
    return set(found) == set(names) and all(abs(number - 90 / len(names)) <= 3 for number in found.values())


def test_every_worker_has_its_share(
    postgres_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        installed(postgres_url, redis_url, tmp_path, monkeypatch, count=90) as site,
        site.worker("a", lease=15.0),
        site.worker("b", lease=15.0) as second,
    ):
        ask_all(site)
        assert even(site, "a", "b")
        before = logins(site)
        assert before == 90
        with site.worker("c", lease=15.0):
            eventually(lambda: even(site, "a", "b", "c"), 60)
            # Whoever lost a device says goodbye to it, and keeps the sessions of all others.
            eventually(lambda: all(open_ <= shares(site)[name] for name, open_ in sessions(site).items()), 60)
            kept = sum(sessions(site).values())
            assert kept >= 57, (shares(site), sessions(site))
            ask_all(site)
            assert logins(site) == before + 90 - kept
            assert even(site, "a", "b", "c")
            second.terminate()
            assert second.wait(30) == 0
            eventually(lambda: even(site, "a", "c"), 30)
            site.kill("c")
            eventually(lambda: shares(site).get("a") == 90, 90)
            ask_all(site)
