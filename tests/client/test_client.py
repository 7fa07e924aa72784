"""The client gives the model's nouns and raises the service's errors."""

from __future__ import annotations

import asyncio
import inspect
import socket
import subprocess
import sys
import time

import httpx
import pytest

from netpulse_core import errors
from netpulse_core.client import AsyncClient, Client
from netpulse_core.client.failures import check, content
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import OutputGroup, RunRequest, Step
from netpulse_core.model.state import JobState
from tests.api.service import NIGHTLY, SHOWN, Service

ASK = RunRequest(runbook="send_commands", target="role=leaf", parameters={"commands": ["show version"]})


def test_runs_come_back_as_the_nouns_the_controller_holds(fresh: Service, client: Client) -> None:
    accepted = client.submit(ASK)
    assert (accepted.devices, accepted.created) == (2, True)
    fresh.hand.conclude(fresh.hand.claim())
    ours, theirs = fresh.netpulse.get(accepted.run), client.run("last")
    assert theirs.accepted_at == pytest.approx(ours.accepted_at, abs=1e-5)
    assert (theirs.verdict, theirs.finished, theirs.counts) == (Verdict.SUCCESS, True, {Outcome.OK: 2})
    jobs = client.devices_of("last")
    assert [(job.device, job.state, job.outcome) for job in jobs] == [
        ("leaf1", JobState.FINISHED, Outcome.OK),
        ("leaf2", JobState.FINISHED, Outcome.OK),
    ]
    assert client.job("last", "leaf1") == jobs[0]
    step = Step(label="show version", body="Version 15.2", elapsed=0.25)
    assert client.steps("last", "leaf1") == [step]
    assert client.answer("last", "leaf1") == (client.job("last", "leaf1"), [step])
    assert client.outputs("last") == {"leaf1": [step], "leaf2": [step]}
    assert client.groups("last") == fresh.netpulse.groups("last")
    assert isinstance(client.groups("last")[0], OutputGroup)
    assert client.devices_of("last", Outcome.UNREACHABLE) == client.devices_of("last", "failed") == []


def test_runs_are_yielded_over_pages(fresh: Service, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netpulse_core.client.wire.RUNS_A_PAGE", 2)
    monkeypatch.setattr("netpulse_core.client.wire.JOBS_A_PAGE", 1)
    made = [client.submit(ASK).run for _ in range(5)][::-1]
    assert [run.id for run in client.runs()] == made
    assert [run.id for run in client.runs(limit=3)] == made[:3]
    assert [run.id for run in client.runs(limit=0)] == []
    assert [run.id for run in client.runs(caller="eve", finished=None)] == []
    assert [run.id for run in client.runs(finished=False, device="leaf1")] == made
    assert [job.device for job in client.devices_of("last")] == ["leaf1", "leaf2"]


def test_what_the_site_offers(fresh: Service, client: Client) -> None:
    assert [device.name for device in client.devices("rack=1")] == ["leaf1"]
    assert client.device("leaf1").groups == ("leaf",)
    assert len(client.devices()) == 3
    assert {runbook.name for runbook in client.runbooks()} >= {"send_commands", "set_banner"}
    assert client.runbook("set_banner").changes is True
    assert "netmiko" in {driver.name for driver in client.drivers()}
    assert "builtin:runbooks" in {plugin.plugin for plugin in client.plugins()}
    assert "find_prompt" in client.driver("netmiko").reads
    assert client.schedules() == fresh.netpulse.ledger.schedules.all() or client.schedules()[0].schedule == NIGHTLY
    assert client.schedule("nightly-version").schedule == NIGHTLY
    assert [node.name for node in client.nodes()] == ["hand"]
    assert client.sessions("hand") == SHOWN
    ready = client.ready()
    assert (ready.ready, ready.workers, ready.problem) == (True, 1, "")


def test_cancel_and_resolve(fresh: Service, client: Client) -> None:
    client.submit(ASK)
    fresh.hand.doubt(fresh.hand.claim(slots=1))
    done = client.cancel("last")
    assert (done.cancelled, done.stopping) == (1, ())
    assert done.refused["leaf1"].startswith("it is in doubt: ")
    job = client.resolve("last", "leaf1", Outcome.NOT_APPLIED, "looked")
    assert (job.state, job.outcome) == (JobState.FINISHED, Outcome.NOT_APPLIED)
    with pytest.raises(errors.Conflict, match="has finished") as raised:
        client.cancel("last")
    assert raised.value.reason == str(raised.value)


def test_the_services_errors_are_raised_as_they_were(fresh: Service, client: Client) -> None:
    with pytest.raises(errors.NotFound, match="did you mean 'send_commands'") as lost:
        client.runbook("send_comands")
    assert (lost.value.kind, lost.value.name) == ("runbook", "send_comands")
    assert "send_commands" in lost.value.known
    with pytest.raises(errors.InvalidParameters) as invalid:
        client.submit(RunRequest(runbook="send_commands", target="*", parameters={"kommands": 1}))
    assert any("did you mean 'commands'" in problem for problem in invalid.value.problems)
    with pytest.raises(errors.Refused, match="no device matches") as refused:
        client.devices("rack=7")
    assert refused.value.hint
    with Client(fresh.url, "np_000000000000_nope") as stranger, pytest.raises(errors.Unidentified):
        stranger.nodes()


@pytest.mark.parametrize(
    "raised",
    [
        errors.ServiceError("away", retry_after=7, hint="wait"),
        errors.SiteError("is no list", path="hosts.yaml", line=3, key="leaf1"),
        errors.PluginError("fell over", plugin="banner"),
        errors.Unreachable("no route", device="leaf1"),
        errors.NotFound("run", "x", known=["y"]),
    ],
)
def test_every_error_survives_the_wire(
    fresh: Service, client: Client, monkeypatch: pytest.MonkeyPatch, raised: errors.NetPulseError
) -> None:
    def fail() -> None:
        raise raised

    monkeypatch.setattr(fresh.netpulse, "nodes", fail)
    with pytest.raises(type(raised)) as got:
        client.nodes()
    assert str(got.value) == str(raised)
    left_out = {"problem"}  # of a SiteError: its sentence without the place, which the sentence holds
    assert {n: v for n, v in vars(got.value).items() if n not in left_out} == {
        n: v for n, v in vars(raised).items() if n not in left_out
    }


def test_an_answer_of_something_else_says_so() -> None:
    request = httpx.Request("GET", "http://proxy.example/v1/runs")
    with pytest.raises(errors.ServiceError, match=r"http://proxy\.example answered 502"):
        check(httpx.Response(502, text="<html>", request=request))
    with pytest.raises(errors.NetPulseError, match="answered 404"):
        check(httpx.Response(404, json=[], request=request))
    with pytest.raises(errors.NetPulseError, match=r"^odd$"):
        check(httpx.Response(418, json={"type": "urn:netpulse:error:did_you_mean", "detail": "odd"}, request=request))


@pytest.mark.thorough
def test_a_service_that_is_not_there_is_said_to_be_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}", "np_a_b") as client:
        for ask in (client.nodes, lambda: client.submit(ASK), lambda: list(client.watch("last")), client.ready):
            with pytest.raises(errors.ServiceError, match=f"127.0.0.1:{port} cannot be reached") as away:
                ask()
            assert "netpulse up" in away.value.hint


def test_a_service_that_is_not_ready_is_told_and_not_raised(
    fresh: Service, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise errors.ServiceError("away")

    monkeypatch.setattr(fresh.netpulse, "nodes", fail)
    assert (client.ready().ready, client.ready().problem) == (False, "the ledger is away")


@pytest.mark.parametrize("url", ["http://x:port", "127.0.0.1:8420", "ftp://x", "http://", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(errors.InvalidParameters) as refused:
        Client(url, "np_a_b")
    assert "http://127.0.0.1:8420" in refused.value.hint


def test_a_page_of_something_else_is_no_answer(fresh: Service) -> None:
    response = httpx.get(f"{fresh.url}/docs")
    with pytest.raises(errors.NetPulseError, match="not an answer of NetPulse"):
        content(response)


@pytest.mark.parametrize("key", ["", " ", "np_a b", "np_\nx", "np_é"])
def test_a_key_no_header_can_hold_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(errors.Unidentified) as refused:
        Client("http://127.0.0.1:1", key)
    assert not key.strip() or key not in str(refused.value)


def test_nothing_shows_the_key(fresh: Service, client: Client) -> None:
    shown = f"{client!r} {client} {vars(client)} {client._http!r} {client._http.headers!r}"
    assert fresh.key not in shown


def test_wait_returns_when_it_is_over_or_when_time_is(fresh: Service, client: Client) -> None:
    client.submit(ASK)
    began = time.monotonic()
    assert client.wait("last", timeout=0.4).finished is False
    assert 0.3 < time.monotonic() - began < 15
    fresh.hand.conclude(fresh.hand.claim())
    assert client.wait("last").verdict is Verdict.SUCCESS


def test_both_clients_have_the_same_names() -> None:
    def face(kind: type) -> dict[str, list[str]]:
        methods = inspect.getmembers(kind, inspect.isfunction)
        return {name: list(inspect.signature(one).parameters) for name, one in methods if not name.startswith("_")}

    assert face(Client) == face(AsyncClient)


def test_the_same_over_an_event_loop(fresh: Service) -> None:
    async def ask() -> None:
        async with AsyncClient(fresh.url, fresh.key) as client:
            accepted = await client.submit(ASK)
            events = client.watch(accepted.run)
            assert (await anext(events)).number == 1
            assert (await client.wait("last", timeout=0.2)).finished is False
            fresh.hand.conclude(await asyncio.to_thread(fresh.hand.claim))
            assert [event.number async for event in events] == [2, 3, 4, 5, 6]
            assert (await client.wait("last")).verdict is Verdict.SUCCESS
            assert [run.id async for run in client.runs(limit=1)] == [accepted.run]
            assert [job.device for job in await client.devices_of("last")] == ["leaf1", "leaf2"]
            assert (await client.steps("last", "leaf1"))[0].body == "Version 15.2"
            assert (await client.answer("last", "leaf1"))[1] == await client.steps("last", "leaf1")
            assert (await client.job("last", "leaf1")).outcome is Outcome.OK
            assert len(await client.outputs("last")) == 2
            assert len(await client.groups("last")) == 1
            assert len(await client.devices()) == 3
            assert (await client.device("leaf1")).name == "leaf1"
            assert (await client.runbook("probe")) in await client.runbooks()
            assert (await client.driver("netmiko")) in await client.drivers()
            assert (await client.schedule("nightly-version")) == (await client.schedules())[0]
            assert len(await client.nodes()) == 1
            assert (await client.sessions("hand")) == SHOWN
            assert (await client.ready()).ready
            with pytest.raises(errors.Conflict):
                await client.cancel("last")
            with pytest.raises(errors.Conflict):
                await client.resolve("last", "leaf1", "ok", "x")

    asyncio.run(ask())


def test_the_client_loads_nothing_of_the_service() -> None:
    program = (
        "import sys, netpulse_core.client; print('\\n'.join(n for n in sys.modules if n.startswith('netpulse_core')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    rooms = {".".join(name.split(".")[:2]) for name in done.stdout.split()}
    nouns = {f"netpulse_core.{name}" for name in ("dice", "errors", "files", "lease", "model")}
    assert rooms == {"netpulse_core", "netpulse_core.client", *nouns}


def test_a_target_longer_than_an_address_is_refused_with_a_way_on(fresh: Service) -> None:
    target = ",".join(f"leaf{number}-of-a-large-site" for number in range(5000))
    with Client(fresh.url, fresh.key) as client, pytest.raises(errors.InvalidParameters) as told:
        client.devices(target)
    assert "longer than what the address of a request may hold" in str(told.value)
    assert "--yes --confirm N" in told.value.hint
    assert len(str(told.value)) < 500

    async def ask() -> None:
        async with AsyncClient(fresh.url, fresh.key) as client:
            await client.devices(target)

    with pytest.raises(errors.InvalidParameters, match="longer than"):
        asyncio.run(ask())
