"""The nightly job of a site on FRR: its files, and what is seen of it from outside."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from netpulse_core.client import Client
from netpulse_core.model.backup import ConfigVersion
from netpulse_core.model.check import Finding, FindingVerdict
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.report import Report
from netpulse_core.model.run import Run
from netpulse_core.model.schedule import Fire, FireState
from netpulse_core.model.trend import Trend
from tests.e2e.conftest import COMMAND, Distributed
from tests.servers.device_https import HttpsDevice
from tests.servers.router import NUMBERS, FrrRouter, link

ROOT = Path(__file__).parents[2]
FILE = ROOT / "schedules" / "nightly-compliance.yaml"
NAME = FILE.stem
EVERY = 4.0
SECRET = "NETPULSE_E2E_PAGER"
NAMES = ("api", "scheduler-1", "scheduler-2", "worker-1", "worker-2")

POLICY = """
policy: announcements
version: 1
severity: high
owner: netops@example.net
rules:
  - id: no-redistribution
    title: What is announced is said by `network` lines alone
    within: "^router bgp "
    must_not_contain: [{regex: "^redistribute "}]
"""
"""A rule of the site's own, beside the library that each new site begins with."""
DRIFT = (
    "no log syslog",
    "ip route 10.66.0.0/16 blackhole",
    "router bgp 65001",
    "no bgp ebgp-requires-policy",
    "address-family ipv4 unicast",
    "redistribute static",
)
BROKEN = {
    "announcements/no-redistribution",
    "bgp/ebgp-policy-frr",
    "bgp_ebgp_requires_policy",
    "logging/syslog-frr",
}


def compliant(router: FrrRouter) -> None:
    """Bring a router of the lab to what the policies of the site and RFC 8212 want."""
    others = [number for number in NUMBERS if number != router.number]
    peers = [f"{link(router.number, other)}.{1 + (other > router.number)}" for other in others]
    sessions = [f"neighbor {peer} ttl-security hops 1" for peer in peers]
    routes = [f"neighbor {peer} {what}" for peer in peers for what in ("route-map ALL in", "route-map ALL out")]
    limits = [f"neighbor {peer} maximum-prefix 100" for peer in peers]
    bgp = [f"router bgp {router.asn}", "bgp ebgp-requires-policy", "bgp log-neighbor-changes", *sessions]
    family = ["address-family ipv4 unicast", *routes, *limits]
    router.vtysh("configure terminal", "log syslog informational", "log timestamp precision 3")
    router.vtysh("configure terminal", "route-map ALL permit 10", "exit", *bgp, *family)


def write(site: Path, told: HttpsDevice) -> None:
    """Make a site of FRR routers one that runs the shipped nightly job: only when it runs is another matter here."""
    hosts = yaml.safe_load((site / "inventory" / "hosts.yaml").read_text())
    for host in hosts.values():
        host["platform"], host["data"]["netpulse_driver"] = "frr", "ssh"
    (site / "inventory" / "hosts.yaml").write_text(yaml.safe_dump(hosts))
    shutil.copytree(ROOT / "templates" / "compliance", site / "templates" / "compliance")
    (site / "templates" / "compliance" / "announcements.yaml").write_text(POLICY)
    (site / "netpulse.toml").write_text(
        "[plugins.webhooks]\n"
        'allow_http = true\nallow_networks = ["127.0.0.0/8"]\n'
        "[plugins.webhooks.endpoints.pager]\n"
        f'url = "http://127.0.0.1:{told.port}/hook"\nsecret = "env:{SECRET}"\n'
        'events = ["run.finished", "compliance.changed"]\n'
    )
    schedule = yaml.safe_load(FILE.read_text())
    for key in ("cron", "timezone", "jitter", "enabled"):
        del schedule[key]
    (site / "schedules").mkdir()
    (site / "schedules" / FILE.name).write_text(yaml.safe_dump(schedule | {"every": f"{EVERY:g}s"}))


@dataclass(frozen=True, kw_only=True)
class Nights:
    """The site as it is served, and the endpoint that hears of it."""

    service: Distributed
    pager: HttpsDevice

    @property
    def client(self) -> Client:
        """A client of its API."""
        return self.service.client

    def runs(self) -> list[Run]:
        """Return the finished runs of the schedule, the oldest first."""
        return sorted(self.client.runs(schedule=NAME, finished=True), key=lambda run: run.accepted_at)

    def first(self, like: Callable[[Run], bool], what: str, within: float = 120) -> Run:
        """Wait for a finished run of this kind, and return the first."""
        return until(lambda: next(filter(like, self.runs()), None), what, within)

    def failing(self, run: Run) -> dict[str, list[Finding]]:
        """Return what a run found that is no `pass` and not for another platform, by device."""
        fine = (FindingVerdict.PASS, FindingVerdict.NOT_APPLICABLE)
        found = self.client.checks.findings(run.id)
        assert set(found) == {"r1", "r2", "r3"}, "each device is judged in each run"
        wrong = {device: [one for one in judged if one.verdict not in fine] for device, judged in found.items()}
        return {device: judged for device, judged in wrong.items() if judged}

    def report(self, run: Run) -> Report:
        """Wait until a run was compared with what stood before it, and return its report."""

        def compared() -> Report | None:
            report = self.client.compliance.report(run.id)
            return None if report.trend is None else report

        return until(compared, f"run {run.id}: compared with the night before")

    def turned(self, trend: Trend) -> list[tuple[str, str]]:
        """Return which device and check took this turn in any night so far, once for each time."""
        rows = [row for run in self.runs() for row in self.report(run).rows if row.course.trend is trend]
        return sorted((row.device, row.finding.check) for row in rows)

    def log(self, device: str, count: int) -> list[ConfigVersion]:
        """Wait until a device has so many versions and all are judged; return them, the first first."""

        def judged() -> list[ConfigVersion] | None:
            versions = self.client.configs.log(device)
            return versions[::-1] if len(versions) >= count and all(one.origin for one in versions) else None

        return until(judged, f"{device}: {count} versions")

    def fires(self) -> list[Fire]:
        """Return what became of its due times, the first first."""
        return self.client.scheduling.fires(NAME, limit=500)[::-1]

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """Return what the endpoint was told, each thing once however often it was sent."""
        sent = {asked.headers["webhook-id"]: json.loads(asked.body) for asked in list(self.pager.asked)}
        return [message["data"] for message in sent.values() if message["type"] == kind]

    def cli(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Ask as an operator does, on the command line."""
        return subprocess.run(
            [*COMMAND, *words], env=dict(self.service.env), check=False, capture_output=True, text=True, timeout=120
        )


def until[T](found: Callable[[], T | None], what: str, within: float = 120) -> T:
    """Wait for something, and return it."""
    limit = time.monotonic() + within
    while True:
        one = found()
        if one:
            return one
        assert time.monotonic() < limit, f"not within {within:.0f} s: {what}"
        time.sleep(0.1)


def none_lost_none_doubled(nights: Nights) -> None:
    """Every due time became one thing, and each that was fired has one run of its own, with one job a device."""
    nights.client.scheduling.pause(NAME, "it is counted")
    until(lambda: not any(nights.client.runs(schedule=NAME, finished=False)), "the last night ends")
    fires, runs = nights.fires(), nights.runs()
    due = [fire.due_at for fire in fires]
    steps = [round((later - before) / EVERY, 3) for before, later in itertools.pairwise(due)]
    assert steps == [float(fire.due_times) for fire in fires[1:]], "a due time is missing, or there twice"
    assert {fire.state for fire in fires} <= {FireState.FIRED, FireState.SKIPPED}
    fired = [fire.run for fire in fires if fire.state is FireState.FIRED]
    assert sorted(map(str, fired)) == sorted(run.id for run in runs)
    for run in runs:
        jobs = nights.client.devices_of(run.id)
        assert sorted((job.device, job.outcome) for job in jobs) == [(name, Outcome.OK) for name in ("r1", "r2", "r3")]
