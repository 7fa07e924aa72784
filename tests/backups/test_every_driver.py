"""A configuration is kept over every driver that has one, and a driver that has none says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.lab import Lab
from netpulse_core.model.backup import Copy
from netpulse_core.model.outcome import Outcome
from tests.builtins.netconf.interfaces import interface
from tests.builtins.site import Run, serving
from tests.servers.certificates import Authority
from tests.servers.device_https import PASSWORD, USERNAME, HttpsDevice
from tests.servers.frr import FrrRouters
from tests.servers.netconfd import PASSWORD as NETCONF_PASSWORD
from tests.servers.netconfd import USERNAME as NETCONF_USERNAME
from tests.servers.netconfd import NetconfServer
from tests.servers.ssh import KEEPER

IOS_DRIVERS = ("netmiko", "ssh", "scrapli", "napalm")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the devices of the lab."""
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def on_ios(folder: Path) -> Iterator[Run]:
    """One device of the lab for each driver that speaks to IOS, and one for a driver without configurations."""
    names = (*IOS_DRIVERS, "http")
    with Lab.running(count=len(names)) as lab, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TESTS_LAB", "netpulse")
        hosts: dict[str, Any] = {
            name: {
                "hostname": device.address,
                "port": device.port,
                "platform": "ios",
                "username": "netpulse",
                "password": "env:TESTS_LAB",
                "data": {"netpulse_driver": name},
            }
            for name, device in zip(names, lab.devices.values(), strict=True)
        }
        with serving(folder, hosts) as run:
            yield run


def versions(folder: Path, device: str) -> list[str]:
    """What is kept of a device, the newest first, as everybody may read it."""
    with NetPulse.open(settings.load(folder)) as netpulse:
        kept = netpulse.ledger.backups
        return [kept.text(device, one.number, Copy.REDACTED) for one in kept.versions(device)]


@pytest.mark.parametrize("driver", IOS_DRIVERS)
def test_ios_is_kept_over_each_driver_once(on_ios: Run, folder: Path, driver: str) -> None:
    for _ in range(2):
        done = on_ios("backup_config", driver)
        assert done.outcome is Outcome.OK, done.message
    [text] = versions(folder, driver)
    assert "interface GigabitEthernet0/1" in text
    assert "Building configuration" not in text


def test_a_driver_without_configurations_says_so(on_ios: Run, folder: Path) -> None:
    done = on_ios("backup_config", "http")
    assert done.outcome is Outcome.BLOCKED
    assert "has no configuration to keep" in done.message
    assert versions(folder, "http") == []


def test_eapi_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTS_EAPI", PASSWORD)
    authority = Authority(tmp_path)
    with closing(HttpsDevice(authority.issue("127.0.0.1"))) as device:
        eapi = {"port": device.port, "extras": {"ca_file": str(authority.ca_file)}}
        host = {"hostname": device.host, "platform": "eos", "username": USERNAME, "password": "env:TESTS_EAPI"}
        hosts = {"leaf1": {**host, "data": {"netpulse_driver": "eapi"}, "connection_options": {"eapi": eapi}}}
        with serving(tmp_path / "site", hosts) as run:
            done = run("backup_config", "leaf1")
            assert done.outcome is Outcome.OK, done.message
        [text] = versions(tmp_path / "site", "leaf1")
        assert "ntp server 192.0.2.1" in text


@pytest.mark.thorough
def test_netconf_is_kept(netconf_server: NetconfServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTS_NETCONF", NETCONF_PASSWORD)
    login = {"username": NETCONF_USERNAME, "password": "env:TESTS_NETCONF", "port": netconf_server.port}
    hosts = {
        "core1": {
            "hostname": "127.0.0.1",
            "connection_options": {"netconf": login},
            "data": {"netpulse_driver": "netconf"},
        }
    }
    with serving(tmp_path / "site", hosts) as run:
        changed = run("netconf_edit", "core1", config=interface("eth7", "kept"), validation=False)
        assert changed.outcome is Outcome.CHANGED, changed.message
        done = run("backup_config", "core1")
        assert done.outcome is Outcome.OK, done.message
    [text] = versions(tmp_path / "site", "core1")
    assert "<description>kept</description>" in text


@pytest.mark.thorough
@pytest.mark.servers("frr")
def test_frrouting_on_a_server_is_kept(
    frr_routers: FrrRouters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = frr_routers["r2"]
    monkeypatch.setenv("TESTS_FRR", router.password)
    login = {"hostname": router.host, "port": router.port, "username": KEEPER, "password": "env:TESTS_FRR"}
    hosts = {
        "r2": {**login, "platform": "frr", "data": {"netpulse_driver": "linux"}},
        "web1": {**login, "platform": "linux", "data": {"netpulse_driver": "linux"}},
    }
    with serving(tmp_path / "site", hosts) as run:
        done = run("backup_config", "r2")
        assert done.outcome is Outcome.OK, done.message
        none = run("backup_config", "web1")
        assert none.outcome is Outcome.BLOCKED
        assert "no running configuration" in none.message
    [text] = versions(tmp_path / "site", "r2")
    assert "router bgp 65002" in text
    assert versions(tmp_path / "site", "web1") == []
