"""A device with an HTTPS API, and how to reach it."""

from collections.abc import Iterator

import pytest

from netpulse_core import ConnectionParameters
from tests.servers.certificates import Authority
from tests.servers.device_https import PASSWORD, USERNAME, HttpsDevice


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def device(authority: Authority) -> Iterator[HttpsDevice]:
    device = HttpsDevice(authority.issue("127.0.0.1", "leaf1.example.net"))
    yield device
    device.close()


@pytest.fixture
def by_password(device: HttpsDevice, authority: Authority) -> ConnectionParameters:
    """With basic authentication, below /api."""
    return ConnectionParameters(
        device="leaf1",
        address=device.host,
        port=device.port,
        username=USERNAME,
        password=PASSWORD,
        platform=None,
        extras={"ca_file": str(authority.ca_file), "base_path": "/api", "probe_path": "/hostname"},
    )
