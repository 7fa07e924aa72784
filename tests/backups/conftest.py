"""A lab of two devices, and a fresh service for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netpulse_core.lab import Device, Lab
from netpulse_core.lab.config import Editor
from tests.runs.service import SECRET, VARIABLE, Service, as_delivered, hurry, serving


@pytest.fixture(scope="session")
def two_devices() -> Iterator[Lab]:
    with Lab.running(count=2, password=SECRET, username="netops") as lab:
        yield lab


@pytest.fixture
def lab(two_devices: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv(VARIABLE, SECRET)
    hurry(monkeypatch)
    yield two_devices
    for device in two_devices.devices.values():
        as_delivered(device)


@pytest.fixture
def leaf(lab: Lab) -> Device:
    return lab.devices["leaf1"]


@pytest.fixture
def service(lab: Lab, tmp_path: Path) -> Iterator[Service]:
    with serving(lab, tmp_path, connect_timeout=5.0) as service:
        yield service


@pytest.fixture
def by_hand(leaf: Device) -> Callable[..., None]:
    """Type lines into the device's configuration, past NetPulse, as a colleague at its console would."""

    def typed(*lines: str) -> None:
        editor = Editor(leaf.machine.running)
        for line in lines:
            editor.enter(line)

    return typed
