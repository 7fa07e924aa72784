"""The http driver holds the contract of every driver, with a password and with a token."""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, Driver
from netpulse_core.builtins.http.driver import Http
from netpulse_core.testing import DriverContract
from tests.servers.device_https import TOKEN, HttpsDevice


class OverHttp(DriverContract):
    """The contract against the device of this folder."""

    @pytest.fixture(autouse=True)
    def _device(self, device: HttpsDevice) -> None:
        self.device = device

    @pytest.fixture
    def driver(self) -> Driver:
        return Http()

    def read(self, connection: Any) -> object:
        return connection.get("/hostname")

    def silenced(self) -> AbstractContextManager[None]:
        return self.device.silenced()


class TestWithAPassword(OverHttp):
    """RFC 7617."""

    @pytest.fixture
    def parameters(self, by_password: ConnectionParameters) -> ConnectionParameters:
        return by_password


class TestWithABearerToken(OverHttp):
    """RFC 6750."""

    @pytest.fixture
    def parameters(self, by_password: ConnectionParameters) -> ConnectionParameters:
        return replace(by_password, extras={**by_password.extras, "token": TOKEN})

    def wrong(self, parameters: ConnectionParameters) -> ConnectionParameters:
        return replace(parameters, extras={**parameters.extras, "token": "wrong-netpulse-secret"})
