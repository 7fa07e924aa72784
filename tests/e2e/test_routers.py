"""Real routers, through REST: read as data, changed, and read back, in one process and in many."""

from __future__ import annotations

import time

import pytest

from netpulse_core.client import Client
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Run, RunRequest
from tests.e2e.conftest import Distributed
from tests.servers.frr import FrrRouters


def ask(client: Client, runbook: str, target: str, **parameters: object) -> Run:
    accepted = client.submit(RunRequest(runbook=runbook, target=target, parameters=parameters))
    return client.wait(accepted.run, timeout=60)


def bgp_is_data(client: Client) -> None:
    run = ask(client, "send_commands", "*", commands=["show bgp summary json"], parse="json")
    assert run.verdict is Verdict.SUCCESS, client.devices_of(run.id)
    for device in ("r1", "r2", "r3"):
        (step,) = client.steps(run.id, device)
        peers = step.body["ipv4Unicast"]["peers"]
        assert {peer["state"] for peer in peers.values()} == {"Established"}


def a_change_reaches_the_neighbours(client: Client, routers: FrrRouters) -> None:
    asn = routers["r1"].asn
    lines = [
        "ip route 10.99.0.0/24 blackhole",
        f"router bgp {asn}",
        "address-family ipv4 unicast",
        "network 10.99.0.0/24",
    ]
    run = ask(client, "send_config", "role=edge", lines=lines)
    assert [job.outcome for job in client.devices_of(run.id)] == [Outcome.CHANGED]
    until = time.monotonic() + 15
    while "10.99.0.0/24" not in routers["r2"].show("show bgp ipv4 unicast")["routes"]:
        assert time.monotonic() < until, "the route never reached r2"
        time.sleep(0.2)
    back = ask(client, "send_commands", "r2", commands=["show bgp ipv4 unicast 10.99.0.0/24 json"], parse="json")
    assert client.steps(back.id, "r2")[0].body["prefix"] == "10.99.0.0/24"


@pytest.mark.thorough
@pytest.mark.servers("frr", "openssh-server")
def test_bgp_is_read_as_data_and_a_change_is_read_back_on_one_process(
    embedded: Client, frr_routers: FrrRouters
) -> None:
    bgp_is_data(embedded)
    a_change_reaches_the_neighbours(embedded, frr_routers)


@pytest.mark.servers("frr", "openssh-server")
def test_a_real_router_that_refuses_the_second_line_is_told_as_partly_changed(
    embedded: Client, frr_routers: FrrRouters
) -> None:
    run = ask(embedded, "send_config", "r3", lines=["ip route 10.98.0.0/24 blackhole", "no such line"])
    (job,) = embedded.devices_of(run.id)
    assert (job.outcome, run.verdict) == (Outcome.PARTIAL, Verdict.FAILED)
    assert job.problem is not None
    assert "line 2 of 2" in job.problem.message


@pytest.mark.thorough
@pytest.mark.servers("frr", "openssh-server", "postgresql", "redis-server")
def test_the_same_on_redis_and_postgresql_with_two_workers(distributed: Distributed, frr_routers: FrrRouters) -> None:
    client = distributed.client
    bgp_is_data(client)
    a_change_reaches_the_neighbours(client, frr_routers)
    again = ask(client, "send_commands", "*", commands=["show version"])
    jobs = client.devices_of(again.id)
    assert {job.device: job.session_reused for job in jobs} == {"r1": True, "r2": True, "r3": True}
    assert len({job.node for job in jobs}) == 2, "three devices should be spread over both workers"
