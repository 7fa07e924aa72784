"""Inventory files are read as Nornir reads them, and every mistake is told where it stands."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from nornir.core.inventory import Host, Hosts, Inventory
from nornir.core.plugins.inventory import InventoryPluginRegister
from nornir.plugins.inventory.simple import SimpleInventory

from netpulse_core.errors import PluginError, SiteError
from netpulse_core.inventory.check import examine
from netpulse_core.inventory.site import Site
from netpulse_core.settings import Settings
from tests.inventory.conftest import WriteSite

ROOT = Path(__file__).parents[2]


def nornirs_own(site: Path) -> dict[str, Any]:
    folder = site / "inventory"
    names = ("hosts.yaml", "groups.yaml", "defaults.yaml")
    return SimpleInventory(*(str(folder / name) for name in names)).load().dict()


def refusal(settings: Settings) -> SiteError:
    with pytest.raises(SiteError) as caught:
        Site.load(settings)
    return caught.value


def snapshots(settings: Settings) -> list[Path]:
    return list((settings.state / "inventory").glob("*"))


def test_the_reference_site_is_read_as_nornir_reads_it() -> None:
    site = Site.load(Settings(site=ROOT))
    assert site.inventory.dict() == nornirs_own(ROOT)
    assert [device.name for device in site.select("role=leaf & !site=ams")] == ["leaf3", "leaf4"]


def test_a_rich_inventory_is_read_as_nornir_reads_it_also_from_its_snapshot(write_site: WriteSite) -> None:
    settings = write_site(
        """
        leaf1: &one
          hostname: 192.0.2.1
          groups: [b, a]
          data: {rd: 65000:10, on: on, none: null, deep: {list: [1, {x: 1.5}]}}
          connection_options:
            netmiko: {port: 2222, extras: {secret: env:S, fast_cli: true}}
            napalm: {extras: {optional_args: {x: [1]}}}
        leaf2: {<<: *one, port: 22}
        größe-7: {hostname: h}
        """,
        groups="a: {groups: [c]}\nb: {platform: cisco_ios}\nc: {data: {x: 1}}\n",
        defaults="username: u\ndata: {y: 2}\n",
    )
    first, again = Site.load(settings), Site.load(settings)
    assert len(snapshots(settings)) == 1
    assert first.inventory.dict() == again.inventory.dict() == nornirs_own(settings.site)
    assert first.revision == again.revision


def test_groups_and_defaults_may_be_missing_or_empty(write_site: WriteSite) -> None:
    assert list(Site.load(write_site("leaf1:\nleaf2: {}\n")).devices) == ["leaf1", "leaf2"]
    empty = write_site("leaf1: {data: null, groups: null}\n", groups="", defaults="# nothing yet\n")
    assert Site.load(empty).devices["leaf1"].groups == ()


@pytest.mark.parametrize("hosts", ["", "# nothing\n", "{}\n"])
def test_an_inventory_without_a_host_is_refused(write_site: WriteSite, hosts: str) -> None:
    assert "no host" in str(refusal(write_site(hosts)))


def test_a_missing_hosts_file_says_how_to_make_one(write_site: WriteSite) -> None:
    settings = write_site(None)
    error = refusal(settings)
    assert error.path == str(settings.site / "inventory" / "hosts.yaml")
    assert "netpulse init" in error.hint


def test_the_other_suffix_is_noticed(write_site: WriteSite) -> None:
    settings = write_site(None)
    (settings.site / "inventory" / "hosts.yml").write_text("leaf1:\n")
    assert "rename" in refusal(settings).hint


@pytest.mark.parametrize(
    ("hosts", "line", "key", "words"),
    [
        ("leaf1:\n  hostnam: x\n", 2, "leaf1.hostnam", "did you mean 'hostname'"),
        ("leaf1:\n  port: '22'\n", 2, "leaf1.port", "the text '22'"),
        ("leaf1:\n  port: 70000\n", 2, "leaf1.port", "70000 is not a port"),
        ("leaf1:\n  port: true\n", 2, "leaf1.port", "true or false"),
        ("leaf1:\n  hostname: 10\n", 2, "leaf1.hostname", "expected text"),
        ("leaf1:\n  groups: core\n", 2, "leaf1.groups", "expected a list"),
        ("leaf1:\n  groups:\n    - croe\n", 3, "leaf1.groups.0", "did you mean 'core'"),
        ("leaf1:\n  groups: [[core]]\n", 2, "leaf1.groups.0", "no group a list"),
        ("leaf1:\n  data: [1]\n", 2, "leaf1.data", "expected a mapping"),
        ("leaf1: text\n", 1, "leaf1", "expected a mapping"),
        ("- leaf1\n", 0, "", "expected a mapping of host names"),
        ("10: {}\n", 1, "10", "must be text"),
        ("leaf1:\n  name: leaf2\n", 2, "leaf1.name", "'leaf1'"),
        ("leaf1:\n  port: 1\n  port: 2\n", 3, "leaf1.port", "twice"),
        ("leaf1:\n  connection_options: [1]\n", 2, "leaf1.connection_options", "expected a mapping"),
        ("leaf1:\n  connection_options:\n    netmiko: 5\n", 3, "leaf1.connection_options.netmiko", "a number"),
        ("leaf1:\n  connection_options:\n    netmiko:\n      fast_cli: true\n", 4,
         "leaf1.connection_options.netmiko.fast_cli", "unknown key"),
        ("leaf1:\n  connection_options:\n    netmiko:\n      extras: 5\n", 4,
         "leaf1.connection_options.netmiko.extras", "expected a mapping"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_key(
    write_site: WriteSite, hosts: str, line: int, key: str, words: str
) -> None:
    error = refusal(write_site(hosts, groups="core:\n"))
    assert (Path(error.path).name, error.line, error.key) == ("hosts.yaml", line, key)
    assert words in str(error)


def test_a_password_of_the_wrong_type_is_not_shown(write_site: WriteSite) -> None:
    assert "12345678" not in str(refusal(write_site("leaf1: {password: 12345678}\n")))


def test_a_group_that_contains_itself_is_told_once_with_its_ring(write_site: WriteSite) -> None:
    groups = "a: {groups: [b]}\nb: {groups: [c]}\nc: {groups: [a]}\nd: {groups: [a]}\n"
    error = refusal(write_site("leaf1: {groups: [a]}\n", groups=groups))
    assert "a > b > c > a" in str(error)
    assert "more" not in error.hint


def test_more_mistakes_are_counted(write_site: WriteSite) -> None:
    assert "1 more problem" in refusal(write_site("leaf1: {port: x}\nleaf2: {port: y}\n")).hint


def test_a_snapshot_is_private_and_replaces_the_one_before(write_site: WriteSite) -> None:
    settings = write_site("leaf1:\n")
    Site.load(settings)
    before = snapshots(settings)
    Site.load(write_site("leaf2:\n"))
    after = snapshots(settings)
    assert len(before) == len(after) == 1
    assert before != after
    assert after[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "hosts",
    [
        "leaf1: {password: hunter2}\n",
        "leaf1: {data: {snmp_community: public}}\n",
        "leaf1: {connection_options: {netmiko: {extras: {secret: hunter2}}}}\n",
        "leaf1: {data: {vlans: {10: users}}}\n",
        "leaf1: {data: {since: 2025-01-31}}\n",
    ],
)
def test_no_snapshot_holds_a_clear_secret_or_says_something_else(write_site: WriteSite, hosts: str) -> None:
    settings = write_site(hosts)
    assert Site.load(settings).inventory.dict() == Site.load(settings).inventory.dict()
    assert not snapshots(settings)


def test_numbers_as_keys_and_dates_stay_what_they_are(write_site: WriteSite) -> None:
    site = Site.load(write_site("leaf1: {data: {vlans: {10: users}, since: 2025-01-31}}\n"))
    assert site.devices["leaf1"].data == {"vlans": {10: "users"}, "since": date(2025, 1, 31)}


@pytest.mark.parametrize("content", [b"", b"{}", b'"00"\n{}', b"\xff\xfe"])
def test_a_broken_snapshot_is_ignored_and_written_again(write_site: WriteSite, content: bytes) -> None:
    settings = write_site("leaf1: {data: {role: leaf}}\n")
    Site.load(settings)
    (snapshot,) = snapshots(settings)
    good = snapshot.read_bytes()
    snapshot.write_bytes(content)
    assert Site.load(settings).devices["leaf1"].data == {"role": "leaf"}
    assert snapshot.read_bytes() == good
    assert json.loads(good.splitlines()[1])["hosts"]["leaf1"]


def test_a_state_folder_that_cannot_be_written_is_no_reason_to_fail(write_site: WriteSite) -> None:
    settings = write_site("leaf1:\n")
    settings.state.write_text("a file where a folder should be")
    assert list(Site.load(settings).devices) == ["leaf1"]


class TwoBoxes:
    """A Nornir inventory plugin as a third party would write it."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def load(self) -> Inventory:
        if not self.names:
            raise ConnectionError("the source of truth is away")
        given = {"misspelt": "netpulse_jmp", "strange": "netpulse_slotz", "capital": "Netpulse-Drivr"}
        datas = {name: {given[name]: "x"} if name in given else None for name in self.names}
        return Inventory(Hosts({name: Host(name, port="22", data=data) for name, data in datas.items()}))  # type: ignore[arg-type]


@pytest.fixture
def plugin() -> Any:
    InventoryPluginRegister.register("two_boxes", TwoBoxes)
    yield
    InventoryPluginRegister.deregister("two_boxes")


def of_plugin(site: Path, name: str = "two_boxes", **options: Any) -> Settings:
    return Settings(site=site, inventory_plugin=name, inventory_options=options)


@pytest.mark.usefixtures("plugin")
def test_an_inventory_plugin_is_used_and_its_revision_is_its_content(tmp_path: Path) -> None:
    one, same = (Site.load(of_plugin(tmp_path, names=["a", "b"])) for _ in range(2))
    other = Site.load(of_plugin(tmp_path, names=["a", "c"]))
    assert list(one.devices) == ["a", "b"]
    assert one.devices["a"].port == 22
    assert one.revision == same.revision != other.revision


@pytest.mark.usefixtures("plugin")
def test_a_failing_inventory_plugin_is_named(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"two_boxes.*the source of truth is away"):
        Site.load(of_plugin(tmp_path, names=[]))


@pytest.mark.usefixtures("plugin")
def test_options_an_inventory_plugin_does_not_take_are_told(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="unexpected keyword"):
        Site.load(of_plugin(tmp_path, colour="blue"))


@pytest.mark.usefixtures("plugin")
def test_an_unknown_inventory_plugin_is_answered_with_the_closest(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="did you mean 'two_boxes'"):
        Site.load(of_plugin(tmp_path, name="two_boxs"))


def test_a_file_that_cannot_be_read_is_named(write_site: WriteSite) -> None:
    settings = write_site("leaf1:\n")
    (settings.site / "inventory" / "extra.yaml").symlink_to("nowhere")
    error = refusal(settings)
    assert "cannot be read" in str(error)
    assert error.path.endswith("extra.yaml")


@pytest.mark.usefixtures("plugin")
def test_a_misspelt_option_that_an_inventory_plugin_gives_is_warned_of(tmp_path: Path) -> None:
    (found,) = (
        notice for notice in examine(of_plugin(tmp_path, names=["misspelt"])) if "username" not in notice.message
    )
    assert (found.severity, found.key) == ("warning", "hosts.misspelt.data.netpulse_jmp")
    assert found.message.endswith("did you mean 'netpulse_jump'?")


@pytest.mark.usefixtures("plugin")
def test_an_option_in_another_case_is_seen_and_one_that_resembles_none_is_taken_for_none(tmp_path: Path) -> None:
    notices = examine(of_plugin(tmp_path, names=["capital", "strange"]))
    assert [one.message for one in notices if "option" in one.message] == [
        "no option 'Netpulse-Drivr', so nothing heeds it; did you mean 'netpulse_driver'?",
        "no option 'netpulse_slotz', so nothing heeds it",
    ]
