"""An IOS device with an archive and scp, an EOS switch with its API, and how NAPALM reaches them."""

from collections.abc import Iterator

import pytest

from netpulse_core import ConnectionParameters
from netpulse_core.lab import Device, Lab
from netpulse_core.testing.trust import FirstSeen
from tests.servers.certificates import Authority
from tests.servers.device_https import PASSWORD, USERNAME, HttpsDevice

ARCHIVE = "ip scp server enable\narchive\n path flash:archive\n"


@pytest.fixture(scope="package")
def lab() -> Iterator[Lab]:
    with Lab.running(count=5) as lab:
        for device in lab.devices.values():
            device.machine.initial += ARCHIVE
        yield lab


@pytest.fixture
def ios(lab: Lab) -> Iterator[Device]:
    """A device as it was delivered."""
    device = lab.devices["leaf1"]
    as_delivered(device)
    yield device
    device.faults.heal()
    device.hang_up()
    assert device.journal.wait_until_idle()


def as_delivered(device: Device) -> None:
    device.machine.startup = device.machine.initial
    device.machine.reload()
    device.machine.flash.files.clear()
    device.host_key = None
    device.journal.clear()


@pytest.fixture
def on_ios(ios: Device) -> ConnectionParameters:
    return ConnectionParameters(
        device="leaf1",
        address=ios.address,
        port=ios.port,
        username="netpulse",
        password="netpulse",
        platform="ios",
        host_keys=FirstSeen(),
    )


@pytest.fixture(scope="package")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def switch(authority: Authority) -> Iterator[HttpsDevice]:
    device = HttpsDevice(authority.issue("127.0.0.1"))
    yield device
    device.close()


@pytest.fixture
def on_eos(switch: HttpsDevice, authority: Authority) -> ConnectionParameters:
    return ConnectionParameters(
        device="leaf1",
        address=switch.host,
        port=switch.port,
        username=USERNAME,
        password=PASSWORD,
        platform="eos",
        extras={"optional_args": {"ca_file": str(authority.ca_file)}},
    )
