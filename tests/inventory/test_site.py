"""The revision is the content, and a selection is never silently empty."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from netpulse_core.errors import InvalidParameters, Refused, SiteError
from netpulse_core.inventory.site import CHANGED, Site
from netpulse_core.settings import Settings
from tests.inventory.conftest import WriteSite

HOSTS = """
    leaf1: {groups: [leaf], data: {role: leaf, site: ams}}
    leaf2: {groups: [leaf], data: {role: leaf, site: fra}}
    spine1: {data: {role: spine, site: ams}}
    """


def test_the_revision_follows_content_and_names_and_nothing_else(write_site: WriteSite) -> None:
    settings = write_site()
    site = settings.site

    def now() -> str:
        return Site.load(settings).revision

    first = now()
    assert len(first) >= 12
    (site / "netpulse.toml").write_text("slots = 3\n")
    (site / "schedules").mkdir()
    (site / "schedules" / "a.yaml").write_text("runbook: x\n")
    (site / "plugins" / "__pycache__").mkdir(parents=True)
    (site / "plugins" / "__pycache__" / "a.pyc").write_bytes(b"x")
    (site / "plugins" / ".swap").write_bytes(b"x")
    assert now() == first
    (site / "plugins" / "a.py").write_text("")
    second = now()
    (site / "plugins" / "a.py").rename(site / "plugins" / "b.py")
    third = now()
    (site / "templates").mkdir()
    (site / "templates" / "x.j2").write_text("x")
    assert len({first, second, third, now()}) == 4


def test_moving_text_between_files_is_another_revision(write_site: WriteSite) -> None:
    one = Site.load(write_site("leaf1:\n", groups="a:\n")).revision
    two = Site.load(write_site("leaf1:\na:\n", groups="")).revision
    assert one != two


def test_devices_are_selected_in_the_order_of_the_inventory(write_site: WriteSite) -> None:
    site = Site.load(write_site(HOSTS, groups="leaf:\n"))
    assert [device.name for device in site.select("spine1,leaf1")] == ["leaf1", "spine1"]
    assert site.select("*") == list(site.devices.values())


@pytest.mark.parametrize("expression", ["", "  \n"])
def test_an_empty_target_is_refused_and_told_what_to_say(write_site: WriteSite, expression: str) -> None:
    with pytest.raises(Refused) as caught:
        Site.load(write_site(HOSTS, groups="leaf:\n")).select(expression)
    assert "`*`" in caught.value.hint


def test_a_target_that_selects_nothing_is_refused_with_what_was_tried(write_site: WriteSite) -> None:
    site = Site.load(write_site(HOSTS, groups="leaf:\n"))
    with pytest.raises(Refused) as caught:
        site.select("role=laef & site=ams")
    assert "role=laef" in caught.value.reason
    assert "role is one of leaf, spine" in caught.value.reason
    assert "netpulse devices" in caught.value.hint


def test_two_tests_that_never_meet_are_refused(write_site: WriteSite) -> None:
    with pytest.raises(Refused, match="no device matches 'role=spine & site=fra'"):
        Site.load(write_site(HOSTS, groups="leaf:\n")).select("role=spine & site=fra")


def test_a_misspelt_name_in_a_list_is_refused_rather_than_left_out(write_site: WriteSite) -> None:
    site = Site.load(write_site(HOSTS, groups="leaf:\n"))
    with pytest.raises(Refused, match="no device is named 'laef2'; did you mean 'leaf2'"):
        site.select("leaf1,laef2")


@pytest.mark.parametrize("expression", ["rloe=leaf", "rloe!=leaf", "leaf1 | rloe=*"])
def test_a_misspelt_key_is_answered_with_the_closest(write_site: WriteSite, expression: str) -> None:
    site = Site.load(write_site(HOSTS, groups="leaf:\n"))
    with pytest.raises(InvalidParameters, match="no device has 'rloe'; did you mean 'role'"):
        site.select(expression)


@pytest.mark.parametrize(
    "expression",
    ["role!=laef", "!role=laef", "role not in (spine, laef)", "leaf1 | !(site=ams & role=laef)"],
)
def test_a_misspelt_value_that_would_spare_devices_is_refused(write_site: WriteSite, expression: str) -> None:
    site = Site.load(write_site(HOSTS, groups="leaf:\n"))
    with pytest.raises(InvalidParameters, match="no device has role=laef; did you mean 'leaf'") as caught:
        site.select(expression)
    assert 'role!="laef"' in caught.value.hint
    with pytest.raises(InvalidParameters, match=r"no device has role=qqq .role is one of leaf, spine"):
        site.select(expression.replace("laef", "qqq"))
    site.meant(expression)  # what was written for another revision
    assert site.select(expression.replace("laef", '"laef"'))


@pytest.mark.parametrize(
    "expression",
    ["role=[leaf,spien]", "role in (leaf, spien)", "role=leaf | role=spien", "site=ams & (role=spien | leaf1)"],
)
def test_a_misspelt_alternative_is_refused_rather_than_lost_beside_the_others(
    write_site: WriteSite, expression: str
) -> None:
    site = Site.load(write_site(HOSTS, groups="leaf:\n"))
    with pytest.raises(Refused, match="no device has role=spien; did you mean 'spine'") as caught:
        site.select(expression)
    assert 'role="spien"' in caught.value.hint
    with pytest.raises(Refused, match=r"no device has role=qqq .role is one of leaf, spine"):
        site.select(expression.replace("spien", "qqq"))
    assert site.select(expression.replace("spien", '"spien"'))
    assert site.meant(expression) == site.narrowed(expression)  # what was written for another revision


@pytest.mark.parametrize(
    ("expression", "unknown"),
    [
        ("* & !lef*", "name=lef*"),
        ("role=leaf & site!=am?x", "site=am?x"),
        ("group!=gg*", "group=gg*"),
        ("!@gg*", "group=gg*"),
        ("leaf1 | !(role=leaf & site in (ams, lo*))", "site=lo*"),
    ],
)
def test_a_misspelt_pattern_that_would_spare_devices_is_refused(
    write_site: WriteSite, expression: str, unknown: str
) -> None:
    site = Site.load(write_site(HOSTS, groups="leaf:\nempty:\n"))
    with pytest.raises(InvalidParameters, match=rf"no device has {re.escape(unknown)} .*spare none") as caught:
        site.select(expression)
    assert "!@GROUP" in caught.value.hint
    assert site.narrowed(expression) == site.kept(expression) == site.meant(expression)  # for devices to come


@pytest.mark.parametrize("expression", ["* & !laef1", "role!=laef", "* & !@lef", "* & !(lab-* | role=laef)"])
def test_a_misspelt_word_that_would_spare_devices_is_refused_in_what_is_kept(
    write_site: WriteSite, expression: str
) -> None:
    site = Site.load(write_site(HOSTS, groups="leaf:\n"))
    for of in (site.narrowed, site.kept, site.select):
        with pytest.raises((InvalidParameters, Refused)):
            of(expression)


@pytest.mark.parametrize(
    ("expression", "unknown"),
    [("leaf*,spien*", "name=spien*"), ("role=[leaf,spien*]", "role=spien*"), ("@leaf | @gg*", "group=gg*")],
)
def test_a_misspelt_pattern_beside_others_is_refused(write_site: WriteSite, expression: str, unknown: str) -> None:
    site = Site.load(write_site(HOSTS, groups="leaf:\nempty:\n"))
    with pytest.raises(Refused, match=rf"no device has {re.escape(unknown)} .*fewer devices"):
        site.select(expression)
    assert site.narrowed(expression) == site.meant(expression)


@pytest.mark.parametrize(
    "expression", ["* & !lea*", "* & !@empty", "!@emp*", "leaf1 | role=*", "!vrf=* | vrf=*", "@leaf,@emp*"]
)
def test_a_pattern_that_is_like_something_is_taken(write_site: WriteSite, expression: str) -> None:
    assert Site.load(write_site(HOSTS.replace("fra", "fra, vrf: blue"), groups="leaf:\nempty:\n")).select(expression)


def test_a_misspelt_group_is_answered_with_the_closest(write_site: WriteSite) -> None:
    site = Site.load(write_site(HOSTS, groups="leaf:\nempty:\n"))
    with pytest.raises(InvalidParameters, match="no group 'laef'; did you mean 'leaf'"):
        site.select("@laef")
    with pytest.raises(Refused, match="nothing has @empty"):
        site.select("@empty")


def test_reading_a_site_loads_no_device_library(write_site: WriteSite) -> None:
    site = write_site().site
    code = (
        "import sys; from pathlib import Path; from netpulse_core.settings import Settings;"
        "from netpulse_core.inventory.site import Site; Site.load(Settings(site=Path(sys.argv[1]))).select('*');"
        "import netpulse_core.inventory.check, netpulse_core.inventory.scaffold;"
        "print([n for n in ('netmiko', 'paramiko', 'asyncssh', 'napalm', 'sqlalchemy', 'huey') if n in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code, str(site)], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_a_target_that_fails_on_files_edited_since_says_so(tmp_path: Path) -> None:
    (tmp_path / "inventory").mkdir()
    hosts = tmp_path / "inventory" / "hosts.yaml"
    hosts.write_text("leaf1: {hostname: 192.0.2.1}\n")
    site = Site.load(Settings(site=tmp_path))
    with pytest.raises(Refused) as before:
        site.select("leaf2")
    assert "restart" not in before.value.hint
    hosts.write_text("leaf1: {hostname: 192.0.2.1}\nleaf2: {hostname: 192.0.2.2}\n")
    with pytest.raises(Refused) as after:
        site.select("leaf2")
    assert after.value.hint == f"{CHANGED}; {before.value.hint}"


def test_over_a_broker_an_inventory_with_a_secret_in_clear_is_refused(write_site: WriteSite) -> None:
    plain = write_site("leaf1: {password: hunter2, data: {snmp_community: hush}}\nleaf2: {password: 'secret:core'}\n")
    Site.load(plain)  # embedded, `netpulse check` warns of it
    production = plain.model_copy(update={"broker": "redis://127.0.0.1:1"})
    with pytest.raises(
        SiteError, match=r"hosts\.leaf1\.data\.snmp_community: a secret in clear, and 1 more"
    ) as refused:
        Site.load(production)
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"
    Site.load(production.model_copy(update={"allow_clear_secrets": True}))
