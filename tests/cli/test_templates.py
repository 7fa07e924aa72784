"""`netpulse templates`, `render`, `parse`: what a person sees, and what a pipe gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.api.service import service
from tests.cli.conftest import Netpulse

pytestmark = pytest.mark.thorough

TEMPLATE = "hostname {{ name }}\n{% for one in servers %}\nntp server {{ one }}\n{% endfor %}"
BRIEF = """\
Interface              IP-Address      OK? Method Status                Protocol
Ethernet0/0            10.0.0.1        YES NVRAM  up                    up
"""


@pytest.fixture
def made(site: Path) -> Path:
    (site / "templates").mkdir(exist_ok=True)
    (site / "templates" / "ntp.j2").write_text(TEMPLATE)
    return site


@pytest.mark.thorough
def test_a_template_is_rendered_and_what_it_lacks_is_named(netpulse: Netpulse, made: Path) -> None:
    lacking = netpulse("render", "ntp.j2", "--device", "leaf1", cwd=made)
    assert lacking.returncode == 2
    assert "templates/ntp.j2:2: variable 'servers' is not set" in lacking.stderr
    said = netpulse("render", "ntp.j2", "-d", "leaf1", "--var", 'servers=["10.0.0.1"]', "--explain", cwd=made)
    assert said.returncode == 0, said.stderr
    assert said.stdout == "hostname leaf1\nntp server 10.0.0.1\n"
    assert "ntp.j2 is the site's own" in said.stderr
    assert "needs servers, at templates/ntp.j2:2" in said.stderr


@pytest.mark.thorough
def test_what_a_device_said_is_parsed(netpulse: Netpulse, made: Path) -> None:
    (made / "brief.txt").write_text(BRIEF)
    asked = ("parse", "brief.txt", "--platform", "cisco_ios", "--command", "sh ip int br")
    said = netpulse(*asked, "--explain", cwd=made)
    assert said.returncode == 0, said.stderr
    heading, row = (line.split() for line in said.stdout.splitlines())
    assert heading == ["INTERFACE", "IP_ADDRESS", "STATUS", "PROTO"]
    assert row == ["Ethernet0/0", "10.0.0.1", "up", "up"]
    assert "ntc_templates:index: platform 'cisco_ios', command 'sh[[ow]] ip int[[erface]] br[[ief]]'" in said.stderr
    document = json.loads(netpulse(*asked, "--json", cwd=made).stdout)
    assert document["records"][0]["interface"] == "Ethernet0/0"


@pytest.mark.thorough
def test_no_record_is_said_and_is_no_success(netpulse: Netpulse, made: Path) -> None:
    (made / "none.txt").write_text(BRIEF.splitlines()[0] + "\n")
    said = netpulse("parse", "none.txt", "-p", "cisco_ios", "-c", "show ip interface brief", cwd=made)
    assert (said.returncode, said.stdout) == (4, "")
    assert "suspect: no record came of 1 line that is not blank" in said.stderr


@pytest.mark.thorough
def test_templates_are_listed_the_packages_on_demand(netpulse: Netpulse, made: Path) -> None:
    said = netpulse("templates", cwd=made)
    assert said.stdout.splitlines()[1].split() == ["ntp.j2", "jinja2", "site"]
    assert "templates of packages: --all lists them" in said.stdout
    some = netpulse("templates", "cisco_ios_show_clock", cwd=made).stdout
    assert some.splitlines()[1].split() == [
        "cisco_ios_show_clock.textfsm",
        "textfsm",
        "ntc-templates",
        some.split()[-1],
    ]


def test_a_template_newer_than_the_service_is_warned_of(tmp_path: Path, said: Callable[..., Result]) -> None:
    with service(tmp_path / "site") as served:
        (tmp_path / "key").write_text(served.key)
        words = (
            "--url",
            served.url,
            "--key-file",
            tmp_path / "key",
            "render",
            "ntp.j2",
            "-d",
            "leaf1",
            "--var",
            "prefer=1",
        )
        assert said(*words).stderr == ""
        (tmp_path / "site" / "templates" / "ntp.j2").write_text("new\n")
        done = said(*words)
    assert (done.exit_code, done.stdout) == (0, "leaf1 prefers\n")
    assert done.stderr.startswith("warning: the site's files have changed since this process read them: restart it")
