"""Threads that outlive their job: they reach no session any more, neither to ask nor to spoil it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from netmiko import ReadException

from netpulse_core.errors import CommandRejected, DeviceError
from netpulse_core.lab import Device
from netpulse_core.model.session import SessionState
from netpulse_core.sessions.pool import Pool
from tests.runs.service import eventually
from tests.sessions.borrowing import ask, job, pool_with, reaching


@pytest.fixture
def pool(leaf: Device) -> Iterator[Pool]:
    pool = pool_with()
    yield pool
    pool.close()


def test_a_thread_that_a_job_left_behind_moves_no_session_but_its_own(pool: Pool, leaf: Device) -> None:
    leaf.faults.slow = {"show version": 3.0}
    caught: list[BaseException] = []

    def linger(connection: Any) -> None:
        try:
            connection.send_command("show version")
        except (EOFError, OSError, DeviceError, ReadException) as error:
            caught.append(error)

    with job(pool, reaching(leaf)) as lender:
        behind = lender.connection("netmiko")._loan
        lingering = threading.Thread(target=linger, args=(lender.connection("netmiko"),))
        lingering.start()
        eventually(lambda: "show version" in leaf.journal.commands)
    leaf.faults.heal()
    with job(pool, reaching(leaf)) as lender:
        now = lender.connection("netmiko")._loan
        now.begin()
        behind.broke(EOFError("late"), changing=False, begun=True)
        lingering.join(20)
        assert now.session.way.state is SessionState.EXECUTING
        now.complete()
        assert "UTC" in lender.connection("netmiko").send_command("show clock")
    assert caught


def test_a_call_that_was_admitted_before_the_end_does_not_begin_after_it(pool: Pool, leaf: Device) -> None:
    with job(pool, reaching(leaf)) as lender:
        loan = lender.connection("netmiko")._loan
    with pytest.raises(CommandRejected, match="after the job had ended"):
        loan.begin()
    assert "UTC" in ask(pool, reaching(leaf))
    assert leaf.journal.logins == 1
