"""What follows a banner is judged, however the banner is written: one that hides it would let anything pass."""

from __future__ import annotations

import pytest

from netpulse_core.compliance.rules.means import Kept
from netpulse_core.configs.normalising import normalised
from netpulse_core.configs.platforms import fitting
from netpulse_core.model.check import FindingVerdict
from tests.compliance.rules.conftest import Judge

AFTER = "alias exec wr copy run start\nsnmp-server community public RO\n!\nend\n"
PUBLIC = {"must_not_contain": [{"regex": "^snmp-server community public"}]}

BANNERS = [
    ("cisco_ios", "banner motd ^CWelcome to leaf1^C"),
    ("cisco_ios", "banner motd ^CWelcome to\nthe router^C"),
    ("cisco_ios", "banner motd ^C^C"),
    ("cisco_ios", "banner motd ^C\nWelcome\n!\n^C"),
    ("cisco_ios", "banner login #Welcome#"),
    ("cisco_ios", "crypto isakmp client configuration group x\n banner ^C Welcome ^C"),
    ("cisco_ios", "crypto isakmp client configuration group x\n banner ^C\n Welcome\n ^C"),
    ("cisco_ios", "parameter-map type webauth global\n banner text ^C\nWelcome\n^C"),
    ("cisco_ios", "parameter-map type webauth global\n banner title Welcome"),
    ("cisco_ios", "parameter-map type webauth global\n banner title Guest portal"),
    ("cisco_ios", "parameter-map type webauth global\n banner file bootflash:x.html"),
    ("cisco_ios", "parameter-map type webauth global\n banner file flash:webauth.html"),
    ("cisco_ios", 'webvpn context x\n policy group y\n  banner "Login ok"'),
    ("cisco_xr", "section\n banner title Welcome"),
    ("cisco_nxos", "section\n  banner title Welcome"),
    ("arista_eos", "section\n   banner title"),
    ("nobody_knows", "section\n banner title /"),
    ("cisco_xr", "banner motd $ Welcome $"),
    ("cisco_nxos", "banner motd #Welcome#"),
    ("cisco_nxos", "banner motd !Welcome\nto leaf1!"),
    ("cisco_nxos", "banner motd ##"),
    ("arista_eos", "banner motd\nWelcome\n!\nEOF"),
    ("cisco_asa", "banner motd Welcome\nbanner motd #1 of two\nbanner motd Welcome"),
    ("frr", "banner motd line Welcome"),
    ("aruba_osswitch", 'banner motd "Welcome"'),
    ("ruijie_os", "banner motd ^C\n****\n****\n^C"),
    ("nobody_knows", "banner motd %\nWelcome\n%"),
    ("nobody_knows", "banner motd - words - and\nbanner motd more words"),
]


@pytest.mark.parametrize(("platform", "banner"), BANNERS)
def test_what_follows_a_banner_is_judged(judge: Judge, platform: str, banner: str) -> None:
    config = f"hostname leaf1\n{banner}\n{AFTER}"
    found = judge(PUBLIC, config, platform=platform)
    assert found.verdict is FindingVerdict.FAIL
    assert found.extra == ("snmp-server community public RO",)
    assert (
        judge({"must_contain": ["hostname leaf1", "alias exec wr copy run start"]}, config, platform=platform).verdict
        == "pass"
    )


@pytest.mark.parametrize(("platform", "banner"), BANNERS)
def test_a_backup_without_comments_is_judged_as_the_device_is(judge: Judge, platform: str, banner: str) -> None:
    kept = Kept(normalised(f"hostname leaf1\n{banner}\n{AFTER}", fitting(platform)))
    assert judge(PUBLIC, platform=platform, kept=kept, source="backup").verdict is FindingVerdict.FAIL


@pytest.mark.parametrize(
    ("platform", "banner"),
    [
        ("cisco_ios", "banner motd ^Ctransport input ssh\nline vty 0 4^C"),
        ("arista_eos", "banner motd\nline vty 0 4\nEOF"),
    ],
)
def test_a_banner_is_one_line_as_it_is_written(judge: Judge, platform: str, banner: str) -> None:
    config = f"hostname leaf1\n{banner}\n{AFTER}"
    assert judge({"must_contain": [{"regex": "(?s)^banner motd.*vty 0 4"}]}, config, platform=platform).found == (
        banner,
    )
    assert judge({"must_contain": ["line vty 0 4"]}, config, platform=platform).verdict is FindingVerdict.FAIL


@pytest.mark.parametrize(("platform", "banner"), [("cisco_nxos", "banner motd #"), ("arista_eos", "banner motd")])
def test_a_banner_that_never_ends_is_an_error(judge: Judge, platform: str, banner: str) -> None:
    found = judge(PUBLIC, f"hostname leaf1\n{banner}\nWelcome\n{AFTER}", platform=platform)
    assert found.verdict is FindingVerdict.ERROR
    assert f"the banner that begins with `{banner}` never ends" in found.why


def test_the_text_of_a_banner_within_a_section_is_no_line(judge: Judge) -> None:
    config = f"parameter-map type webauth global\n banner text ^C\nline vty 0 4\n^C\n{AFTER}"
    assert judge({"must_contain": ["line vty 0 4"]}, config, platform="cisco_ios").verdict is FindingVerdict.FAIL
