"""Sessions as the contracts open them, and what a refused one is said to be."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, Driver, errors

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
