"""Sessions as the contracts open them, and what a refused one is said to be."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, Driver, errors
from netpulse_core.sessions.candidates import Candidate, Remembered
from netpulse_core.sessions.pool import Pool
from netpulse_core.sessions.trying import Borrowing, Trying

PATIENCE = 10.0


@contextmanager
def opened(driver: Driver, parameters: ConnectionParameters) -> Iterator[Any]:
    """An open connection, closed whatever happened."""
    connection = driver.open(parameters, timeout=PATIENCE)
    try:
        yield connection
    finally:
        with suppress(Exception):
            driver.abort(connection)
        driver.close(connection)


def refusal(driver: Driver, parameters: ConnectionParameters, timeout: float = PATIENCE) -> errors.DeviceError:
    """What opening a session comes to, said as ours."""
    with pytest.raises(Exception) as caught:  # noqa: PT011  any error of any library below
        driver.close(driver.open(parameters, timeout=timeout))
    said = driver.translate(caught.value, parameters.device)
    assert said is not None, f"not translated: {caught.value!r}"
    assert said.device == parameters.device
    return said


@contextmanager
def opened_by_one_of(
    driver: Driver, *several: ConnectionParameters, timeout: float = PATIENCE
) -> Iterator[tuple[Any, ConnectionParameters]]:
    """Open a connection with the first of these that the device takes, as a job does; yield that one too."""
    pool = Pool(idle_timeout=60.0, most=4, connect_timeout=timeout, clock=time.monotonic)
    device = several[0].device
    candidates = [Candidate(place, f"number {place}", partial(_same, one)) for place, one in enumerate(several, 1)]
    how = Borrowing(until=time.monotonic() + len(several) * timeout, own=True, borrower=None, in_change=False)
    try:
        session, used = Trying(pool, Remembered(), device, newer_after=60.0).lend(driver, candidates, how)
        try:
            yield session.connection, used
        finally:
            pool.discard(session)
    finally:
        pool.close()


def _same(parameters: ConnectionParameters) -> ConnectionParameters:
    return parameters
