"""The way to a device and the limits of its sessions, as the inventory says them, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest

from netpulse_core import settings
from netpulse_core.errors import SiteError
from netpulse_core.inventory.check import examine
from netpulse_core.inventory.site import Site

DEFAULTS = "username: u\nplatform: linux\n"


def site(folder: Path, hosts: str, groups: str = "dc1: {}\n") -> Site:
    (folder / "inventory").mkdir(exist_ok=True)
    for name, text in (("hosts", hosts), ("groups", groups), ("defaults", DEFAULTS)):
        (folder / "inventory" / f"{name}.yaml").write_text(text)
    return Site.load(settings.load(folder))


HOSTS = """
b1: {hostname: 192.0.2.1, data: {netpulse_jump: null}}
b2: {hostname: 192.0.2.2, port: 2222}
inner: {hostname: 10.9.9.9, data: {netpulse_jump: b2}}
r1: {hostname: 10.0.0.1, groups: [dc1]}
r2: {hostname: 10.0.0.1, data: {netpulse_jump: b2}}
r3: {hostname: 10.0.0.1, data: {netpulse_jump: inner}}
r4: {hostname: 10.0.0.1, data: {netpulse_jump: [b1, b2]}}
r5: {hostname: 10.0.0.1, data: {netpulse_jump: {hostname: bastion.example, username: ops}}}
r6: {hostname: 10.0.0.1, connection_options: {netmiko: {extras: {netpulse_jump: b1}}}}
r7: {hostname: 10.0.0.1}
"""


def test_one_private_address_behind_several_jump_hosts_is_several_devices(tmp_path: Path) -> None:
    devices = site(tmp_path, HOSTS, "dc1: {data: {netpulse_jump: b1}}\n").devices
    assert {name: devices[name].key for name in ("b1", "r1", "r2", "r3", "r4", "r5", "r6", "r7")} == {
        "b1": "192.0.2.1",
        "r1": "10.0.0.1 via 192.0.2.1",
        "r2": "10.0.0.1 via 192.0.2.2:2222",
        "r3": "10.0.0.1 via 192.0.2.2:2222, 10.9.9.9",
        "r4": "10.0.0.1 via 192.0.2.1, 192.0.2.2:2222",
        "r5": "10.0.0.1 via bastion.example",
        "r6": "10.0.0.1 via 192.0.2.1",
        "r7": "10.0.0.1",
    }


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"netpulse_jump": "b3"}, "no device 'b3'; did you mean 'b1'"),
        ({"netpulse_jump": "r1"}, "a host cannot be reached through itself: r1 > r1"),
        ({"netpulse_jump": "ring1"}, "a host cannot be reached through itself: r1 > ring1 > ring2 > ring1"),
        ({"netpulse_jump": "third"}, "b1 > second > third > r1 is more than 2 jump hosts"),
        ({"netpulse_jump": ["b1", "second", "third"]}, "is more than 2 jump hosts"),
        ({"netpulse_jump": ["b1", "b1"]}, "cannot be reached through itself"),
        ({"netpulse_jump": 7}, "expected a device, a list of them or a mapping, got 7"),
        ({"netpulse_jump": [7]}, "expected a device or a mapping, got 7"),
        ({"netpulse_jump": {"hostname": "b"}}, "needs a username"),
        ({"netpulse_jump": {"hostname": "b", "username": "u", "prot": 22}}, "unknown key 'prot'; did you mean 'port'"),
        ({"netpulse_jump": {"hostname": "b", "username": "u", "port": 0}}, "0 is not a port"),
        ({"netpulse_jump": {"hostname": "b", "username": "u", "password": 1}}, "password: expected text"),
        ({"netpulse_connect_timeout": 0}, "expected seconds"),
        ({"netpulse_connect_timeout": "30"}, "expected seconds"),
        ({"netpulse_idle_timeout": True}, "expected seconds"),
        ({"netpulse_max_sessions": 0}, "expected a whole number of at least 1"),
        ({"netpulse_max_sessions": 1.5}, "expected a whole number of at least 1"),
    ],
)
def test_what_is_wrong_is_said_when_the_site_is_read_and_checked(
    tmp_path: Path, data: dict[str, Any], said: str
) -> None:
    hosts = (
        "b1: {}\nsecond: {data: {netpulse_jump: b1}}\nthird: {data: {netpulse_jump: second}}\n"
        "ring1: {data: {netpulse_jump: b1}}\nring2: {data: {netpulse_jump: ring1}}\n"
    )
    if data.get("netpulse_jump") == "ring1":
        hosts = hosts.replace("ring1: {data: {netpulse_jump: b1}}", "ring1: {data: {netpulse_jump: ring2}}")
    found = site(tmp_path, f"{hosts}r1: {{data: {data}}}\n".replace("True", "true"))
    with pytest.raises(SiteError) as wrong:
        found.devices.keys()
    if "ring" not in said:
        assert said in str(wrong.value)
        assert wrong.value.key.startswith("r1.")
    (notice, *_) = [one for one in examine(settings.load(tmp_path)) if said in one.message]
    assert notice.severity == "error"
    assert notice.path.name == "hosts.yaml"
    assert notice.line == 6
    assert notice.key == f"r1.data.{next(iter(data))}"


def test_a_group_that_has_limits_of_its_own_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "netpulse.toml").write_text("[logins.groups.dc2]\nat_once = 2\n[logins.groups.dc1]\nat_once = 1\n")
    site(tmp_path, "r1: {}\n")
    (notice,) = examine(settings.load(tmp_path))
    assert notice.message == "no group 'dc2'; did you mean 'dc1'?"
    assert (notice.severity, notice.path.name, notice.key) == ("warning", "netpulse.toml", "logins.groups.dc2")
