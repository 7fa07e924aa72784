"""nornir_netbox's inventory, unchanged, over real HTTP: as a site's, and of a Nornir that NetPulse runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nornir_netmiko.tasks as netmiko
import pytest
import yaml
from nornir import InitNornir
from typer.testing import CliRunner

from netpulse_core import errors, settings
from netpulse_core.cli.site import app
from netpulse_core.inventory.site import Site
from netpulse_core.lab import Lab
from netpulse_core.testing import Instance
from tests.servers.netbox import TOKEN, NetBox

PASSWORD = "NETPULSE_TEST_PASSWORD"


@pytest.fixture(scope="module")
def routers() -> Iterator[Lab]:
    """Devices of an address each, as NetBox knows them; it knows no port."""
    with Lab.running(count=5, mode="address", network="127.13.0.0/16", password="not-in-netbox") as lab:
        yield lab


@pytest.fixture
def netbox(routers: Lab) -> Iterator[NetBox]:
    served = NetBox({name: device.address for name, device in routers.devices.items()})
    yield served
    served.close()


@pytest.fixture
def options(netbox: NetBox, routers: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the plugin is told; the token and the password are in no file."""
    monkeypatch.setenv("NB_TOKEN", TOKEN)
    monkeypatch.setenv(PASSWORD, "not-in-netbox")
    port = next(iter(routers.devices.values())).port
    defaults = tmp_path / "defaults.yaml"
    defaults.write_text(yaml.safe_dump({"username": "netpulse", "password": f"env:{PASSWORD}", "port": port}))
    return {
        "nb_url": netbox.url,
        "use_platform_slug": True,
        "flatten_custom_fields": True,
        "defaults_file": str(defaults),
        "group_file": str(tmp_path / "none.yaml"),
    }


@pytest.fixture
def folder(site_of: Callable[[dict[str, Any]], Path], options: dict[str, Any]) -> Path:
    return site_of(options)


@pytest.fixture
def site_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, Any]], Path]:
    """Make a site whose inventory NetBox keeps."""

    def make(options: dict[str, Any]) -> Path:
        folder = tmp_path_factory.mktemp("site")
        said = "".join(f"{name} = {json.dumps(value)}\n" for name, value in options.items())
        (folder / "netpulse.toml").write_text(f'inventory_plugin = "NetBoxInventory2"\n\n[inventory_options]\n{said}')
        return folder

    return make


def test_netbox_is_the_inventory_of_a_site(folder: Path, netbox: NetBox) -> None:
    read = Site.load(settings.load(folder))
    assert len(netbox.asked) == 3, "every page is read"
    assert [device.name for device in read.select("*")] == ["leaf1", "leaf2", "leaf3", "leaf4", "spine1"]
    assert [device.name for device in read.select("@site__ams & !role.slug=spine")] == ["leaf1", "leaf3"]
    assert [device.name for device in read.select("status.value=active & site.slug=fra")] == ["leaf2", "leaf4"]
    assert [device.name for device in read.select("rack_unit=2")] == ["leaf2"]
    assert {device.platform for device in read.devices.values()} == {"cisco_ios"}


def test_what_netbox_filters_is_filtered_there(
    site_of: Callable[[dict[str, Any]], Path], options: dict[str, Any], netbox: NetBox
) -> None:
    told = {**options, "filter_parameters": {"site": "fra"}}
    read = Site.load(settings.load(site_of(options), inventory_options=told))
    assert [device.name for device in read.select("*")] == ["leaf2", "leaf4"]


@pytest.mark.thorough
def test_runs_reach_the_devices_that_netbox_names(folder: Path, netpulse: Callable[..., Instance]) -> None:
    instance = netpulse(folder)
    done = instance.run("send_commands", "site.slug=fra", commands=["show clock"])
    assert {name: each.outcome for name, each in done.devices.items()} == {"leaf2": "ok", "leaf4": "ok"}
    changed = instance.run("send_config", "leaf1", lines=["ntp server 192.0.2.123"])
    assert changed.outcome == "changed"
    with instance.http() as client:
        shown = client.get("/v1/devices").text
    assert TOKEN not in shown
    assert "not-in-netbox" not in shown


def test_a_nornir_of_that_inventory_runs_by_netpulse(options: dict[str, Any]) -> None:
    nornir = InitNornir(
        inventory={"plugin": "NetBoxInventory2", "options": options},
        runner={"plugin": "netpulse"},
        logging={"enabled": False},
    )
    result = nornir.filter(filter_func=lambda host: host["role"]["slug"] == "spine").run(
        netmiko.netmiko_send_command, command_string="show clock"
    )
    nornir.close_connections()
    assert list(result) == ["spine1"]
    assert not result.failed, result["spine1"].exception


def test_check_reads_it(folder: Path) -> None:
    done = CliRunner().invoke(app, ["check", "--site", str(folder)])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("ok")


def test_a_netbox_that_refuses_is_named_without_its_token(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NB_TOKEN", "an0ther-t0ken")
    with pytest.raises(errors.PluginError, match=r"'NetBoxInventory2' failed: ValueError: Failed to get") as caught:
        Site.load(settings.load(folder))
    assert "an0ther-t0ken" not in str(caught.value)
