"""What every driver over SSH must hold besides: subclass the contract beside DriverContract."""

from dataclasses import replace

import pytest

from netpulse_core import ConnectionParameters, Driver, errors
from netpulse_core.model.connection import NothingKnown
from netpulse_core.testing.contracts.sessions import opened, refusal
from netpulse_core.testing.trust import FirstSeen


class HostKeyContract:
    """What a driver over SSH must hold besides: no credential reaches a device whose key is not the one pinned."""

    @pytest.fixture
    def driver(self) -> Driver:
        """The driver under test."""
        raise NotImplementedError

    @pytest.fixture
    def parameters(self) -> ConnectionParameters:
        """How to reach a real device that takes these credentials."""
        raise NotImplementedError

    def logins_seen(self) -> int:
        """How many logins, granted or refused, the device has seen so far."""
        raise NotImplementedError

    def test_an_unknown_key_is_pinned_and_then_believed(self, driver: Driver, parameters: ConnectionParameters) -> None:
        keys, before = FirstSeen(), self.logins_seen()
        for _ in range(2):
            with opened(driver, replace(parameters, host_keys=keys)) as connection:
                assert driver.alive(connection)
        ((place, key),) = keys.pinned.items()
        assert place == (parameters.address, parameters.port)
        assert key.algorithm.encode() in key.blob
        assert self.logins_seen() == before + 2

    def test_a_changed_key_is_refused_before_a_login(self, driver: Driver, parameters: ConnectionParameters) -> None:
        keys = FirstSeen()
        with opened(driver, replace(parameters, host_keys=keys)):
            pass
        ((place, key),) = keys.pinned.items()
        keys.pinned[place] = key._replace(blob=key.blob[:-8] + bytes(byte ^ 1 for byte in key.blob[-8:]))
        self._nothing_is_sent(driver, replace(parameters, host_keys=keys))

    def test_nothing_is_sent_where_no_key_is_believed(self, driver: Driver, parameters: ConnectionParameters) -> None:
        self._nothing_is_sent(driver, replace(parameters, host_keys=NothingKnown()))

    def _nothing_is_sent(self, driver: Driver, parameters: ConnectionParameters) -> None:
        before = self.logins_seen()
        said = refusal(driver, parameters)
        assert isinstance(said, errors.HostKeyChanged)
        assert not said.retryable
        assert self.logins_seen() == before
