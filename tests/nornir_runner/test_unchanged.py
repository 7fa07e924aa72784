"""Other people's Nornir tasks and inventories run through NetPulse as they are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nornir_netmiko.tasks as netmiko
import nornir_scrapli.tasks as scrapli
import pytest
from nornir.core.task import Task
from nornir_jinja2.plugins.tasks import template_file, template_string
from nornir_napalm.plugins.tasks import napalm_cli, napalm_configure, napalm_get
from nornir_utils.plugins.functions import print_result
from nornir_utils.plugins.tasks.data import echo_data
from nornir_utils.plugins.tasks.files import write_file

from netpulse_core import settings
from netpulse_core.inventory.site import Site
from netpulse_core.lab import Lab
from tests.nornir_runner import plugin
from tests.nornir_runner.conftest import Made

READS: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "netmiko": (netmiko.netmiko_send_command, {"command_string": "show clock"}),
    "netmiko_commit": (netmiko.netmiko_multiline, {"commands": ["show clock", "show version"]}),
    "napalm_get": (napalm_get, {"getters": ["facts", "interfaces"]}),
    "napalm_cli": (napalm_cli, {"commands": ["show clock"]}),
    "scrapli": (scrapli.send_command, {"command": "show clock"}),
    "scrapli_prompt": (scrapli.get_prompt, {}),
    "echo": (echo_data, {"n": 1}),
    "jinja": (template_string, {"template": "{{ host.name }} {{ n }}", "n": 2}),
}
CHANGES: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "netmiko": (netmiko.netmiko_send_config, {"config_commands": ["ntp server 192.0.2.1"]}),
    "napalm": (napalm_configure, {"configuration": plugin.DESCRIPTION}),
    "scrapli": (scrapli.send_configs, {"configs": ["ntp server 192.0.2.2"]}),
}


@pytest.mark.parametrize("name", READS)
def test_a_task_of_theirs_reads_through_the_runner(here: Made, name: str) -> None:
    task, given = READS[name]
    result = here().run(task, **given)
    assert not result.failed, {host: each.exception for host, each in result.items()}
    assert list(result) == ["leaf1", "leaf2"]
    assert all(each.result for each in result.values())


@pytest.mark.thorough
@pytest.mark.parametrize("name", CHANGES)
def test_a_task_of_theirs_changes_through_the_runner(here: Made, lab: Lab, name: str) -> None:
    task, given = CHANGES[name]
    result = here("leaf1").run(task, **given)
    assert not result.failed, result["leaf1"].exception
    assert result["leaf1"].changed
    assert lab.devices["leaf1"].running_config != lab.devices["leaf2"].running_config.replace("leaf2", "leaf1")
    wanted = "from napalm" if name == "napalm" else "192.0.2."
    assert wanted in lab.devices["leaf1"].running_config


def test_files_are_written_and_templates_read(here: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "greet.j2").write_text("hello {{ host.name }} in {{ host.site }}")

    def render(task: Task) -> None:
        text = task.run(template_file, template="greet.j2", path=str(tmp_path))[0].result
        task.run(write_file, filename=str(tmp_path / f"{task.host.name}.txt"), content=text)

    result = here().run(render)
    assert not result.failed
    assert (tmp_path / "leaf2.txt").read_text().startswith("hello leaf2 in ")
    print_result(result)
    assert "+hello leaf2 in" in capsys.readouterr().out


@pytest.mark.thorough
def test_all_of_them_read_in_a_runbook_of_the_service(by_service: Made, tmp_path: Path) -> None:
    result = by_service().run(plugin.read_with_all, folder=str(tmp_path))
    assert not result.failed, {host: each.exception for host, each in result.items()}
    for name, each in result.items():
        assert [one.name for one in each] == [
            "read_with_all", "netmiko_send_command", "napalm_get", "napalm_cli", "send_command", "template_string",
            "template_file", "write_file", "echo_data",
        ]  # fmt: skip
        assert each[2].result["facts"]["hostname"] == name
        assert each[7].changed
        assert (tmp_path / f"{name}.txt").read_text() == each[0].result == f"{name} is a leaf, inline"


@pytest.mark.parametrize("kind", ["SimpleInventory", "YAMLInventory"])
def test_their_inventories_are_read_by_the_runner(here: Made, kind: str) -> None:
    result = here("leaf1", inventory=kind).run(netmiko.netmiko_send_command, command_string="show clock")
    assert not result.failed, result["leaf1"].exception


@pytest.mark.parametrize("kind", ["SimpleInventory", "YAMLInventory"])
def test_their_inventories_are_a_sites(site: Path, tmp_path: Path, kind: str) -> None:
    files = {f"{name}_file": str(site / "inventory" / f"{name}s.yaml") for name in ("host", "group")}
    files["defaults_file"] = str(site / "inventory" / "defaults.yaml")
    read = Site.load(settings.load(tmp_path, inventory_plugin=kind, inventory_options=files))
    assert [device.name for device in read.select("role=leaf")] == ["leaf1", "leaf2", "leaf3"]
    assert {device.platform for device in read.devices.values()} == {"cisco_ios"}
