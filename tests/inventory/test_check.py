"""Everything that is wrong with a site is told at once, and no secret with it."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from netpulse_core.errors import SiteError
from netpulse_core.inventory.check import Notice, examine
from netpulse_core.inventory.site import Site
from netpulse_core.settings import Settings
from tests.inventory.conftest import WriteSite


def told(notices: Iterable[Notice]) -> list[tuple[str, str, int, str]]:
    return [(notice.severity, notice.path.name, notice.line, notice.key) for notice in notices]


def test_a_good_site_has_nothing_to_tell() -> None:
    assert examine(Settings(site=Path(__file__).parents[2])) == []


def test_all_errors_of_all_files_are_told(write_site: WriteSite) -> None:
    settings = write_site(
        "leaf1: {port: x}\nleaf2: {groups: [nope]}\n",
        groups="a: {groups: [a]}\nb: {colour: red}\n",
        defaults="port: 0\n",
    )
    (settings.site / "netpulse.toml").write_text("slotts = 1\n")
    assert told(examine(settings)) == [
        ("error", "netpulse.toml", 1, "slotts"),
        ("error", "hosts.yaml", 1, "leaf1.port"),
        ("error", "hosts.yaml", 2, "leaf2.groups.0"),
        ("error", "groups.yaml", 2, "b.colour"),
        ("error", "groups.yaml", 1, "a.groups"),
        ("error", "defaults.yaml", 1, "port"),
    ]


def test_a_number_that_a_template_would_write_in_another_way_is_told(write_site: WriteSite) -> None:
    settings = write_site(
        """\
        leaf1:
          username: ada
          port: 22
          data: {asn: 65000.10, sw: '17.10', mtu: 9216, load: 0.5}
        leaf2:
          username: ada
          data:
            vlans:
            - id: 0100
            - {12e5: x, ok: -5, on: true}
        """,
        groups="a:\n  data: {mask: 0x1F}\n",
        defaults="data:\n  sw: 17.10\n",
    )
    found = examine(settings)
    assert told(found) == [
        ("warning", "hosts.yaml", 4, "leaf1.data.asn"),
        ("warning", "hosts.yaml", 9, "leaf2.data.vlans.0.id"),
        ("warning", "hosts.yaml", 10, "leaf2.data.vlans.1.1200000.0"),
        ("warning", "groups.yaml", 2, "a.data.mask"),
        ("warning", "defaults.yaml", 2, "data.sw"),
    ]
    assert all(notice.hint.startswith("quote it") for notice in found)


def test_files_that_are_not_yaml_are_all_told(write_site: WriteSite) -> None:
    settings = write_site("a: [\n", groups="a: {\n", defaults="username: u\npassword: hunter2\n")
    found = told(examine(settings))
    assert [(severity, name) for severity, name, _, _ in found] == [
        ("error", "hosts.yaml"),
        ("error", "groups.yaml"),
        ("warning", "defaults.yaml"),
    ]


def test_a_missing_hosts_file_is_told(write_site: WriteSite) -> None:
    assert told(examine(write_site(None))) == [("error", "hosts.yaml", 0, "")]


def test_clear_secrets_are_warned_of_and_never_shown(write_site: WriteSite) -> None:
    settings = write_site(
        """
        leaf1:
          password: hunter2
          connection_options:
            netmiko:
              password: hunter2
              extras:
                secret: hunter2
          data: {snmp: {auth_key: hunter2}}
        """,
        groups="g: {password: hunter2}\n",
        defaults="username: u\npassword: env:OK\n",
    )
    notices = examine(settings)
    assert told(notices) == [
        ("warning", "hosts.yaml", 3, "leaf1.password"),
        ("warning", "hosts.yaml", 6, "leaf1.connection_options.netmiko.password"),
        ("warning", "hosts.yaml", 8, "leaf1.connection_options.netmiko.extras.secret"),
        ("warning", "hosts.yaml", 9, "leaf1.data.snmp.auth_key"),
        ("warning", "groups.yaml", 1, "g.password"),
    ]
    assert "hunter2" not in repr(notices) + "".join(map(str, notices))
    assert all("env:" in notice.hint for notice in notices)


def test_a_number_and_a_list_are_secrets_in_clear_too(write_site: WriteSite) -> None:
    settings = write_site(
        """
        leaf1:
          username: u
          data:
            netpulse_jump: {hostname: jump, username: u, password: "4711"}
            enable_secret: 12345678
            token: [first, second]
            psk: false
        """
    )
    assert told(examine(settings)) == [
        ("warning", "hosts.yaml", 5, "leaf1.data.netpulse_jump.password"),
        ("warning", "hosts.yaml", 6, "leaf1.data.enable_secret"),
        ("warning", "hosts.yaml", 7, "leaf1.data.token.0"),
        ("warning", "hosts.yaml", 7, "leaf1.data.token.1"),
    ]
    with pytest.raises(SiteError, match="a secret in clear, and 3 more"):
        Site.load(settings.model_copy(update={"broker": "redis://elsewhere"}))


def test_a_host_without_a_username_is_warned_of(write_site: WriteSite) -> None:
    settings = write_site(
        "a: {username: u}\nb: {}\nc: {groups: [g]}\nd: {connection_options: {netmiko: {username: u}}}\n",
        groups="g: {username: u}\n",
    )
    assert told(examine(settings)) == [("warning", "hosts.yaml", 2, "b")]


def test_other_rooms_tell_of_theirs_and_one_that_stops_does_not_hide_the_next(write_site: WriteSite) -> None:
    def schedules(settings: Settings) -> Iterable[Notice]:
        raise SiteError("unknown key", path=settings.site / "schedules" / "a.yaml", line=4, key="crn")

    def plugins(settings: Settings) -> Iterable[Notice]:
        yield Notice(severity="warning", path=settings.site / "plugins" / "b.py", message="odd")

    settings = write_site("leaf1: {username: u}\n")
    assert told(examine(settings, (schedules, plugins))) == [
        ("error", "a.yaml", 4, "crn"),
        ("warning", "b.py", 0, ""),
    ]


def test_an_unknown_inventory_plugin_is_told(tmp_path: Path) -> None:
    (notice,) = examine(Settings(site=tmp_path, inventory_plugin="nope"))
    assert notice.key == "inventory_plugin"


def test_connections_on_which_credentials_can_be_read_are_warned_of(write_site: WriteSite) -> None:
    settings = write_site(
        """
        leaf1:
          username: u
          data: {connection_options: {http: {extras: {verify: false}}}}
          connection_options:
            http: {extras: {verify: false}}
            eapi: {extras: {scheme: http, verify: true}}
            napalm: {extras: {optional_args: {verify: false, transport: telnet}}}
        """,
        defaults="connection_options: {http: {extras: {verify: false}}}\n",
    )
    assert told(examine(settings)) == [
        ("warning", "hosts.yaml", 6, "leaf1.connection_options.http.extras.verify"),
        ("warning", "hosts.yaml", 7, "leaf1.connection_options.eapi.extras.scheme"),
        ("warning", "hosts.yaml", 8, "leaf1.connection_options.napalm.extras.optional_args.verify"),
        ("warning", "hosts.yaml", 8, "leaf1.connection_options.napalm.extras.optional_args.transport"),
        ("warning", "defaults.yaml", 1, "connection_options.http.extras.verify"),
    ]


def test_a_misspelt_option_is_warned_of_once_where_it_is_written(write_site: WriteSite) -> None:
    settings = write_site(
        """
        leaf1:
          groups: [leaf]
          connection_options:
            netmiko:
              extras: {netpulse_conect_timeout: 5, netpulse_exec_timeout: 3}
        leaf2: {groups: [leaf], data: {deep: {netpulse_x: 1}, netpulse_driver: ssh}}
        data: {groups: [leaf]}
        """,
        groups="leaf: {data: {netpulse_idle_timout: 30, netpulse_max_sessions: 2}}\n",
        defaults="username: u\ndata: {netpulse_drivr: ssh, netpulse_jump: null}\n",
    )
    found = examine(settings)
    assert told(found) == [
        ("warning", "hosts.yaml", 6, "leaf1.connection_options.netmiko.extras.netpulse_conect_timeout"),
        ("warning", "groups.yaml", 1, "leaf.data.netpulse_idle_timout"),
        ("warning", "defaults.yaml", 2, "data.netpulse_drivr"),
    ]
    assert [notice.message.partition("; ")[2] for notice in found] == [
        "did you mean 'netpulse_connect_timeout'?",
        "did you mean 'netpulse_idle_timeout'?",
        "did you mean 'netpulse_driver'?",
    ]


@pytest.mark.parametrize("text", ["", "# nothing\n", "null\n", "{}\n"])
def test_an_empty_hosts_file_has_no_host(write_site: WriteSite, text: str) -> None:
    (said,) = examine(write_site(text))
    assert (said.path.name, said.message) == ("hosts.yaml", "there is no host in this file")


@pytest.mark.parametrize("text", ["", "# nothing\n", "null\n", "{}\n"])
def test_empty_groups_and_defaults_say_nothing(write_site: WriteSite, text: str) -> None:
    settings = write_site("leaf1: {username: me}\n", groups=text, defaults=text)
    assert examine(settings) == []
    assert list(Site.load(settings).devices) == ["leaf1"]


@pytest.mark.parametrize("name", ["hosts", "groups", "defaults"])
@pytest.mark.parametrize("text", ["5\n", "true\n", "2026-01-01\n", "word\n"])
def test_a_file_of_one_value_is_told_as_what_it_is(write_site: WriteSite, name: str, text: str) -> None:
    files = {"hosts": "leaf1: {username: me}\n", name: text}
    (said,) = examine(write_site(**files))
    assert said.path.name == f"{name}.yaml"
    assert said.message.startswith("expected a mapping")
