"""Host keys, breakers and brakes on the command line and through both clients, over a real service."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from netpulse_core.client import AsyncClient, Client
from netpulse_core.errors import Conflict, NotFound
from netpulse_core.ledger.brakes import Credential
from netpulse_core.ledger.breakers import BreakerRule, Endpoint
from netpulse_core.model.connection import HostKey
from netpulse_core.model.logins import KeyState
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Conclusion, Problem
from tests.api.service import Service, service, write_site
from tests.runs.service import eventually

OLD, NEW = HostKey("ssh-ed25519", b"old"), HostKey("ssh-ed25519", b"new")
LEAF = Endpoint("192.0.2.11:830", "netmiko", "leaf1")

Say = Callable[..., Result]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Service]:
    with service(tmp_path / "site") as running:
        (tmp_path / "key").write_text(running.key)
        yield running


@pytest.fixture
def say(served: Service, said: Say, tmp_path: Path) -> Say:
    return lambda *words: said("--url", served.url, "--key-file", tmp_path / "key", *words)


def change_the_key(served: Service) -> None:
    book = served.netpulse.ledger.host_keys
    book.pin("leaf1", "192.0.2.11", 830, OLD)
    book.offer("leaf1", "192.0.2.11", 830, NEW)


def open_the_breaker(served: Service) -> None:
    served.netpulse.ledger.breakers.failed(LEAF, "leaf1: no connection: refused", None, BreakerRule(failures=1))


def brake(served: Service) -> None:
    for name in ("leaf1", "leaf2", "leaf3"):
        served.netpulse.ledger.brakes.refused(Credential("abc123", "netops"), f"at {name}", name)


def test_a_changed_key_is_shown_beside_the_old_one_and_approved_by_its_fingerprint(served: Service, say: Say) -> None:
    assert "no host key is known yet" in say("hostkeys", "list").stdout
    change_the_key(served)
    shown = say("hostkeys", "list", "leaf1").stdout
    assert OLD.fingerprint in shown
    assert NEW.fingerprint in shown
    asked = say("hostkeys", "approve", "leaf1")
    assert asked.exit_code == 5
    assert f"--fingerprint {NEW.fingerprint}" in asked.stderr
    wrong = say("hostkeys", "approve", "leaf1", "--fingerprint", "SHA256:other", "--yes")
    assert wrong.exit_code == 5
    assert NEW.fingerprint in wrong.stderr
    assert served.netpulse.ledger.host_keys.pinned("192.0.2.11", 830) == [OLD]
    done = say("hostkeys", "approve", "leaf1", "--fingerprint", NEW.fingerprint)
    assert done.exit_code == 0, done.stderr
    assert done.stdout == f"leaf1: {NEW.fingerprint} is believed from now on\n"
    assert OLD.fingerprint in done.stderr
    assert served.netpulse.ledger.host_keys.pinned("192.0.2.11", 830) == [NEW]
    assert say("hostkeys", "approve", "leaf1", "--yes").exit_code == 5


def test_yes_is_an_answer_too_and_json_is_one_document(served: Service, say: Say) -> None:
    change_the_key(served)
    done = say("hostkeys", "approve", "leaf1", "--yes", "--json")
    (key,) = json.loads(done.stdout)
    assert (key["state"], key["fingerprint"], key["seen_by"]) == ("pinned", NEW.fingerprint, "ada")
    assert say("hostkeys", "forget", "leaf1").exit_code == 5
    assert say("hostkeys", "forget", "leaf1", "--yes").stdout.startswith("leaf1: 1 key forgotten")
    assert say("hostkeys", "list", "leaf1").exit_code == 5


def test_nobody_is_asked_to_forget_a_key_that_is_not_there(served: Service, say: Say) -> None:
    change_the_key(served)
    for consent in ((), ("--yes",)):
        without = say("hostkeys", "forget", "leaf2", *consent)
        assert without.exit_code == 5
        assert without.stderr.startswith("error: no host key of 'leaf2'")
        nobody = say("hostkeys", "forget", "nosuch", *consent)
        assert nobody.exit_code == 5
        assert nobody.stderr.startswith("error: no device 'nosuch'\n")
    assert "nobody is here to ask" in say("hostkeys", "forget", "leaf1").stderr
    assert say("hostkeys", "list", "leaf11").stderr.startswith("error: no device 'leaf11'; did you mean 'leaf1'?")


def test_a_key_of_a_device_that_left_the_inventory_can_be_forgotten(served: Service, say: Say) -> None:
    served.netpulse.ledger.host_keys.pin("former", "192.0.2.99", 22, OLD)
    assert say("hostkeys", "forget", "former", "--yes").stdout.startswith("former: 1 key forgotten")


def test_where_a_file_is_believed_nobody_approves_in_vain(served: Service, say: Say) -> None:
    change_the_key(served)
    served.netpulse.settings = served.netpulse.settings.model_copy(update={"host_keys": "known_hosts"})
    for words in (("approve", "leaf1", "--yes"), ("forget", "leaf1", "--yes")):
        refused = say("hostkeys", *words)
        assert refused.exit_code == 5
        assert "believes its known_hosts file" in refused.stderr
    assert served.netpulse.ledger.host_keys.pinned("192.0.2.11", 830) == [OLD]


def test_breakers_are_listed_and_closed(served: Service, say: Say) -> None:
    assert say("breakers").stdout == "every device was reached when it was last logged in to\n"
    open_the_breaker(served)
    shown = say("breakers")
    assert shown.exit_code == 0, (shown.output, shown.exception)
    line = shown.stdout.splitlines()[1]
    assert line.startswith("leaf1   netmiko  open until ")
    assert line.endswith("no connection: refused")
    (document,) = json.loads(say("breakers", "--json").stdout)
    assert (document["device"], document["failures"]) == ("leaf1", 1)
    assert say("breakers", "close", "leaf2").exit_code == 5
    assert say("breakers", "close", "leaf1").stdout == "the breaker of leaf1 is closed\n"
    assert say("breakers", "--json").stdout == "[]\n"


def test_brakes_are_listed_and_released(served: Service, say: Say) -> None:
    assert say("brakes").stdout == "no credential is held back\n"
    brake(served)
    line = say("brakes").stdout.splitlines()[1]
    assert line.split()[:2] == ["abc123", "netops"]
    assert "leaf3" in line
    assert say("brakes", "release", "abc12").stderr.startswith("error: no brake 'abc12'; did you mean 'abc123'?")
    assert say("brakes", "release", "abc123").stdout == "brake abc123 is released\n"
    assert served.netpulse.ledger.brakes.all() == []


def test_both_clients_say_the_same(served: Service) -> None:
    change_the_key(served)
    open_the_breaker(served)
    brake(served)
    with Client(served.url, served.key) as client:
        keys, breakers, brakes = client.logins.host_keys("leaf1"), client.logins.breakers(), client.logins.brakes()
        assert {key.state for key in keys} == set(KeyState)
        assert (breakers[0].last_error, breakers[0].failed_at is None) == ("leaf1: no connection: refused", False)
        assert sorted(brakes[0].devices) == ["leaf1", "leaf2", "leaf3"]

    async def ask() -> None:
        async with AsyncClient(served.url, served.key) as other:
            assert await other.logins.host_keys("leaf1") == keys
            assert await other.logins.breakers() == breakers
            assert await other.logins.brakes() == brakes
            assert [key.fingerprint for key in await other.logins.approve("leaf1", NEW.fingerprint)] == [
                NEW.fingerprint
            ]
            with pytest.raises(Conflict):
                await other.logins.approve("leaf1", OLD.fingerprint)
            assert await other.logins.forget("leaf1") == 1
            assert await other.logins.close_breaker("leaf1") == 0
            assert await other.logins.release_brake("abc123") == 0
            with pytest.raises(NotFound):
                await other.logins.close_breaker("leaf1")

    asyncio.run(ask())
    actors = {record.actor for record in served.netpulse.ledger.audit.page() if "released" in record.action}
    assert actors == {"ada"}


@pytest.mark.thorough
def test_a_run_without_a_terminal_says_why_it_stands_still(served: Service) -> None:
    words = ["run", "send_commands", "-t", "leaf1", "-p", "commands=show version", "--url", served.url]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NETPULSE_")}
    with subprocess.Popen(
        [sys.executable, "-m", "netpulse_core", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**clean, "NETPULSE_API_KEY": served.key},
    ) as running:
        hand = served.hand
        eventually(lambda: served.netpulse.runs(), within=60)
        (claim,) = hand.claim()
        message = "leaf1: the breaker of leaf1 is open until 12:03:10 UTC"
        problem = Problem(kind="LoginDelayed", message=message, hint="to try it now: netpulse breakers close leaf1")
        waits = Conclusion(outcome=Outcome.FAILED, problem=problem, retry_in=0.0, waits_on=LEAF.waits_on)
        served.netpulse.ledger.claims.turn(hand.node, [(claim, waits)], 0)
        hand.conclude(hand.claim())
        served.netpulse.broker.tell([claim.run])
        stdout, stderr = running.communicate(timeout=60)
    assert running.returncode == 0, stderr
    whole = "leaf1 waits: the breaker of leaf1 is open until 12:03:10 UTC; to try it now: netpulse breakers close leaf1"
    told = [line for line in stderr.splitlines() if "breaker" in line]
    assert told[-1] == whole
    assert all(whole.startswith(line) for line in told)  # a slow client sees that it waits before it hears why
    assert "success" in stdout


def test_a_site_that_believes_a_file_is_refused_before_anybody_is_asked(tmp_path: Path, said: Say) -> None:
    site = write_site(tmp_path / "site")
    (site / "netpulse.toml").write_text('host_keys = "known_hosts"\n')
    for words in (("forget", "leaf1"), ("approve", "leaf1")):
        refused = said("--site", site, "hostkeys", *words)
        assert refused.exit_code == 5
        assert "believes its known_hosts file" in refused.stderr
    assert not (site / ".netpulse").exists(), "no service was started to find out"
