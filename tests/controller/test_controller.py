"""The controller accepts, records, rings and answers; what it recorded it never takes back."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.broker.broker import FIFO
from netpulse_core.controller import NetPulse
from netpulse_core.errors import InvalidParameters, NotFound, Refused, ServiceError, SiteError
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.caller import LOCAL, Caller
from netpulse_core.model.event import Event, EventKind
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Conclusion, RunRequest
from netpulse_core.settings import Settings
from tests.controller.conftest import Open
from tests.ledger.work import on
from tests.servers.postgres import PostgresServer

LOOK = RunRequest(runbook="look", target="role=leaf")
ANN = Caller(name="ann", role="admin")


def join(netpulse: NetPulse, name: str = "n1", **changed: Any) -> None:
    given = {"revision": netpulse.site.revision, "slots": 8, "fifo_only": False, **changed}
    netpulse.ledger.nodes.join(name, name=name, **given)


def finish(netpulse: NetPulse, node: str = "n1", outcome: Outcome = Outcome.OK) -> None:
    """Do what a node would, without a device."""
    claims, touched = netpulse.ledger.claims.turn(node, [], 100)
    netpulse.broker.tell(touched)
    done = [(claim, Conclusion(outcome=outcome)) for claim in claims]
    netpulse.broker.tell(netpulse.ledger.claims.turn(node, done, 0)[1])


def test_a_request_becomes_a_run_whose_owner_hears_of_it(netpulse: NetPulse) -> None:
    join(netpulse)
    heard: queue.SimpleQueue[Sequence[str]] = queue.SimpleQueue()
    netpulse.broker.listen("n1", heard.put)
    accepted = netpulse.submit(LOOK, ANN)
    assert (accepted.devices, accepted.created) == (3, True)
    assert sorted(heard.get(timeout=2)) == sorted(device.key for device in netpulse.preview("role=leaf"))
    run = netpulse.get("last")
    assert (run.id, run.caller, run.parameters) == (accepted.run, "ann", {"line": "show clock"})
    finish(netpulse)
    assert netpulse.get(accepted.run).verdict is Verdict.SUCCESS


def test_work_that_keeps_no_session_rings_the_shared_queue(netpulse: NetPulse) -> None:
    rung = threading.Event()
    netpulse.broker.listen(FIFO, lambda devices: rung.set())
    netpulse.submit(RunRequest(runbook="ping", target="leaf1"), ANN)
    assert rung.wait(2)
    assert netpulse.ledger.nodes.owners([netpulse.preview("leaf1")[0].key]) == {}


@pytest.mark.parametrize(
    ("request_", "error", "sentence"),
    [
        (RunRequest(runbook="lock", target="leaf1"), NotFound, "did you mean 'look'"),
        (RunRequest(runbook="look", target="nobody"), Refused, "no device"),
        (RunRequest(runbook="look", target="leaf1", parameters={"lime": 1}), InvalidParameters, "'line'"),
        (RunRequest(runbook="look", target="leaf1", priority=10), InvalidParameters, "priority 10"),
        (RunRequest(runbook="look", target="leaf1", deadline=0), InvalidParameters, "deadline 0"),
        (RunRequest(runbook="look", target="leaf1", deadline=float("nan")), InvalidParameters, "deadline nan"),
        (RunRequest(runbook="look", target="leaf1", idempotency_key=""), InvalidParameters, "idempotency_key"),
        (RunRequest(runbook="look", target="leaf1", idempotency_key="a\0"), InvalidParameters, "idempotency_key"),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(
    opened: Open, request_: RunRequest, error: type[Exception], sentence: str
) -> None:
    netpulse = opened()
    with pytest.raises(error, match=sentence):
        netpulse.submit(request_, ANN)
    assert netpulse.runs() == []


def test_the_same_request_again_is_the_run_it_was(netpulse: NetPulse) -> None:
    first = netpulse.submit(RunRequest(runbook="look", target="role=leaf", idempotency_key="k"), ANN)
    spelt_out = {"line": "show clock"}
    again = netpulse.submit(
        RunRequest(runbook="look", target="role=leaf", idempotency_key="k", parameters=spelt_out), ANN
    )
    assert (again.run, again.devices, again.created) == (first.run, 3, False)
    with pytest.raises(InvalidParameters, match="was used for another request"):
        netpulse.submit(RunRequest(runbook="look", target="leaf1", idempotency_key="k"), ANN)


def reopened(opened: Open, netpulse: NetPulse) -> NetPulse:
    """The same site and ledger as a process that starts now finds them."""
    chosen = netpulse.settings.model_dump(include={"ledger", "broker", "secret_key"})
    return opened(**chosen)


def without_leaf3(site: Path) -> None:
    hosts = site / "inventory" / "hosts.yaml"
    hosts.write_text("".join(line for line in hosts.read_text().splitlines(keepends=True) if "leaf3" not in line))


def without_leaves(site: Path) -> None:
    (site / "inventory" / "hosts.yaml").write_text("spine1: {hostname: 192.0.2.9, platform: cisco_ios}\n")


def without_the_runbook(site: Path) -> None:
    (site / "plugins" / "mine.py").unlink()


def with_another_default(site: Path) -> None:
    mine = site / "plugins" / "mine.py"
    mine.write_text(mine.read_text().replace("show clock", "show version"))


def with_a_validator_that_breaks(site: Path) -> None:
    mine = site / "plugins" / "mine.py"
    breaking = "Annotated[str, AfterValidator({'show clock': 'show clock'}.__getitem__)]"
    mine.write_text(
        "from typing import Annotated\nfrom pydantic import AfterValidator\n"
        + mine.read_text().replace("line: str", f"line: {breaking}")
    )


@pytest.mark.parametrize(
    "since", [without_leaf3, without_leaves, without_the_runbook, with_another_default, with_a_validator_that_breaks]
)
def test_a_repeated_request_is_its_run_although_it_would_be_another_or_none_today(
    since: Callable[[Path], None], site: Path, netpulse: NetPulse, opened: Open
) -> None:
    request = RunRequest(
        runbook="look", target="role=leaf", parameters={"line": "show version"}, idempotency_key="given"
    )
    bare = replace(request, parameters={}, idempotency_key="bare")
    first = [netpulse.submit(one, ANN) for one in (request, bare)]
    since(site)
    later = reopened(opened, netpulse)
    again = [later.submit(one, ANN) for one in (request, bare)]
    assert [(one.run, one.devices, one.created) for one in again] == [(one.run, 3, False) for one in first]
    # Spelt out, it is what was recorded then, whatever the default is now.
    assert later.submit(replace(bare, parameters={"line": "show clock"}), ANN).run == first[1].run


@pytest.mark.parametrize("since", [without_leaves, without_the_runbook])
def test_another_request_under_a_used_key_is_refused_for_that_before_it_is_asked_anything(
    since: Callable[[Path], None], site: Path, netpulse: NetPulse, opened: Open
) -> None:
    netpulse.submit(replace(LOOK, idempotency_key="k"), ANN)
    since(site)
    later = reopened(opened, netpulse)
    for other in (
        RunRequest(runbook="look", target="nobody", idempotency_key="k"),
        RunRequest(runbook="lock", target="role=leaf", idempotency_key="k"),
        replace(LOOK, idempotency_key="k", parameters={"lime": 1}),
        replace(LOOK, idempotency_key="k", parameters={"line": object()}),
        replace(LOOK, idempotency_key="k", priority=10),
    ):
        with pytest.raises(InvalidParameters, match="'k' was used for another request"):
            later.submit(other, ANN)


def test_a_key_of_one_caller_says_nothing_to_another(site: Path, netpulse: NetPulse, opened: Open) -> None:
    netpulse.submit(replace(LOOK, idempotency_key="k"), ANN)
    without_the_runbook(site)
    with pytest.raises(NotFound, match="no runbook 'look'"):
        reopened(opened, netpulse).submit(replace(LOOK, idempotency_key="k"), Caller(name="bob", role="admin"))


def test_a_key_that_no_ledger_could_hold_is_refused_in_words(netpulse: NetPulse) -> None:
    for key in ("", "a\0", "\ud800", "x" * 201):
        with pytest.raises(InvalidParameters, match="idempotency_key is not"):
            netpulse.submit(replace(LOOK, idempotency_key=key), ANN)


def test_devices_go_to_nodes_that_can_serve_them(netpulse: NetPulse) -> None:
    join(netpulse, "fifo", fifo_only=True)
    join(netpulse, "old", revision="another")
    join(netpulse, "leaving")
    netpulse.ledger.nodes.drain("leaving")
    join(netpulse, "n1", slots=2)
    join(netpulse, "n2", slots=2)
    netpulse.submit(LOOK, ANN)
    owners = netpulse.ledger.nodes.owners([device.key for device in netpulse.preview("role=leaf")])
    assert sorted(len(keys) for keys in owners.values()) == [1, 2]
    assert set(owners) == {"n1", "n2"}


def test_a_placement_plugin_that_fails_does_not_take_a_recorded_run_back(site: Path, opened: Open) -> None:
    (site / "plugins" / "placing.py").write_text(
        "from netpulse_core import errors, hookimpl\n\n@hookimpl\ndef place_device(device, nodes):\n"
        "    raise errors.Refused('not here')\n"
    )
    netpulse = opened()
    join(netpulse)
    assert netpulse.submit(LOOK, ANN).created
    assert netpulse.get("last").devices == 3


def test_watching_tells_everything_in_order_and_ends(netpulse: NetPulse) -> None:
    join(netpulse)
    run = netpulse.submit(LOOK, ANN).run
    told: list[Event] = []
    threads = [threading.Timer(0.3, finish, args=(netpulse,))]
    threads[0].start()
    began = time.monotonic()
    for batch in netpulse.watch(run):
        told += batch
    assert time.monotonic() - began < 30
    threads[0].join()
    assert [event.number for event in told] == list(range(1, 9))
    assert told[-1].kind is EventKind.RUN_FINISHED
    assert [event for batch in netpulse.watch(run, after=6) for event in batch] == told[6:]
    assert list(netpulse.watch(run, after=8)) == []


@pytest.mark.thorough
def test_a_watcher_can_be_stopped(netpulse: NetPulse) -> None:
    run = netpulse.submit(LOOK, ANN).run
    looks = iter([False, False, True])
    first, *others = [len(batch) for batch in netpulse.watch(run, stopped=lambda: next(looks))]
    assert first == 1
    assert not any(others), others
    assert next(looks, None) is None, "it went on after it was told to stop"


def test_cancelling_and_resolving_are_audited_by_name(netpulse: NetPulse) -> None:
    join(netpulse)
    run = netpulse.submit(RunRequest(runbook="touch", target="leaf1"), ANN).run
    (claim,), _ = netpulse.ledger.claims.turn("n1", [], 1)
    netpulse.ledger.claims.cross(claim, "n1", on())
    netpulse.ledger.claims.turn("n1", [(claim, Conclusion(outcome=Outcome.IN_DOUBT))], 0)
    for outcome, reason, said in (
        (Outcome.IN_DOUBT, "x", "is what it is now"),
        (Outcome.CHANGED, " ", "reason is empty"),
        (Outcome.CHANGED, "x" * 501, "longer than 500"),
    ):
        with pytest.raises(InvalidParameters, match=said):
            netpulse.resolve(run, "leaf1", outcome, reason, ANN)
    netpulse.resolve("last", "leaf1", Outcome.CHANGED, "I looked", ANN)
    assert netpulse.get(run).verdict is Verdict.SUCCESS
    assert netpulse.ledger.audit.page(limit=1)[0].actor == "ann"
    again = netpulse.submit(LOOK, ANN).run
    assert netpulse.cancel("last", LOCAL).cancelled == 3
    assert netpulse.get(again).verdict is Verdict.CANCELLED


def test_last_means_something_only_once_there_is_a_run(opened: Open) -> None:
    with pytest.raises(NotFound, match="no run 'last'") as missing:
        opened().get("last")
    assert "there is none yet" in missing.value.hint


def test_redis_away_costs_no_run(opened: Open, postgres_url: str, redis_server: Any, redis_url: str) -> None:
    netpulse = distributed(opened, postgres_url, redis_url)
    redis_server.kill()
    assert netpulse.submit(LOOK, ANN).created
    redis_server.start()


def test_the_ledger_away_is_said_and_nothing_is_accepted(
    opened: Open, postgres_url: str, postgres_server: PostgresServer, redis_url: str
) -> None:
    netpulse = distributed(opened, postgres_url, redis_url)
    postgres_server.stop()
    with pytest.raises(ServiceError) as away:
        netpulse.submit(LOOK, ANN)
    assert away.value.retry_after > 0
    postgres_server.start()
    assert netpulse.runs() == []
    assert netpulse.submit(LOOK, ANN).created


def test_a_distributed_site_is_opened_only_over_a_ledger_brought_up(opened: Open, postgres_url: str) -> None:
    with pytest.raises(ServiceError, match="older than this program"):
        opened(ledger=postgres_url, broker="redis://127.0.0.1:1", secret_key="k")
    with pytest.raises(SiteError, match="not the URL of a broker"):
        opened(ledger=postgres_url, broker="127.0.0.1", secret_key="k")


def test_an_embedded_site_brings_its_ledger_up_by_itself(site: Path) -> None:
    with NetPulse.open(Settings(site=site)) as netpulse:
        run = netpulse.submit(LOOK, ANN).run
    with NetPulse.open(Settings(site=site)) as netpulse:
        assert netpulse.get("last").id == run


def distributed(opened: Open, postgres_url: str, redis_url: str) -> NetPulse:
    ledger = Ledger(postgres_url)
    ledger.upgrade()
    ledger.close()
    return opened(ledger=postgres_url, broker=redis_url, secret_key="a shared key")
