"""The gate: nothing that may change reaches a device before the ledger says so, or in a job that only reads."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.errors import CommandRejected, ServiceError
from netpulse_core.hooks.wholeness import GIVEN, NEEDED, OF_COMMANDS
from netpulse_core.lab import Device, Lab
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import jobs
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.driver import Driver
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.session import DeviceSession
from netpulse_core.model.state import JobState
from netpulse_core.sessions.lender import Lender
from tests.runs.service import Service, eventually, serving
from tests.sessions.borrowing import Gate, job, pool_with, reaching

SETUP = {"terminal width 511", "terminal length 0"}
"""What netmiko itself sends when a session opens."""


def sent(device: Device) -> set[str]:
    """What the device saw but a session's own preparation and goodbye."""
    return {line.strip() for line in device.journal.commands} - SETUP - {"exit"}


def kept() -> Any:
    return __import__("sys").modules["netpulse_tests_kept"]


@pytest.mark.parametrize(
    "how",
    [
        "send_config_set", "save_config", "write_channel", "reload", "second line", "remote_conn", "channel",
        "session_log", "bound method", "set", "opened", "undeclared", "undeclared, opened", "as another", "neighbour",
    ],
)  # fmt: skip
def test_a_job_that_reads_can_change_nothing(service: Service, leaf: Device, how: str) -> None:
    done = service.run("misuse", how=how)
    assert done.outcome is Outcome.REJECTED, done.message
    assert sent(leaf) == set()
    assert not leaf.journal.refused
    assert service.lab.devices["leaf2"].journal.connections == 0
    if how.startswith("undeclared"):
        assert leaf.journal.connections == 0


@pytest.mark.parametrize("how", ["connections", "session"])
def test_there_is_no_other_way_to_a_lent_connection(service: Service, leaf: Device, how: str) -> None:
    done = service.run("misuse", how=how)
    assert done.outcome is Outcome.FAILED
    assert sent(leaf) == set()


def test_what_a_job_keeps_is_dead_when_it_has_ended(service: Service, leaf: Device) -> None:
    service.run("keep_the_connection")
    before = list(leaf.journal.commands)
    calls: list[Callable[[], Any]] = [
        lambda: kept().connection.send_command("show clock"),
        lambda: kept().method("show clock"),
        lambda: kept().connection.find_prompt(),
        lambda: kept().host.get_connection("netmiko", kept().config),
        lambda: kept().host.get_connection("paramiko", kept().config),
    ]
    for call in calls:
        with pytest.raises(CommandRejected, match="after the job had ended"):
            call()
    assert leaf.journal.commands == before
    assert leaf.journal.logins == 1
    assert service.run("ask", commands=["show clock"]).job.session_reused is True


@pytest.mark.thorough
def test_the_point_of_no_return_is_committed_before_the_first_byte(service: Service, leaf: Device) -> None:
    leaf.faults.slow = {"configure terminal": 1.0}
    run = service.submit("set_ntp", servers=["192.0.2.1"])
    eventually(lambda: "configure terminal" in leaf.journal.commands)
    other = Ledger(service.netpulse.settings.ledger_url)
    try:
        job = other.jobs.one(run, "leaf1")
        with other.database.read() as connection:
            pushing_at = connection.scalar(select(jobs.c.pushing_at).where(jobs.c.id == job.id))
    finally:
        other.close()
    assert job.state is JobState.PUSHING
    assert pushing_at is not None
    address, port = leaf.journal.sessions[-1].source
    assert job.device_session == f"tcp {address}:{port} as netops"
    assert leaf.journal.applied == []
    assert service.wait(run).outcome is Outcome.CHANGED
    assert leaf.journal.applied == ["ntp server 192.0.2.1"]


def test_what_was_cancelled_is_not_sent(service: Service, leaf: Device) -> None:
    run = service.submit("change_slowly", before=0.8)
    eventually(lambda: leaf.journal.logins)
    service.netpulse.cancel(run, LOCAL)
    done = service.wait(run)
    assert done.outcome is Outcome.CANCELLED
    assert sent(leaf) == set()


@pytest.mark.thorough
def test_after_the_deadline_no_change_begins(service: Service, leaf: Device) -> None:
    done = service.run("change_slowly", before=1.5, deadline=1.0)
    assert done.outcome is Outcome.EXPIRED
    assert "the deadline passed" in done.message
    assert sent(leaf) == set()


@pytest.mark.thorough
def test_a_change_that_has_begun_may_outlast_the_deadline(service: Service, leaf: Device) -> None:
    assert service.run("change_slowly", after=1.5, deadline=1.0).outcome is Outcome.CHANGED
    assert leaf.journal.applied == ["ntp server 192.0.2.7"]


@pytest.mark.thorough
def test_a_node_whose_lease_ended_begins_no_change_and_the_job_goes_back_to_the_queue(
    lab: Lab, leaf: Device, tmp_path: Path
) -> None:
    with serving(lab, tmp_path) as service:
        run = service.submit("change_slowly", before=0.5)
        eventually(lambda: leaf.journal.logins)
        life = service.node.id
        with service.netpulse.ledger.database.write() as connection:
            connection.execute(text("UPDATE nodes SET lease_until = lease_until - 60"))
        eventually(lambda: [event for event in service.netpulse.events(run) if event.kind is EventKind.JOB_RETRYING])
        assert sent(leaf) == set()
        done = service.wait(run)
        assert service.node.id != life  # it lives again, and does what it was asked for
    (back,) = [event for event in done.events if event.kind is EventKind.JOB_RETRYING]
    assert "lease ended before the change began" in back.body["problem"]["message"]
    assert (done.outcome, done.job.attempt) == (Outcome.CHANGED, 1)
    assert leaf.journal.applied == ["ntp server 192.0.2.7"]


@pytest.mark.thorough
def test_when_the_ledgers_answer_is_lost_nothing_is_sent(
    service: Service, leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    crossing = service.netpulse.ledger.claims.cross

    def crossed_and_unheard(*arguments: Any) -> None:
        crossing(*arguments)
        raise ServiceError("the ledger is not available: the connection was lost")

    monkeypatch.setattr(service.netpulse.ledger.claims, "cross", crossed_and_unheard)
    done = service.run("change_twice_if_need_be")
    assert done.outcome is Outcome.NOT_APPLIED
    assert done.job.attempt == 1
    assert sent(leaf) == set()


def test_a_gate_that_refused_once_refuses_again_in_the_same_words(service: Service, leaf: Device) -> None:
    run = service.submit("change_twice_if_need_be")
    eventually(lambda: leaf.journal.logins)
    service.netpulse.cancel(run, LOCAL)
    done = service.wait(run)
    assert (done.outcome, "cancelled" in done.message) == (Outcome.CANCELLED, True)
    assert sent(leaf) == set()


@pytest.mark.thorough
def test_a_session_that_was_lost_before_the_change_leaves_no_doubt(service: Service, leaf: Device) -> None:
    leaf.faults.drop_on = "show clock"
    leaf.faults.drop_times = 1
    done = service.run("lose_then_change")
    assert done.outcome is Outcome.CHANGED or done.outcome is Outcome.OK, done.message
    assert done.job.attempt == 2
    assert leaf.journal.applied == []


def test_a_session_that_dies_in_a_push_leaves_the_device_held_until_a_person_says(
    service: Service, leaf: Device
) -> None:
    leaf.faults.drop_on = "192.0.2.2"
    leaf.faults.drop_applies = True
    done = service.run("set_ntp", servers=["192.0.2.1", "192.0.2.2", "192.0.2.3"])
    assert (done.outcome, done.verdict) == (Outcome.IN_DOUBT, Verdict.IN_DOUBT)
    assert done.job.attempt == 1
    assert done.job.problem is not None
    assert "netpulse resolve" in done.job.problem.hint
    leaf.faults.heal()
    waiting = service.submit("ask", commands=["show clock"])
    eventually(lambda: service.netpulse.jobs(waiting)[0].waiting_for)
    reason = service.netpulse.jobs(waiting)[0].waiting_for
    assert reason.startswith(f"the device is in doubt since run {done.id}: "), reason
    assert leaf.journal.applied == ["ntp server 192.0.2.1", "ntp server 192.0.2.2"]
    service.netpulse.resolve(done.id, "leaf1", Outcome.PARTIAL, "two of three are there", LOCAL)
    assert service.wait(waiting).outcome is Outcome.OK
    assert service.netpulse.get(done.id).verdict is Verdict.FAILED


def test_a_connection_no_driver_declares_crosses_when_it_is_opened(service: Service, leaf: Device) -> None:
    run = service.submit("open_undeclared")
    done = service.wait(run)
    assert done.outcome is Outcome.CHANGED, done.message
    assert [event.kind.value for event in done.events if event.device] == ["job.started", "job.pushing", "job.finished"]
    assert leaf.journal.connections == 1
    assert not leaf.journal.refused
    assert kept().paramiko.get_transport() is None


@pytest.mark.thorough
def test_a_second_session_that_was_refused_is_no_success_whatever_the_runbook_says(
    service: Service, leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*arguments: Any) -> None:
        raise ServiceError("the ledger is not available: the connection was lost")

    monkeypatch.setattr(service.netpulse.ledger.claims, "also_on", away)
    done = service.run("change_over_two_and_look_away")
    assert done.outcome not in (Outcome.CHANGED, Outcome.OK)
    assert "the ledger is not available" in done.message
    assert leaf.journal.applied == ["ntp server 192.0.2.7"]


def test_a_session_is_as_old_as_it_is_at_the_crossing_however_long_the_baseline_takes(leaf: Device) -> None:
    seen: list[float] = []

    class Watching(Gate):
        def cross(self, session: DeviceSession, baseline: str | None = None) -> None:
            seen.append(session.age)

    def read_slowly(driver: Driver, connection: Any) -> str:
        time.sleep(0.5)
        return "hostname leaf1"

    pool, parameters = pool_with(), reaching(leaf)
    lender = Lender(
        pool,
        {"netmiko": Netmiko()},
        device=leaf.name,
        parameters=lambda _: parameters,
        gate=Watching(changes=True),
        until=time.monotonic() + 20,
        baseline=read_slowly,
    )
    connection = lender.connection("netmiko")
    connection.send_config_set(["ntp server 192.0.2.1"])
    lender.give_back(trusted=False)
    pool.close()
    assert seen[0] >= 0.5


def test_a_driver_that_is_no_subclass_lends_without_naming_what_a_task_may_look_at(leaf: Device) -> None:
    class OwnShape:
        """Netmiko in a class that has only what loading asks for."""

        name = "netmiko"

        def __init__(self) -> None:
            for needed in (*NEEDED, *OF_COMMANDS, *GIVEN):
                setattr(self, needed, getattr(Netmiko(), needed))

    pool, driver = pool_with(), OwnShape()
    with job(pool, reaching(leaf), driver=driver) as lender:  # type: ignore[arg-type]
        connection = lender.connection("netmiko")
        assert "UTC" in connection.send_command("show clock")
        with pytest.raises(CommandRejected, match="'base_prompt' is not for a task to see"):
            _ = connection.base_prompt
    pool.close()
