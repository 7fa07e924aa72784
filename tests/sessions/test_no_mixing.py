"""No output of one command ever appears in another's result, whatever the device does to its answers."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from netpulse_core.lab import Device
from netpulse_core.sessions.pool import Pool
from tests.sessions.borrowing import job, pool_with, reaching

MARKS = {"show version": "Cisco IOS", "show ip interface brief": "IP-Address", "show clock": "UTC"}
"""What each command alone answers with."""

FAULTS: dict[str, dict[str, Any]] = {
    "whole": {},
    "split": {"chunk": 3},
    "garbage": {"garbage": b"\xff\x00\xfe\x1b[7m% #\n"},
    "syslog": {"syslog": True},
    "split garbage between log lines": {"chunk": 5, "garbage": b"\xc3\x28#>", "syslog": True},
}


@pytest.fixture
def pool(leaf: Device) -> Iterator[Pool]:
    pool = pool_with()
    yield pool
    pool.close()


def foreign(command: str, answer: str) -> list[str]:
    """The marks of other commands in an answer."""
    return [mark for other, mark in MARKS.items() if other != command and mark in answer]


@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=() if "split" in name else pytest.mark.thorough) for name in FAULTS]
)
@pytest.mark.parametrize("late", [0.3, pytest.param(0.9, marks=pytest.mark.thorough)])
def test_in_job_after_job_with_answers_that_come_too_late(
    pool: Pool, leaf: Device, fault: str, late: float, impose: Callable[..., None]
) -> None:
    answered, timed_out = [], 0
    for number, command in enumerate(itertools.islice(itertools.cycle(MARKS), 9)):
        leaf.faults.heal()
        with suppress(Exception), job(pool, reaching(leaf)) as lender:
            connection = lender.connection("netmiko")
            impose(leaf, **FAULTS[fault])
            leaf.faults.slow = {command: late} if number % 3 == 0 else {}
            try:
                answered.append((command, connection.send_command(command, read_timeout=20 if number % 3 else 0.2)))
            except Exception:
                timed_out += 1
                raise
    assert timed_out >= 3
    assert len({command for command, _ in answered}) >= 2
    for command, answer in answered:
        assert not foreign(command, answer), (command, answer)


@pytest.fixture
def impose() -> Callable[..., None]:
    """Give a device these faults."""

    def now(device: Device, **faults: Any) -> None:
        for name, value in faults.items():
            setattr(device.faults, name, value)

    return now
