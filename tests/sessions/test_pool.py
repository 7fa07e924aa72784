"""The pool by itself, on real sessions: whose a session is, and what becomes of it."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.errors import DeviceError
from netpulse_core.lab import Account, Device, Lab
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.session import DeviceSession
from netpulse_core.sessions.identity import identity
from netpulse_core.sessions.lender import Lender
from netpulse_core.sessions.pool import Pool
from netpulse_core.sessions.session import Session
from tests.runs.service import SECRET, eventually
from tests.sessions.borrowing import job, reaching


@pytest.fixture
def pool(lab: Lab) -> Iterator[Pool]:
    pool = Pool(idle_timeout=60, most=8, connect_timeout=5, clock=time.monotonic)
    yield pool
    pool.close()


@pytest.fixture
def parameters(leaf: Device) -> ConnectionParameters:
    return reaching(leaf)


def use(pool: Pool, parameters: ConnectionParameters) -> Session:
    session = pool.lend(Netmiko(), parameters, timeout=5)
    pool.take_back(session)
    return session


def test_only_the_very_same_request_gets_the_session(pool: Pool, parameters: ConnectionParameters) -> None:
    first = use(pool, parameters)
    assert use(pool, replace(parameters, device="another name of it")) is first
    assert first.reused


def test_a_session_that_cannot_be_looked_at_is_closed_and_not_counted(
    pool: Pool, parameters: ConnectionParameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Netmiko, connection: object) -> bool:
        raise RuntimeError("a driver's own mistake")

    first = use(pool, parameters)
    with monkeypatch.context() as patch:
        patch.setattr(Netmiko, "alive", broken)
        second = pool.lend(Netmiko(), parameters, timeout=5)
    assert second is not first
    pool.take_back(second)
    assert len(pool) == 1


def test_another_user_or_credential_never_shares(
    pool: Pool, parameters: ConnectionParameters, leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = use(pool, parameters)
    monkeypatch.setattr(leaf, "account", Account("other", SECRET))
    other = use(pool, replace(parameters, username="other"))
    monkeypatch.setattr(leaf, "account", Account("netops", "another"))
    changed = use(pool, replace(parameters, password="another"))
    assert len({first, other, changed}) == 3
    assert [session.user for session in leaf.journal.sessions] == ["netops", "other", "netops"]


def test_two_ports_are_two_sessions(pool: Pool, parameters: ConnectionParameters, lab: Lab) -> None:
    first = use(pool, parameters)
    second = use(pool, replace(parameters, port=lab.devices["leaf2"].port))
    assert first is not second
    assert second.connection.base_prompt == "leaf2"


@pytest.mark.parametrize(
    "other",
    [
        {"address": "127.0.0.2"},
        {"port": 1},
        {"username": "x"},
        {"password": "x"},
        {"platform": "cisco_xe"},
        {"extras": {"secret": "x"}},
        {"extras": {"nested": {"key": [1]}}},
    ],
)
def test_whatever_opens_a_session_is_part_of_its_identity(parameters: ConnectionParameters, other: object) -> None:
    assert isinstance(other, dict)
    changed = identity("netmiko", replace(parameters, **other))
    assert changed != identity("netmiko", parameters)
    assert identity("napalm", parameters) != identity("netmiko", parameters)
    assert SECRET not in repr(changed)


@pytest.mark.thorough
def test_sessions_being_opened_count_against_the_cap(parameters: ConnectionParameters, lab: Lab) -> None:
    pool = Pool(idle_timeout=60, most=2, connect_timeout=5, clock=time.monotonic)
    names = ["leaf1", "leaf2", "leaf3", "leaf4"]
    for name in names[:2]:
        use(pool, replace(parameters, port=lab.devices[name].port))
    for name in names[2:]:
        lab.devices[name].faults.login_delay = 0.5
    openers = [
        threading.Thread(target=use, args=(pool, replace(parameters, port=lab.devices[name].port)))
        for name in names[2:]
    ]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert len(pool) == 2
    pool.close()


def test_a_closed_pool_keeps_nothing_and_breaks_off_what_is_lent(
    pool: Pool, parameters: ConnectionParameters, leaf: Device
) -> None:
    session = pool.lend(Netmiko(), parameters, timeout=5)
    pool.close()
    with pytest.raises(EOFError):
        session.connection.send_command("show clock")
    pool.take_back(session)
    assert len(pool) == 0
    assert leaf.journal.wait_until_idle()


def test_an_open_takes_no_longer_than_it_may(pool: Pool, parameters: ConnectionParameters, leaf: Device) -> None:
    leaf.faults.hang = "login"
    began = time.monotonic()
    with pytest.raises(Exception, match="not finished in time"):
        pool.lend(Netmiko(), parameters, timeout=0.5)
    assert time.monotonic() - began < 9
    assert len(pool) == 0


@pytest.mark.thorough
def test_goodbyes_are_said_beside_each_other(
    pool: Pool, parameters: ConnectionParameters, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netpulse_core.builtins.netmiko.driver._GOODBYE", 4.0)
    for device in lab.devices.values():
        use(pool, replace(parameters, port=device.port))
        device.faults.hang = "command"
    began = time.monotonic()
    pool.close()
    assert time.monotonic() - began < 4 * 4.0
    assert len(pool) == 0


class OpenGate:
    """Lets everything through: this is about sessions."""

    open_for_changes = True

    def cross(self, session: DeviceSession, baseline: str | None = None) -> None:
        """Let it through."""


def test_an_alarm_that_rings_too_late_breaks_nobody_elses_session(pool: Pool, parameters: ConnectionParameters) -> None:
    driver = Netmiko()
    lender = Lender(
        pool,
        {"netmiko": driver},
        device="leaf1",
        parameters=lambda _: parameters,
        gate=OpenGate(),
        until=time.monotonic() + 5,
    )
    lender.connection("netmiko").send_command("show clock")
    lender.give_back(trusted=True)
    next_one = pool.lend(driver, parameters, timeout=5)
    lender.abort()
    assert next_one.reused
    assert "UTC" in next_one.connection.send_command("show clock")
    assert not lender.aborted
    pool.take_back(next_one)


class SaysNothing(Netmiko):
    """A driver whose own explanation of an error fails."""

    def translate(self, error: BaseException, device: str) -> DeviceError | None:
        raise KeyError("translate")


def test_a_change_is_in_doubt_although_its_driver_cannot_say_what_broke_it(
    pool: Pool, parameters: ConnectionParameters, leaf: Device
) -> None:
    leaf.faults.drop_on = "192.0.2.2"
    with job(pool, parameters, changes=True, driver=SaysNothing()) as lender:
        with pytest.raises((EOFError, OSError)) as caught:
            lender.connection("netmiko").send_config_set(["ntp server 192.0.2.1", "ntp server 192.0.2.2"])
        assert lender.doubt is not None
        assert lender.translate(caught.value) is None


class Unbreakable(Netmiko):
    """A driver whose sessions cannot be broken off."""

    name = "unbreakable"

    def abort(self, connection: Any) -> None:
        raise RuntimeError("abort")


def test_a_driver_that_cannot_break_off_keeps_no_other_session_of_its_job_open(
    pool: Pool, parameters: ConnectionParameters, leaf: Device
) -> None:
    drivers = {"unbreakable": Unbreakable(), "netmiko": Netmiko()}
    until = time.monotonic() + 20
    lender = Lender(
        pool, drivers, device="leaf1", parameters=lambda _: parameters, gate=OpenGate(), until=until, own_session=True
    )
    lender.connection("unbreakable").send_command("show clock")
    lender.connection("netmiko").send_command("show clock")
    lender.abort()
    eventually(lambda: len(leaf.journal.live) == 1)
    assert [session.live for session in leaf.journal.sessions] == [True, False]
    lender.give_back(trusted=False)


def test_a_driver_that_cannot_break_off_keeps_no_worker_from_leaving(
    lab: Lab, pool: Pool, parameters: ConnectionParameters
) -> None:
    pool.lend(Unbreakable(), parameters, timeout=10)
    other = pool.lend(Netmiko(), reaching(lab.devices["leaf2"]), timeout=10)
    pool.close()
    assert not other.driver.alive(other.connection)
