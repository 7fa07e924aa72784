"""Webhooks from end to end: what happens to a run arrives at an HTTPS endpoint, whatever the endpoint does first."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from netpulse_core.cli import app
from netpulse_core.client import AsyncClient, Client
from netpulse_core.controller import NetPulse
from netpulse_core.errors import NotFound
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.notifier import Delivery, DeliveryState
from netpulse_core.model.run import RunRequest
from netpulse_core.testing.folder import Content, write
from netpulse_core.testing.instance import Instance, running
from netpulse_core.worker import courier, rounds
from tests.ledger.work import pass_time
from tests.runs.service import eventually
from tests.servers.certificates import Authority
from tests.servers.device_https import Handler, HttpsDevice

PATIENCE = 30.0
SECRET, TOKEN = "canary-of-the-signature", "canary-of-the-path"
RUNBOOK = '''
from netpulse_core import Result, Task, runbook

@runbook
def nothing(task: Task) -> Result:
    """Do nothing."""
    return Result(host=task.host)
'''


LEAVING = """
import sys
from netpulse_core import Endpoint, hookimpl

class Leaving:
    name, sentence = "leaving", "leave the process"

    def endpoints(self):
        return [Endpoint(name="desk", shown="the desk", kinds=frozenset({"run.finished"}))]

    def send(self, outgoing, secret):
        sys.exit(secret("env:PAGER_SECRET"))

@hookimpl
def register_notifiers():
    return [Leaving()]
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpsDevice]:
    """Two endpoints, `/canary-of-the-path` and `/other`, that take everything."""
    authority = Authority(tmp_path)
    with closing(HttpsDevice(authority.issue("localhost"))) as device:
        device.answers = {f"/{TOKEN}": lambda handler: handler.say(204), "/other": lambda handler: handler.say(204)}
        yield device


@pytest.fixture
def site(server: HttpsDevice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PAGER_SECRET", SECRET)
    monkeypatch.setattr(rounds, "SWEEP", 0.2)
    monkeypatch.setattr(courier, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(courier, "LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(courier, "ATTEMPTS", 3)
    at = f"https://localhost:{server.port}"
    settings = f"""
[plugins.webhooks]
allow_networks = ["127.0.0.0/8", "::1/128"]
ca_file = "{tmp_path / "ca.pem"}"
[plugins.webhooks.endpoints]
pager = {{ url = "{at}/{TOKEN}", secret = "env:PAGER_SECRET", events = ["run.*"] }}
other = {{ url = "{at}/other", secret = "env:PAGER_SECRET", events = ["run.finished"] }}
"""
    files: dict[str, Content] = {"netpulse.toml": settings, "plugins/nothing.py": RUNBOOK}
    return write(tmp_path / "site", files | {"inventory/hosts.yaml": {"leaf1": {"hostname": "192.0.2.1"}}})


@pytest.fixture
def netpulse(site: Path) -> Iterator[Instance]:
    with running(site) as instance:
        yield instance


@pytest.fixture
def say(netpulse: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command line against the service."""
    key = tmp_path / "key"
    key.write_text(netpulse.key)
    monkeypatch.delenv("PAGER_SECRET")  # the command line needs none
    where = ["--url", netpulse.url, "--key-file", str(key)]
    return lambda *words: CliRunner().invoke(app, [*where, *words], prog_name="netpulse")


def ran(netpulse: Instance) -> str:
    asked = RunRequest(runbook="nothing", target="leaf1")
    run = netpulse.controller.submit(asked, LOCAL).run
    for _ in netpulse.controller.watch(run):
        pass
    return run


def arrived(server: HttpsDevice, path: str) -> list[Any]:
    return [json.loads(asked.body) for asked in list(server.asked) if asked.path == path]


def ended(netpulse: Instance, count: int, state: DeliveryState) -> list[Delivery]:
    """Wait for so many deliveries in a state and return them."""
    deliveries = netpulse.controller.ledger.deliveries
    eventually(lambda: len(deliveries.page(state=state)) >= count, PATIENCE)
    return deliveries.page(state=state)


def test_what_happens_to_a_run_arrives_where_it_is_wanted(netpulse: Instance, server: HttpsDevice) -> None:
    run = ran(netpulse)
    delivered = ended(netpulse, 3, DeliveryState.DELIVERED)
    assert [one["type"] for one in arrived(server, f"/{TOKEN}")] == ["run.accepted", "run.finished"]
    (finished,) = arrived(server, "/other")
    assert finished["data"]["run"] == run
    assert finished["data"]["verdict"] == "success"
    ids = {asked.headers["webhook-id"] for asked in server.asked}
    assert ids == {one.id for one in delivered}


@pytest.mark.thorough
def test_what_failed_arrives_later_as_the_same_delivery(
    netpulse: Instance, server: HttpsDevice, caplog: pytest.LogCaptureFixture, site: Path
) -> None:
    left = [503, 500]

    def answer(handler: Handler) -> None:
        handler.say(left.pop() if left else 204)

    server.answers["/other"] = answer
    ran(netpulse)
    ended(netpulse, 3, DeliveryState.DELIVERED)
    tries = [asked for asked in server.asked if asked.path == "/other"]
    assert len({(asked.headers["webhook-id"], asked.body) for asked in tries}) == 1
    assert [one.attempts for one in netpulse.controller.ledger.deliveries.page(endpoint="other")] == [3]
    assert "endpoint other did not take delivery" in caplog.text
    kept = b"".join(path.read_bytes() for path in (site / ".netpulse").glob("ledger*"))
    for canary in (SECRET, TOKEN):
        assert canary not in caplog.text
        assert canary.encode() not in kept


@pytest.mark.thorough
def test_a_notifier_that_leaves_by_sys_exit_has_failed_an_attempt(site: Path, caplog: pytest.LogCaptureFixture) -> None:
    (site / "plugins/leaving.py").write_text(LEAVING)
    with running(site) as instance:
        ran(instance)
        (dead,) = ended(instance, 1, DeliveryState.DEAD)
    assert (dead.endpoint, dead.attempts) == ("desk", 3)
    assert dead.problem == "notifier leaving failed: SystemExit"
    assert SECRET not in caplog.text


def test_an_endpoint_that_hangs_holds_up_no_other(netpulse: Instance, server: HttpsDevice) -> None:
    free = threading.Event()

    def hang(handler: Handler) -> None:
        free.wait(PATIENCE)
        handler.say(204)

    server.answers[f"/{TOKEN}"] = hang
    try:
        ran(netpulse)
        eventually(lambda: arrived(server, "/other"), PATIENCE)
        ran(netpulse)
        eventually(lambda: len(arrived(server, "/other")) == 2, PATIENCE)
    finally:
        free.set()


def test_an_endpoint_for_which_there_was_no_thread_is_sent_to_later(
    netpulse: Instance, server: HttpsDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, refused = threading.Thread.start, list[str]()

    def no_more(thread: threading.Thread) -> None:
        if thread.name == "webhook-other" and not refused:
            refused.append(thread.name)
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", no_more)
    ran(netpulse)
    eventually(lambda: arrived(server, "/other"), PATIENCE)
    assert refused


@pytest.mark.thorough
def test_what_happened_while_no_worker_was_there_for_two_days_is_sent(site: Path, server: HttpsDevice) -> None:
    with running(site) as instance:
        ran(instance)
        ended(instance, 3, DeliveryState.DELIVERED)
    with NetPulse.open(instance.controller.settings) as netpulse:
        pass_time(netpulse.ledger, 2 * 86_400.0)
        run = netpulse.submit(RunRequest(runbook="nothing", target="leaf1"), LOCAL).run
    with running(site) as instance:
        ended(instance, 6, DeliveryState.DELIVERED)
    told = [one["type"] for one in arrived(server, f"/{TOKEN}") if one["data"]["run"] == run]
    assert sorted(told) == ["run.accepted", "run.finished"]


@pytest.mark.thorough
def test_one_that_is_given_up_is_replayed_from_the_command_line(
    netpulse: Instance, server: HttpsDevice, say: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/other"] = lambda handler: handler.say(503)
    monkeypatch.setenv("PAGER_SECRET", SECRET)
    ran(netpulse)
    (dead,) = ended(netpulse, 1, DeliveryState.DEAD)
    assert (dead.endpoint, dead.attempts) == ("other", 3)
    assert dead.problem.startswith("answered 503")
    assert f"localhost:{server.port}" in say("webhooks").stdout
    listed = json.loads(say("webhooks", "deliveries", "--state", "dead", "--json").stdout)
    assert [one["id"] for one in listed] == [dead.id]
    failed = say("webhooks", "test", "other")
    assert failed.exit_code == 4
    assert "answered 503" in failed.stdout
    server.answers["/other"] = lambda handler: handler.say(204)
    assert "on its way again" in say("webhooks", "replay", dead.id).stdout
    eventually(lambda: netpulse.controller.ledger.deliveries.one(dead.id).state is DeliveryState.DELIVERED, PATIENCE)
    assert say("webhooks", "test", "other").exit_code == 0
    assert arrived(server, "/other")[-1]["type"] == "webhook.test"
    assert "did you mean 'pager'?" in say("webhooks", "test", "pagr").stderr


def test_both_clients_say_the_same(netpulse: Instance) -> None:
    async def ask() -> None:
        async with AsyncClient(netpulse.url, netpulse.key) as other:
            assert client.webhooks.endpoints() == await other.webhooks.endpoints()
            made = await other.webhooks.test("pager")
            assert client.webhooks.delivery(made.id).kind == "webhook.test"
            ended(netpulse, 1, DeliveryState.DELIVERED)
            (one,) = client.webhooks.deliveries("pager")
            assert [one] == await other.webhooks.deliveries("pager")
            assert one == await other.webhooks.delivery(made.id)
            assert (await other.webhooks.replay(made.id)).attempts == 0
            with pytest.raises(NotFound):
                client.webhooks.delivery("nothing")

    with Client(netpulse.url, netpulse.key) as client:
        asyncio.run(ask())
