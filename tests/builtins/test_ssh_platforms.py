"""Platforms are files: those shipped are whole, a site adds its own, and a wrong one is told by file and line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netpulse_core import errors
from netpulse_core.builtins.ssh import add_platforms, catalogue
from netpulse_core.builtins.ssh.driver import Ssh
from tests.builtins.actors import Pieces, session

ACME = r"""
name: acme_os
sentence: ACME's switches
aliases: [acme]
like: cisco_ios
prompts:
  privileged: '(?P<host>\w+) ready'
  configuration: '(?P<host>\w+) changing'
configuration:
  enter: change
  leave: done
  save: keep
reads:
  - 'list \w+'
refuses:
  - 'sorry, '
notices:
  - '% warning'
"""


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """What a test added is gone after it."""
    yield
    catalogue._added.clear()


def test_the_platforms_of_the_mission_are_there() -> None:
    assert {"ios", "nxos", "eos", "junos", "frr", "linux"} <= Ssh().abilities().keys()
    assert Ssh().abilities()["junos"] == ["read", "configure", "commit"]
    assert Ssh().abilities()["linux"] == ["read"]


@pytest.mark.parametrize("alias", ["cisco_ios", "cisco_xe", "cisco_nxos", "arista_eos", "juniper_junos", "IOS"])
def test_netmiko_s_and_napalm_s_names_are_known(alias: str) -> None:
    assert catalogue.find(alias).name in {"ios", "nxos", "eos", "junos"}


@pytest.mark.parametrize(
    ("platform", "prompt", "mode"),
    [
        ("ios", "leaf1#", "privileged"),
        ("ios", "leaf1>", "user"),
        ("ios", "leaf1(config-if)#", "configuration"),
        ("ios", "a-very-long-name-of-(config)#", "configuration"),
        ("nxos", "n9k-1(config-if-range)#", "configuration"),
        ("eos", "leaf1(s2)(config-s-x)#", "configuration"),
        ("eos", "leaf1.ams1>", "user"),
        ("junos", "netops@mx1>", "operational"),
        ("junos", "netops@mx1-re0#", "configuration"),
        ("frr", "r1(config-router-af)#", "configuration"),
        ("linux", "netops@server:~$", "login"),
        ("linux", "netpulse$", "shell"),
        ("ios", "####", ""),
        ("ios", "% Invalid input>", ""),
        ("ios", "Password:", ""),
    ],
)
def test_a_prompt_tells_the_mode(platform: str, prompt: str, mode: str) -> None:
    prompts = catalogue.find(platform).prompts.items()
    assert next((name for name, pattern in prompts if pattern.fullmatch(prompt)), "") == mode


@pytest.mark.parametrize(
    ("platform", "answer", "refused"),
    [
        ("ios", "    ^\n% Invalid input detected at '^' marker.\n", "% Invalid input detected at '^' marker."),
        ("ios", "%Warning: portfast should only be enabled on ports connected to a single host", None),
        ("nxos", "ERROR: Deleting the vlan failed", "ERROR: Deleting the vlan failed"),
        ("eos", "% Unavailable command (not supported on this hardware platform)", "% Unavailable command"),
        ("junos", "                      ^\nsyntax error.", "syntax error."),
        ("junos", "warning: statement not found", None),
        ("frr", "BGP is already running; AS is 65001", "BGP is already running; AS is 65001"),
        ("frr", "% Unknown command: bogus", "% Unknown command: bogus"),
    ],
)
def test_a_refused_line_of_configuration_is_noticed(platform: str, answer: str, refused: str | None) -> None:
    said = catalogue.find(platform).refusal(answer, configuring=True)
    assert said is None if refused is None else said is not None and said.startswith(refused)


def test_a_site_adds_a_platform_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text(ACME)
    assert not Ssh().is_read("acme", "list ports")
    add_platforms(tmp_path)
    assert Ssh().is_read("acme", "list ports")
    assert not Ssh().is_read("acme", "erase ports")
    answers: dict[str, Pieces] = {
        "list ports": [b"1 2 3\r\n"],
        "change": [b"core1 changing", b"..."],
        "port 1 up": [b"% warning: flaps\r\n", b"core1 changing", b"..."],
        "port 9 up": [b"sorry, no such port\r\n", b"core1 changing", b"..."],
        "keep": [b"kept\r\n"],
    }
    greeting: Pieces = (b"\r\nhello\r\ncore1 ready",)
    with session(answers, platform="acme", prompt=b"core1 ready", greeting=greeting) as connection:
        assert connection.send_command("list ports") == "1 2 3"
        assert connection.send_config(["port 1 up"], save=True).committed == "kept"
        assert "port 9 up" in str(connection.send_config(["port 9 up"]).error)
        assert Ssh().at_rest(connection)


def test_a_site_s_platform_goes_before_one_of_ours(tmp_path: Path) -> None:
    (tmp_path / "ios.yaml").write_text(ACME.replace("name: acme_os", "name: ios"))
    add_platforms(tmp_path)
    assert Ssh().is_read("ios", "list ports")
    assert catalogue.find("ios").sentence == "ACME's switches"


@pytest.mark.parametrize(
    ("wrong", "line", "why"),
    [
        (("like: cisco_ios", "lke: cisco_ios"), 5, "lke"),
        (("'(?P<host>\\w+) ready'", "'(\\w+) ready'"), 7, "needs a group `host`"),
        (("'sorry, '", "'sorry, ('"), 16, "regular expression"),
        (("  save: keep", "  commit: commit"), 9, "needs a `discard`"),
        (("  enter: change", '  enter: "change\\n"'), 10, "one line"),
        (("aliases: [acme]", "aliases: [acme"), 5, ""),
    ],
)
def test_a_wrong_file_is_told_by_line(tmp_path: Path, wrong: tuple[str, str], line: int, why: str) -> None:
    path = tmp_path / "acme.yaml"
    assert wrong[0] in ACME
    path.write_text(ACME.replace(*wrong))
    with pytest.raises(errors.SiteError) as caught:
        add_platforms(tmp_path)
    assert f"{path}:{line}" in str(caught.value)
    assert why in str(caught.value)
    assert catalogue.get("acme") is None


def test_an_unknown_platform_is_told_with_what_is_near() -> None:
    with pytest.raises(errors.NotFound, match="did you mean 'cisco_ios'"):
        catalogue.find("cisco_io")
