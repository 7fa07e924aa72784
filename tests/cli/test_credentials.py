"""Who still takes the old credential: on the command line, over REST and through both clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from netpulse_core.client import AsyncClient, Client
from netpulse_core.model.caller import Scope
from netpulse_core.model.logins import Sent, Taken
from tests.api import service as services
from tests.api.service import Service, service

OLD = Taken(2, "secret:core/old", "netops", Sent("0ld", "0ld-whole"))
NEW = Taken(1, "secret:core/new", "netops", Sent("n3w", "n3w-whole"))
ROTATING = """
username: netops
password: secret:core/new
data: {netpulse_credentials: [{password: secret:core/old}]}
"""

Say = Callable[..., Result]


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A site of leaf1, leaf2 and spine1, all of which have two credentials."""
    monkeypatch.setattr(services, "DEFAULTS", ROTATING)
    with service(tmp_path / "site") as running:
        (tmp_path / "key").write_text(running.key)
        yield running


@pytest.fixture
def say(served: Service, said: Say, tmp_path: Path) -> Say:
    return lambda *words: said("--url", served.url, "--key-file", tmp_path / "key", *words)


def login(served: Service, device: str, took: Taken, driver: str = "netmiko") -> None:
    served.netpulse.ledger.taken.took(device, driver, took)


@pytest.mark.thorough
def test_a_rotation_is_followed_to_its_end(served: Service, say: Say) -> None:
    first = say("credentials")
    assert first.exit_code == 0, first.output
    assert first.stdout.splitlines()[-1] == "0 of 3 devices take the first of their credentials; 3 not logged in to yet"
    login(served, "leaf1", OLD)
    login(served, "leaf2", NEW)
    shown = say("credentials").stdout.splitlines()
    assert shown[1].split()[:7] == ["leaf1", "netmiko", "secret:core/old", "netops", "2", "of", "2"]
    assert shown[2].split()[:7] == ["leaf2", "netmiko", "secret:core/new", "netops", "1", "of", "2"]
    assert shown[-1] == "1 of 3 devices still takes secret:core/old; 1 not logged in to yet"
    old = say("credentials", "--old").stdout.splitlines()
    assert [line.split()[0] for line in old[1:]] == ["leaf1", "1"]
    login(served, "leaf1", NEW)
    login(served, "spine1", NEW)
    done = say("credentials", "--old")
    assert done.stdout == "3 of 3 devices take the first of their credentials\n"


def test_a_target_picks_the_devices_and_json_says_all_of_each(served: Service, say: Say) -> None:
    login(served, "leaf1", OLD)
    login(served, "spine1", OLD)
    (one,) = json.loads(say("credentials", "spine1", "--json").stdout)
    assert (one["at"], one["since"]) != (None, None)
    assert {**one, "at": None, "since": None} == {
        "device": "spine1",
        "driver": "netmiko",
        "first": "secret:core/new",
        "took": "secret:core/old",
        "position": 2,
        "candidates": 2,
        "user": "netops",
        "at": None,
        "since": None,
        "old": True,
    }
    assert say("credentials", "role=leaf").stdout.splitlines()[-1].startswith("1 of 2 devices still takes")
    assert say("credentials", " ").exit_code == 5


def test_what_the_inventory_no_longer_gives_is_an_old_one(served: Service, say: Say) -> None:
    login(served, "leaf1", OLD._replace(name="secret:core/oldest"))
    login(served, "leaf2", OLD)
    shown = say("credentials", "--old").stdout.splitlines()
    assert "no longer in the inventory" in shown[1]
    assert shown[-1].startswith("2 of 3 devices still take secret:core/")
    assert "secret:core/oldest (1)" in shown[-1]


def test_a_device_that_takes_it_by_one_driver_alone_still_takes_it(served: Service, say: Say) -> None:
    login(served, "leaf1", NEW)
    login(served, "leaf1", OLD, "netconf")
    shown = say("credentials", "leaf1").stdout.splitlines()
    assert [line.split()[1] for line in shown[1:3]] == ["netconf", "netmiko"]
    assert shown[-1] == "1 of 1 device still takes secret:core/old"


@pytest.mark.thorough
def test_a_site_with_one_credential_says_so(tmp_path: Path, said: Say) -> None:
    with service(tmp_path / "site") as running:
        (tmp_path / "key").write_text(running.key)
        running.netpulse.ledger.taken.took("leaf1", "netmiko", OLD)
        shown = said("--url", running.url, "--key-file", tmp_path / "key", "credentials")
    assert shown.stdout.startswith("no device has several credentials")


def test_both_clients_say_the_same_and_a_narrowed_key_sees_its_own_devices(served: Service) -> None:
    login(served, "leaf1", OLD)
    login(served, "spine1", OLD)
    with Client(served.url, served.key) as client:
        everything = client.logins.credentials()
        assert [(one.device, one.old) for one in everything] == [("leaf1", True), ("leaf2", False), ("spine1", True)]

    async def ask() -> None:
        async with AsyncClient(served.url, served.key) as other:
            assert await other.logins.credentials() == everything
            assert await other.logins.credentials("role=leaf") == everything[:2]

    asyncio.run(ask())
    key = served.netpulse.ledger.keys.create("nora", "viewer", by="test", scope=Scope(target="spine1")).key
    with Client(served.url, key) as narrowed:
        assert [one.device for one in narrowed.logins.credentials()] == ["spine1"]
        assert narrowed.logins.credentials("role=leaf") == []


@pytest.mark.thorough
def test_a_host_with_a_password_of_its_own_is_measured_by_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "DEFAULTS", ROTATING)
    own = services.HOSTS.replace("leaf2: {", "leaf2: {password: secret:leaf2, ")
    monkeypatch.setattr(services, "HOSTS", own)
    with service(tmp_path / "site") as running, Client(running.url, running.key) as client:
        firsts = {one.device: (one.first, one.candidates) for one in client.logins.credentials()}
    assert firsts == {
        "leaf1": ("secret:core/new", 2),
        "leaf2": ("secret:leaf2", 2),
        "spine1": ("secret:core/new", 2),
    }
