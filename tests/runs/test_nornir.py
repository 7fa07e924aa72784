"""The traps of Nornir, and NetPulse beside an ordinary Nornir in one process."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from nornir import InitNornir
from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Inventory

from netpulse_core.lab import Device, Lab
from netpulse_core.model.outcome import Outcome
from netpulse_core.runs.reaching import Reaching
from netpulse_core.sessions.host_keys import key_ring
from tests.runs import plugin, plugin_results
from tests.runs.service import SECRET, VARIABLE, Service, serving, write_site


def everything(inventory: Inventory) -> Any:
    """Every value of an inventory by itself, nothing inherited."""
    names = ("hostname", "port", "username", "password", "platform")
    of_all: dict[str, Any] = {**inventory.hosts, **inventory.groups, "": inventory.defaults}
    return {
        name: (
            [object.__getattribute__(element, one) for one in names],
            repr(element.data),
            {key: repr(options.dict()) for key, options in element.connection_options.items()},
        )
        for name, element in of_all.items()
    }


def plain_nornir(folder: Path) -> Nornir:
    names = {"host_file": "hosts", "group_file": "groups", "defaults_file": "defaults"}
    files = {option: str(folder / "inventory" / f"{name}.yaml") for option, name in names.items()}
    return InitNornir(inventory={"plugin": "SimpleInventory", "options": files}, logging={"enabled": False})


@pytest.fixture
def shared_options(lab: Lab, tmp_path: Path) -> Path:
    """A site whose group holds the netmiko options of two hosts with different ports, as many sites do."""
    site = write_site(lab, tmp_path)
    groups = site / "inventory" / "groups.yaml"
    said = yaml.safe_load(groups.read_text())
    said["leaf"]["connection_options"] = {"netmiko": {"extras": {"conn_timeout": 4}}}
    said["leaf"]["data"]["nested"] = {"list": ["theirs"]}
    groups.write_text(yaml.safe_dump(said))
    return site


@pytest.mark.thorough
def test_two_hosts_of_one_group_keep_their_own_ports(
    lab: Lab, tmp_path: Path, shared_options: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.runs.service.write_site", lambda *_: shared_options)
    with serving(lab, tmp_path) as service:
        inventory = service.netpulse.site.inventory
        reaching = Reaching(inventory, str, key_ring(service.netpulse.settings, service.netpulse.ledger.host_keys))
        ports = [reaching.candidates(name, "netmiko")[0].parameters.port for name in inventory.hosts]
        assert ports == [device.port for device in lab.devices.values()]
        done = service.run("ask", "leaf*", commands=["show running-config | include hostname"])
        assert {name: steps[0].body.split()[-1] for name, steps in done.all_steps.items()} == {
            name: name for name in lab.devices
        }
        assert [device.journal.logins for device in lab.devices.values()] == [1, 1, 1, 1]


def test_a_run_leaves_the_inventory_as_it_was(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    inventory = service.netpulse.site.inventory
    host, group = inventory.hosts["leaf1"], inventory.groups["leaf"]
    monkeypatch.setitem(host.data, "nested", {"list": ["theirs"]})
    # Nornir would write the group's options into the host's, and the defaults' into the group's.
    monkeypatch.setitem(host.connection_options, "netmiko", ConnectionOptions())
    monkeypatch.setitem(group.connection_options, "netmiko", ConnectionOptions(platform="cisco_ios"))
    before = everything(inventory)
    done = service.run("scribble")
    assert done.outcome is Outcome.OK, done.message
    assert done.steps[0].body == sorted(inventory.hosts)
    assert everything(inventory) == before
    assert service.run("scribble").outcome is Outcome.OK
    assert service.run("ask", commands=["show clock"]).outcome is Outcome.OK


def test_steps_come_in_the_order_they_were_done(service: Service) -> None:
    done = service.run("nested", name="a parameter that Nornir has a use for itself", nornir=2)
    assert done.outcome is Outcome.OK, done.message
    assert [step.label for step in done.steps] == ["show clock", "first", "second", "outer", "nested"]
    assert done.steps[-1].body == "a parameter that Nornir has a use for itself 2"
    assert done.steps[3].body == "both"


@pytest.mark.thorough
def test_a_site_runbook_runs_in_a_plain_script_beside_a_service(
    service: Service, tmp_path: Path, leaf: Device, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert service.run("set_ntp_as_others_left_it", servers=["192.0.2.1"]).outcome is Outcome.CHANGED
    service.run("end_badly", how="python")
    assert not [record for record in caplog.records if record.name.startswith("nornir")]
    site = write_site(service.lab, tmp_path / "plain")
    defaults = site / "inventory" / "defaults.yaml"
    defaults.write_text(yaml.safe_dump({**yaml.safe_load(defaults.read_text()), "password": SECRET}))
    nornir = plain_nornir(site).filter(name="leaf1")
    result = nornir.run(plugin.set_ntp, servers=["192.0.2.2"])
    assert not result.failed, result["leaf1"].exception
    assert leaf.journal.applied == ["ntp server 192.0.2.1", "ntp server 192.0.2.2"]
    assert leaf.journal.logins == 2
    nornir.close_connections()
    with caplog.at_level(logging.ERROR, "nornir"):
        assert nornir.run(plugin_results.end_badly, how="python").failed
    assert [record.levelname for record in caplog.records if record.name == "nornir.core.task"] == ["ERROR"]
    assert service.run("ask", commands=["show clock"]).job.session_reused is True


@pytest.mark.parametrize("how", ["text", "json", "error", "key error", "label", "diff", "failed"])
def test_a_resolved_secret_is_recorded_nowhere(service: Service, how: str) -> None:
    done = service.run("tell_the_secret", how=how)
    assert done.outcome is (Outcome.FAILED if "error" in how or how == "failed" else Outcome.OK)
    assert "********" in done.everything
    for form in (SECRET, "w0rd!", VARIABLE):
        assert form not in done.everything


def test_a_secret_the_device_prints_is_masked(service: Service, leaf: Device) -> None:
    leaf.faults.refuse["show privilege"] = f"enable secret is {SECRET} indeed"
    done = service.run("send_commands", commands=["show privilege"])
    assert re.fullmatch(r"enable secret is \*{8}-[0-9a-f]{10} indeed", done.steps[0].body)
    assert "w0rd!" not in done.everything
