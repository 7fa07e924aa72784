"""What a job sees of its host: the site's values, its own changes to them, and never the site's own objects."""

from collections.abc import Callable

import pytest
from nornir.core.inventory import Defaults, Group, Groups, Host, Hosts, Inventory, ParentGroups

from netpulse_core.inventory.copies import CopiedHost, CopiedInventory, Copier


def _site() -> Inventory:
    defaults = Defaults(data={"vlan": 1, "driver": "netmiko", "ntp": ["192.0.2.1"]})
    leafs = Group(name="leafs", data={"role": "leaf", "driver": "ssh"}, defaults=defaults)
    host = Host(name="leaf1", data={"rack": "a1"}, groups=ParentGroups([leafs]), defaults=defaults)
    return Inventory(hosts=Hosts({"leaf1": host}), groups=Groups({"leafs": leafs}), defaults=defaults)


@pytest.fixture
def site() -> Inventory:
    return _site()


@pytest.fixture
def job(site: Inventory) -> tuple[CopiedHost, CopiedInventory]:
    copier = Copier(site)
    host = copier.host(site.hosts["leaf1"], CopiedHost)
    return host, CopiedInventory(site, copier, host, CopiedHost)


def test_a_value_is_the_hosts_own_or_inherited(job: tuple[CopiedHost, CopiedInventory]) -> None:
    host, _ = job
    assert [host["rack"], host["driver"], host["vlan"], host.get("nothing", "else")] == ["a1", "ssh", 1, "else"]
    with pytest.raises(KeyError):
        host["nothing"]


def _in_host(host: Host, _: Inventory) -> None:
    host.data["driver"] = "scrapli"


def _in_its_group(host: Host, _: Inventory) -> None:
    host.groups[0].data["driver"] = "scrapli"


def _in_the_inventory(_: Host, inventory: Inventory) -> None:
    inventory.groups["leafs"].data["driver"] = "scrapli"


def _all_of_the_host(host: Host, _: Inventory) -> None:
    host.data = {"driver": "scrapli"}


@pytest.mark.parametrize("write", [_in_host, _in_its_group, _in_the_inventory, _all_of_the_host])
@pytest.mark.parametrize("read_before", [False, True])
def test_what_a_job_writes_it_reads_and_the_site_does_not(
    site: Inventory,
    job: tuple[CopiedHost, CopiedInventory],
    write: Callable[[Host, Inventory], None],
    read_before: bool,
) -> None:
    host, inventory = job
    if read_before:
        assert host["driver"] == "ssh"
    write(host, inventory)
    assert host["driver"] == host.get("driver") == "scrapli"
    assert site.hosts["leaf1"]["driver"] == "ssh"


def test_what_a_job_writes_into_the_defaults_it_reads(site: Inventory, job: tuple[CopiedHost, CopiedInventory]) -> None:
    host, inventory = job
    assert host["vlan"] == 1
    inventory.defaults.data["vlan"] = 2
    assert host["vlan"] == 2
    host["ntp"].append("192.0.2.2")
    assert host["ntp"] == ["192.0.2.1", "192.0.2.2"]
    assert (site.defaults.data["vlan"], site.defaults.data["ntp"]) == (1, ["192.0.2.1"])
