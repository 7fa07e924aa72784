"""One lab for the folder, and a service at work on it; each test finds the devices as they were delivered."""

from collections.abc import Iterator

import pytest

from netpulse_core.lab import Device, Lab
from tests.runs.service import SECRET, VARIABLE, Service, as_delivered, hurry, serving


@pytest.fixture(scope="session")
def one_lab() -> Iterator[Lab]:
    with Lab.running(count=4, password=SECRET, username="netops") as lab:
        yield lab


@pytest.fixture(scope="session")
def one_service(one_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        patch.setenv(VARIABLE, SECRET)
        with serving(one_lab, tmp_path_factory.mktemp("site"), connect_timeout=5.0) as service:
            yield service


@pytest.fixture
def lab(one_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv(VARIABLE, SECRET)
    hurry(monkeypatch)
    yield one_lab
    for device in one_lab.devices.values():
        as_delivered(device)


@pytest.fixture
def leaf(lab: Lab) -> Device:
    return lab.devices["leaf1"]


@pytest.fixture
def service(one_service: Service, lab: Lab) -> Iterator[Service]:
    """The service of all tests that leave it as they found it; it has no session open."""
    yield one_service
    one_service.node.pool.drain()
    assert len(one_service.node.pool) == 0
