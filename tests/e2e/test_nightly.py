"""The whole nightly job on real routers: drift typed at a console is found, told, mended by hand, and over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL

import pytest

from netpulse_core.model.backup import Copy, Origin
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Job, Run, RunRequest
from netpulse_core.model.state import JobState
from netpulse_core.model.trend import Trend
from tests.e2e import nightly
from tests.e2e.conftest import serving
from tests.e2e.nightly import BROKEN, DRIFT, NAMES, Nights, until
from tests.servers.device_https import HttpsDevice
from tests.servers.frr import FrrRouters


@pytest.fixture
def nights(
    frr_site: Path,
    frr_routers: FrrRouters,
    postgres_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Nights]:
    """Two schedulers and two workers on compliant routers, with the shipped schedule."""
    monkeypatch.setenv(nightly.SECRET, "a secret of the pager's own")
    for router in frr_routers.values():
        nightly.compliant(router)
    pager = HttpsDevice(None)
    pager.answers["/hook"] = lambda handler: handler.say(204)
    nightly.write(frr_site, pager)
    try:
        with serving(frr_site, postgres_url, redis_url, tmp_path, NAMES) as service:
            yield Nights(service=service, pager=pager)
    finally:
        pager.close()


@pytest.mark.thorough
@pytest.mark.timeout(900)
@pytest.mark.servers("frr", "openssh-server", "postgresql", "redis-server")
def test_drift_is_found_at_night_and_mended_by_hand(nights: Nights, frr_routers: FrrRouters) -> None:
    green = a_first_night_that_is_green(nights)
    red = the_drift_of_one_router_is_found(nights, frr_routers, green)
    the_same_goes_on_where_processes_are_killed(nights, frr_routers)
    the_remedy_makes_it_green(nights, frr_routers, red)
    what_netpulse_changes_is_its_own(nights)
    nightly.none_lost_none_doubled(nights)
    everybody_who_listens_heard_of_it_once(nights)


def a_first_night_that_is_green(nights: Nights) -> Run:
    run = nights.first(lambda run: True, "a first night")
    assert (run.verdict, run.caller) == (Verdict.SUCCESS, f"schedule:{nightly.NAME}")
    assert not nights.failing(run)
    for device in ("r1", "r2", "r3"):
        (version,) = nights.log(device, 1)
        assert (version.number, version.origin, version.run) == (1, Origin.FIRST, run.id)
    return run


def the_drift_of_one_router_is_found(nights: Nights, routers: FrrRouters, green: Run) -> Run:
    """The next night finds it; the one under way while it is typed may have found it before."""
    routers["r1"].vtysh("configure terminal", *DRIFT)
    typed = time.time()
    after = nights.first(lambda run: run.accepted_at > typed, "the next night")
    assert after.verdict is Verdict.SUCCESS, "the work was done, whatever was found"
    found = nights.failing(after)
    assert {device: {one.check for one in judged} for device, judged in found.items()} == {"r1": BROKEN}
    shown = nights.cli("checks", "show", after.id)
    assert shown.returncode == 4, shown.stderr
    assert "no redistribute static" in shown.stdout
    assert nights.turned(Trend.NEW) == [("r1", check) for check in sorted(BROKEN)]
    red = nights.first(lambda run: bool(nights.failing(run)), "the night that found it first")
    assert red.accepted_at > green.accepted_at
    said = nights.cli("compliance", "report", red.id)
    assert (said.returncode, "fail, new" in said.stdout) == (4, True), said.stdout
    assert {one.origin for one in nights.log("r1", 2)[1:]} == {Origin.OUT_OF_BAND}
    assert "out of band" in nights.cli("config", "log", "r1").stdout
    return after


def the_same_goes_on_where_processes_are_killed(nights: Nights, routers: FrrRouters) -> None:
    """A worker dies while it reads a router that hangs, and a scheduler with it: the others finish that night."""
    routers["r2"].freeze()
    try:
        stuck = until(lambda: reading(nights, "r2"), "a night that waits for r2")
        assert stuck.node is not None
        name = next(node.name for node in nights.client.nodes() if node.id == stuck.node)
        nights.service.processes[name].end(SIGKILL)
        nights.service.processes["scheduler-1"].end(SIGKILL)
    finally:
        routers["r2"].thaw()
    run = nights.first(lambda run: run.id == stuck.run, "the night whose worker was killed")
    assert run.verdict is Verdict.SUCCESS
    assert set(nights.failing(run)) == {"r1"}
    ended = nights.client.job(run.id, "r2")
    assert ended.node not in (None, stuck.node)
    counts = {trend: count for trend, count in (nights.report(run).trend or {}).items() if count}
    assert counts == {Trend.STILL_FAILING: len(BROKEN)}, "it is not new twice"
    nights.first(lambda later: later.accepted_at > run.accepted_at, "a night after that")
    assert len(nights.log("r2", 1)) == 1, "what is read twice is one version"


def reading(nights: Nights, device: str) -> Job | None:
    for run in nights.client.runs(schedule=nightly.NAME, finished=False):
        jobs = nights.client.devices_of(run.id)
        if all((job.state is JobState.RUNNING) == (job.device == device) for job in jobs):
            return next(job for job in jobs if job.device == device)
    return None


def the_remedy_makes_it_green(nights: Nights, routers: FrrRouters, red: Run) -> None:
    before = len(nights.log("r1", 2))
    for finding in nights.failing(red)["r1"]:
        assert finding.remediation, finding
        routers["r1"].vtysh("configure terminal", *finding.remediation.splitlines())
    mended = nights.first(lambda run: run.accepted_at > red.accepted_at and not nights.failing(run), "a green night")
    assert nights.cli("checks", "show", mended.id).returncode == 0
    assert nights.turned(Trend.FIXED) == [("r1", check) for check in sorted(BROKEN)]
    versions = nights.log("r1", before + 1)
    assert {one.origin for one in versions[1:]} == {Origin.OUT_OF_BAND}
    plan = nights.client.configs.plan("r1", 1, copy=Copy.REDACTED)
    assert plan.lines.split("\n") == ["no ip route 10.66.0.0/16 blackhole", ""], "what no rule was about stays"
    routers["r1"].vtysh("configure terminal", *plan.lines.splitlines())
    first = versions[0].digest
    until(lambda: nights.client.configs.log("r1")[0].digest == first, "r1 as it was in the first night")


def what_netpulse_changes_is_its_own(nights: Nights) -> None:
    asked = RunRequest(runbook="send_config", target="r3", parameters={"lines": ["ip route 10.67.0.0/16 blackhole"]})
    change = nights.client.wait(nights.client.submit(asked).run, timeout=120)
    (job,) = nights.client.devices_of(change.id)
    assert job.outcome is Outcome.CHANGED, job.problem
    _, ours = nights.log("r3", 2)
    assert (ours.origin, ours.runs, ours.added, ours.removed) == (Origin.OURS, (change.id,), 1, 0)


def everybody_who_listens_heard_of_it_once(nights: Nights) -> None:
    """Of each night that it is over; and of those alone that changed something, what."""
    ended = nights.runs()
    turning = [
        run for run in ended if any(row.course.trend in (Trend.NEW, Trend.FIXED) for row in nights.report(run).rows)
    ]
    until(lambda: {one["run"] for one in nights.heard("run.finished")} >= {run.id for run in ended}, "all is heard of")
    until(lambda: len(nights.heard("compliance.changed")) >= len(turning), "each change is heard of")
    finished = [one["run"] for one in nights.heard("run.finished")]
    assert len(finished) == len(set(finished))
    changed = nights.heard("compliance.changed")
    assert sorted(one["run"] for one in changed) == sorted(run.id for run in turning)
    for trend in (Trend.NEW, Trend.FIXED):
        assert sum(one["counts"].get(trend, 0) for one in changed) == len(BROKEN)
