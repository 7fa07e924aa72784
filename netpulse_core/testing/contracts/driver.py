"""What every driver must hold, against something real: subclass the contract and name what is real."""

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, DeviceSession, Driver, errors
from netpulse_core.testing.contracts.sessions import PATIENCE, opened, opened_by_one_of, refusal
from netpulse_core.testing.ports import free_port


class DriverContract:
    """Sessions open, answer, break off and close, and every error is one of ours."""

    @pytest.fixture
    def driver(self) -> Driver:
        """The driver under test."""
        raise NotImplementedError

    @pytest.fixture
    def parameters(self) -> ConnectionParameters:
        """How to reach a real device that takes these credentials."""
        raise NotImplementedError

    def read(self, connection: Any) -> object:
        """Ask the device something that is always answered."""
        raise NotImplementedError

    def silenced(self) -> AbstractContextManager[None]:
        """While this lasts, the device takes requests and answers none."""
        raise NotImplementedError

    def wrong(self, parameters: ConnectionParameters) -> ConnectionParameters:
        """The same device with credentials it refuses."""
        return replace(parameters, password="wrong-netpulse-secret")  # noqa: S106 - it is nobody's

    @pytest.fixture
    def connection(self, driver: Driver, parameters: ConnectionParameters) -> Iterator[Any]:
        """An open connection, closed afterwards."""
        with opened(driver, parameters) as connection:
            yield connection

    def test_it_has_a_name_and_a_sentence(self, driver: Driver) -> None:
        assert driver.name.isidentifier()
        assert driver.sentence
        assert not driver.reads & driver.commands

    def test_an_open_connection_answers_again_and_again(self, driver: Driver, connection: Any) -> None:
        for _ in range(3):
            assert self.read(connection)
            assert driver.alive(connection)
            assert driver.at_rest(connection)

    def test_what_it_declares_is_there(self, driver: Driver, connection: Any) -> None:
        declared = driver.reads | driver.commands
        assert [name for name in sorted(declared) if not callable(getattr(connection, name, None))] == []
        assert [name for name in sorted(driver.inert) if callable(getattr(connection, name, None))] == []

    def test_a_probe_leaves_it_as_it_was(self, driver: Driver, connection: Any) -> None:
        driver.probe(connection, timeout=PATIENCE)
        assert driver.at_rest(connection)
        assert self.read(connection)

    def test_a_closed_connection_is_dead_and_may_be_closed_again(
        self, driver: Driver, parameters: ConnectionParameters
    ) -> None:
        connection = driver.open(parameters, timeout=PATIENCE)
        driver.close(connection)
        driver.close(connection)
        assert not driver.alive(connection)
        assert not driver.at_rest(connection)
        with pytest.raises(Exception):  # noqa: B017, PT011  any error will do, silence will not
            driver.probe(connection, timeout=1.0)

    def test_refused_credentials_are_told_as_such(self, driver: Driver, parameters: ConnectionParameters) -> None:
        said = refusal(driver, self.wrong(parameters))
        assert isinstance(said, errors.AuthenticationFailed)
        assert "wrong-netpulse-secret" not in f"{said} {said.hint}"

    def test_of_two_credentials_the_second_opens_what_the_first_did_not(
        self, driver: Driver, parameters: ConnectionParameters
    ) -> None:
        with opened_by_one_of(driver, self.wrong(parameters), parameters) as (connection, taken):
            assert self.read(connection)
            assert replace(taken, others=False) == parameters

    def test_a_port_where_nobody_listens_is_unreachable(self, driver: Driver, parameters: ConnectionParameters) -> None:
        said = refusal(driver, replace(parameters, port=free_port(parameters.address)))
        assert isinstance(said, errors.Unreachable)
        assert said.retryable

    def test_silence_ends_in_time_and_a_broken_probe_is_told(
        self, driver: Driver, parameters: ConnectionParameters
    ) -> None:
        with opened(driver, parameters) as connection, self.silenced():
            began = time.monotonic()
            with pytest.raises(Exception) as caught:  # noqa: PT011  any error of any library below
                driver.probe(connection, timeout=1.0)
            assert time.monotonic() - began < PATIENCE
            said = driver.translate(caught.value, parameters.device)
            assert isinstance(said, errors.TimedOut | errors.SessionLost | errors.Unreachable)

    def test_a_silent_device_opens_no_session_and_is_told_in_time(
        self, driver: Driver, parameters: ConnectionParameters
    ) -> None:
        with self.silenced():
            began = time.monotonic()
            said = refusal(driver, parameters, timeout=1.5)
            assert time.monotonic() - began < PATIENCE
            assert isinstance(said, errors.TimedOut | errors.Unreachable)

    def test_a_blocked_call_returns_when_its_session_is_aborted(
        self, driver: Driver, parameters: ConnectionParameters
    ) -> None:
        with opened(driver, parameters) as connection, self.silenced():
            raised: list[BaseException] = []

            def ask() -> None:
                try:
                    self.read(connection)
                except BaseException as error:  # noqa: BLE001  it is looked at below
                    raised.append(error)

            asking = threading.Thread(target=ask)
            asking.start()
            time.sleep(0.3)
            assert asking.is_alive(), "the device was not silent"
            driver.abort(connection)
            asking.join(PATIENCE)
            assert not asking.is_alive()
            assert not driver.alive(connection)
            said = driver.translate(raised[0], parameters.device)
            assert isinstance(said, errors.DeviceError)

    def test_a_session_nobody_knows_is_not_said_to_be_over(self, driver: Driver, connection: Any) -> None:
        for name in (None, "", "tcp 192.0.2.254:9 as nobody", "session 4294967295"):
            unknown = DeviceSession(driver=driver.name, name=name, age=3600.0)
            assert driver.end_session(connection, unknown, timeout=PATIENCE) is False
        assert driver.alive(connection)

    def test_a_configuration_is_read_twice_alike(self, driver: Driver, connection: Any) -> None:
        first = driver.configuration(connection, timeout=PATIENCE)
        assert first is None or first.strip()
        assert (first is None) == (driver.configuration(connection, timeout=PATIENCE) is None)
        assert self.read(connection)

    def test_an_error_of_nobody_is_left_alone(self, driver: Driver) -> None:
        assert driver.translate(KeyError("interface"), "leaf1") is None
        assert driver.translate(ZeroDivisionError(), "leaf1") is None
