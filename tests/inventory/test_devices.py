"""A device is what its host inherits, and one box is one key whatever it is called."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nornir.core.inventory import ConnectionOptions, Defaults, Group, Groups, Host, Hosts, Inventory, ParentGroups

from netpulse_core.errors import SiteError
from netpulse_core.inventory.device import Inheritance, lock_key
from netpulse_core.inventory.site import Site
from netpulse_core.model.device import Device
from tests.inventory.conftest import WriteSite


def device(host: Host) -> Device:
    return Inheritance(Inventory(Hosts({host.name: host}), defaults=host.defaults)).device(host)


def netmiko(**options: Any) -> dict[str, ConnectionOptions]:
    return {"netmiko": ConnectionOptions(**options)}


@pytest.mark.parametrize(
    ("address", "port", "platform", "key"),
    [
        ("192.0.2.1", None, None, "192.0.2.1"),
        ("192.0.2.1", 22, None, "192.0.2.1"),
        ("192.0.2.1", 2222, None, "192.0.2.1:2222"),
        ("192.0.2.1", 23, "cisco_ios_telnet", "192.0.2.1"),
        ("192.0.2.1", 23, "cisco_ios", "192.0.2.1:23"),
        ("Leaf1.Example.NET.", None, None, "leaf1.example.net"),
        ("2001:DB8:0::1", None, None, "2001:db8::1"),
        ("2001:db8::1", 830, None, "[2001:db8::1]:830"),
    ],
)
def test_a_key_is_the_address_written_one_way(address: str, port: int | None, platform: str | None, key: str) -> None:
    assert lock_key(address, port, platform) == key


def test_two_names_of_one_box_share_the_key(write_site: WriteSite) -> None:
    site = Site.load(
        write_site(
            """
            leaf1: {hostname: LEAF1.example.net}
            leaf1-again: {hostname: leaf1.example.net, port: 22}
            leaf1-by-option: {hostname: 192.0.2.9, connection_options: {netmiko: {hostname: leaf1.example.net}}}
            leaf1-by-extra: {connection_options: {netmiko: {extras: {host: leaf1.example.net, port: 22}}}}
            leaf1-by-group: {groups: [console]}
            leaf1.example.net: {}
            leaf2: {hostname: leaf1.example.net, port: 2022}
            """,
            groups="console: {connection_options: {netmiko: {hostname: leaf1.example.net}}}\n",
        )
    )
    keys = [each.key for each in site.devices.values()]
    assert keys == ["leaf1.example.net"] * 6 + ["leaf1.example.net:2022"]


def test_an_address_is_the_name_where_there_is_no_hostname() -> None:
    found = device(Host("Leaf1"))
    assert (found.address, found.key) == ("Leaf1", "leaf1")


def test_another_transports_port_is_not_another_device() -> None:
    host = Host("a", hostname="h", connection_options={"napalm": ConnectionOptions(port=8443)})
    assert device(host).key == "h"


def test_data_and_groups_are_inherited_in_nornirs_order(write_site: WriteSite) -> None:
    site = Site.load(
        write_site(
            "leaf1: {groups: [a, b], data: {own: 1, x: host}}\n",
            groups="a: {groups: [c], data: {x: a, y: a}}\nb: {data: {y: b, z: b}}\nc: {data: {z: c, w: null}}\n",
            defaults="data: {z: d, v: d}\n",
        )
    )
    found = site.devices["leaf1"]
    assert found.groups == ("a", "c", "b")
    assert found.data == {"own": 1, "x": "host", "y": "a", "z": "c", "w": None, "v": "d"}
    assert found.data == site.inventory.hosts["leaf1"].extended_data()


def test_a_port_that_an_inventory_plugin_gave_as_words_is_refused() -> None:
    with pytest.raises(SiteError, match="port of a is not a number"):
        device(Host("a", port="ssh"))  # type: ignore[arg-type]


words = st.none() | st.sampled_from(["one", "two", "three"])
ports = st.none() | st.sampled_from([22, 23, 2222])
options = st.none() | st.builds(ConnectionOptions, hostname=words, port=ports, username=words)
elements = st.fixed_dictionaries(
    {"hostname": words, "port": ports, "platform": words, "username": words, "options": options}
)


def attributes(drawn: dict[str, Any]) -> dict[str, Any]:
    given_options = drawn["options"]
    rest = {key: value for key, value in drawn.items() if key != "options"}
    return {**rest, "connection_options": {"netmiko": copy.copy(given_options)} if given_options else {}}


@pytest.mark.thorough
@given(elements, elements, elements, elements, elements)
def test_the_address_is_what_nornir_would_hand_to_netmiko(
    host: dict[str, Any], a: dict[str, Any], b: dict[str, Any], c: dict[str, Any], defaults: dict[str, Any]
) -> None:
    shared = Defaults(**attributes(defaults))
    groups = Groups(
        {name: Group(name, defaults=shared, **attributes(g)) for name, g in zip("abc", (a, b, c), strict=True)}
    )
    groups["a"].groups = ParentGroups([groups["c"]])
    made = Host("h", defaults=shared, groups=ParentGroups([groups["a"], groups["b"]]), **attributes(host))
    inherited = Inheritance(Inventory(Hosts({"h": made}), groups, shared))

    before = [copy.deepcopy(each.dict()) for each in (made, *groups.values(), shared)]
    found, username = inherited.device(made), inherited.username(made)
    assert [each.dict() for each in (made, *groups.values(), shared)] == before

    nornirs = made.get_connection_parameters("netmiko")
    assert (found.address, found.port, username) == (nornirs.hostname or "h", nornirs.port, nornirs.username)
    assert found.platform == made.platform
