"""Parsing: which template is chosen, what a result says of itself, and what bad templates cannot do."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from ntc_templates.parse import parse_output

from netpulse_core.errors import InvalidParameters, NotFound, TemplateFailed
from netpulse_core.text.service import Text
from tests.text.conftest import Texts, write

BRIEF = """\
Interface              IP-Address      OK? Method Status                Protocol
GigabitEthernet0/0     10.0.0.1        YES NVRAM  up                    up
GigabitEthernet0/1     unassigned      YES NVRAM  administratively down down
"""
STACK = """\
Switch/Stack Mac Address : 0018.ba60.de00 - Local Mac Address
Mac persistency wait time: Indefinite
                                             H/W   Current
Switch#   Role    Mac Address     Priority Version  State
-------------------------------------------------------------------------------------
*1       Active   0018.ba60.de00     15     V03     Ready
 2       Member   0018.ba60.ce00     14     V03     Ready

         Stack Port Status             Neighbors
Switch#  Port 1     Port 2           Port 1   Port 2
--------------------------------------------------------
  1        OK         OK                2        2
  2        OK         OK                1        1
"""
CATASTROPHE = "Value A ((a+)+)\n\nStart\n  ^${A}b$$ -> Record\n"
DOORS = (
    "Value DOOR (\\w+)\nValue STATE (open|shut)\n\nStart\n  ^door ${DOOR} ${STATE} -> Record\n  ^bell\n  ^. -> Error\n"
)
INDEX = "Template, Hostname, Platform, Command\ndoors.textfsm, .*, gate_os, sh[[ow]] doors\n"


@pytest.mark.thorough
def test_a_command_finds_its_template_abbreviated_too_and_the_result_says_what_it_is(texts: Texts) -> None:
    found = texts({}).parse(BRIEF, platform="cisco_ios", command="sh  ip int br")
    assert found.records == parse_output("cisco_ios", "show ip interface brief", BRIEF)
    assert (found.template, found.root) == ("cisco_ios_show_ip_interface_brief.textfsm", "ntc_templates")
    assert found.version.startswith("ntc-templates 9")
    assert (found.parser, found.lines, found.matched, found.suspect) == ("textfsm", 3, 2, "")
    assert "platform 'cisco_ios', command 'sh[[ow]] ip int[[erface]] br[[ief]]'" in found.why


def test_several_templates_of_one_row_are_merged_as_ntc_templates_does(texts: Texts) -> None:
    found = texts({}).parse(STACK, platform="cisco_ios", command="show switch detail")
    assert found.records == parse_output("cisco_ios", "show switch detail", STACK)
    assert "neighbor1" in found.records[0]
    assert found.template.count(":") == 1


def test_a_sites_template_wins_over_a_packages_and_its_index_is_asked_first(texts: Texts) -> None:
    mine = "Value PORT (\\S+)\n\nStart\n  ^${PORT}\\s+\\d -> Record\n"
    text = texts({"cisco_ios_show_ip_interface_brief.textfsm": mine, "doors.textfsm": DOORS, "index": INDEX})
    found = text.parse(BRIEF, platform="cisco_ios", command="show ip interface brief")
    assert (found.root, found.records, found.matched) == ("site", [{"port": "GigabitEthernet0/0"}], 1)
    assert text.parse("door east open\nbell", platform="gate_os", command="sho doors").records == [
        {"door": "east", "state": "open"}
    ]
    listed = {
        (one.root, one.hidden) for one in text.templates() if one.name.startswith("cisco_ios_show_ip_interface_b")
    }
    assert listed == {("site", False), ("ntc_templates", True)}
    theirs = "ntc_templates:cisco_ios_show_ip_interface_brief.textfsm"
    assert len(text.parse(BRIEF, template=theirs).records) == 2


def test_no_record_of_a_text_that_is_not_empty_is_suspect(texts: Texts) -> None:
    text = texts({"doors.textfsm": DOORS})
    found = text.parse("bell\nbell\n", template="doors.textfsm")
    assert (found.records, found.suspect) == ([], "no record came of 2 lines that are not blank")
    assert text.parse("\n\n", template="doors.textfsm").suspect == ""


def test_what_cannot_be_parsed_says_why_and_where(texts: Texts) -> None:
    wrong = "Value A (\\d+\n\nStart\n  ^${A}\n"
    text = texts({"doors.textfsm": DOORS, "wrong.textfsm": wrong, "notes.md": "hello"})
    with pytest.raises(TemplateFailed, match=r"templates/doors\.textfsm: State Error raised\. Rule Line: 7"):
        text.parse("window", template="doors.textfsm")
    with pytest.raises(TemplateFailed, match=r"templates/wrong\.textfsm:1: no TextFSM template"):
        text.parse("1", template="wrong.textfsm")
    with pytest.raises(TemplateFailed, match=r"templates/notes\.md: nothing renders or parses it"):
        text.parse("1", template="notes.md")
    with pytest.raises(NotFound, match="no template for 'show doors on cisco_ios'"):
        text.parse("1", platform="cisco_ios", command="show doors")
    with pytest.raises(NotFound, match="no parser 'textfms'; did you mean 'textfsm'"):
        text.parse("1", template="doors.textfsm", parser="textfms")
    with pytest.raises(TemplateFailed, match="a template of textfsm, which was not asked for"):
        text.parse("1", template="doors.textfsm", parser="ttp")
    with pytest.raises(InvalidParameters, match="a template, or a platform and a command"):
        text.parse("1", platform="cisco_ios")


@pytest.mark.thorough
def test_a_catastrophic_expression_is_killed_and_holds_up_nobody(texts: Texts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netpulse_core.text.service.PARSE", 4.0)
    text = texts({"doors.textfsm": DOORS, "slow.textfsm": CATASTROPHE})
    failed: list[TemplateFailed] = []

    def hang() -> None:
        with pytest.raises(TemplateFailed) as caught:
            text.parse("a" * 60, template="slow.textfsm")
        failed.append(caught.value)

    hanging = threading.Thread(target=hang)
    hanging.start()
    while hanging.is_alive():  # this process goes on, and so does the other one it parses in
        assert text.parse("door east open", template="doors.textfsm").records
    hanging.join()
    assert "'slow.textfsm': parse: not done within 4 s, and stopped" in str(failed[0])
    assert text.parse("door east open", template="doors.textfsm").records


def pids(text: Text) -> list[int]:
    return [child._process.pid for child in text._children._idle]


@pytest.mark.thorough
def test_there_are_no_more_than_two_processes_and_a_dead_one_is_replaced(texts: Texts) -> None:
    text = texts({"doors.textfsm": DOORS})
    assert pids(text) == []
    together = [
        threading.Thread(target=text.parse, args=("bell",), kwargs={"template": "doors.textfsm"}) for _ in "12345"
    ]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    assert 1 <= len(pids(text)) <= 2
    for pid in pids(text):
        os.kill(pid, signal.SIGKILL)
    assert text.parse("door east open", template="doors.textfsm").records
    left = pids(text)
    text.close()
    ends = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in left):
        assert time.monotonic() < ends
        time.sleep(0.02)


SPY = """
import os
from netpulse_core import Records, hookimpl

class Spy:
    name, sentence, suffixes, packages = "spy", "tells of its process", (".spy",), {}

    def choose(self, platform, command, templates):
        return None

    def parse(self, template, text, templates):
        if text == "raise":
            raise KeyError("the text of the device")
        return Records(sorted(os.environ), matched=0)

@hookimpl
def register_parsers():
    return [Spy()]
"""


def test_a_plugins_parser_works_beside_ours_without_the_services_secrets(
    texts: Texts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hushed = {"NETPULSE_SECRET_KEY", "NETPULSE_STORE_KEYS", "DEVICE_PASSWORD", "VAULT_TOKEN", "netpulse_ledger"}
    given = {"LANG", "LC_TIME", "PYTHONHASHSEED", "TMPDIR"}
    for name in hushed:
        monkeypatch.setenv(name, "hush")
    for name, value in {"LANG": "C.UTF-8", "LC_TIME": "C", "PYTHONHASHSEED": "0", "TMPDIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    text = texts({"a.spy": "x"}, {"spy.py": SPY})
    there = set(text.parse("x", template="a.spy").records)
    assert hushed.isdisjoint(there)
    assert there >= given
    with pytest.raises(TemplateFailed, match=r"templates/a\.spy: spy failed on it: KeyError$"):
        text.parse("raise", template="a.spy")


def test_a_parser_that_fails_to_choose_is_named_and_its_process_lives(texts: Texts) -> None:
    choosing = SPY.replace("        return None", "        raise KeyError('the platform')")
    text = texts({"doors.textfsm": DOORS}, {"spy.py": choosing})
    with pytest.raises(TemplateFailed, match=r"^show doors on gate_os: spy failed on it: KeyError$"):
        text.parse("x", platform="gate_os", command="show doors", parser="spy")
    assert len(pids(text)) == 1


def test_an_installed_plugin_brings_templates_beside_its_module(
    texts: Texts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "installed"
    files = {
        "acme/__init__.py": "",
        "acme/templates/doors.textfsm": DOORS,
        "acme_gates-1.2.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme-gates\nVersion: 1.2\n",
        "acme_gates-1.2.dist-info/entry_points.txt": "[netpulse]\ngates = acme\n",
    }
    write(installed, files)
    monkeypatch.setenv("PYTHONPATH", str(installed))
    found = texts({}).parse("door east open", template="gates:doors.textfsm")
    assert (found.root, found.records) == ("gates", [{"door": "east", "state": "open"}])
    assert found.version.startswith("acme-gates 1.2, sha256 ")


LISTING = "interface Gi0/1\n description to the core\ninterface Te0/2\n description spare\n"
GROUP = (
    "<group name='ports'>\ninterface {{ port | contains('Gi', \"Te\") | _start_ }}\n"
    " description {{ what | ORPHRASE }}\n</group>"
)
TOUCH = "__import__('pathlib').Path('touched').touch()"
REFUSED = {
    f"interface {{{{ port | contains({TOUCH}) }}}}\n": "the arguments of 'contains' are more than words and numbers",
    f"<group name='x' contains=\"{TOUCH}\">\ninterface {{{{ port }}}}\n</group>": "the arguments of 'contains'",
    f"<vars>\n{TOUCH}\n</vars>\n{GROUP}": "variables that are more than",
    f"<vars>\nx = {TOUCH}\n</vars>\n{GROUP}": "variables that are more than",
    f"<macro>\ndef f(data):\n    return data\n</macro>\n{GROUP}": "<macro> is not for a template of a site",
    f"<input url='/etc/passwd'/>\n{GROUP}": "<input> is not for a template of a site",
    f"<lookup name='p' load='csv' include='/etc/passwd'/>\n{GROUP}": "`include` is not for a template of a site",
    f"<output returner='file' url='.'/>\n{GROUP}": "<output> is not for a template of a site",
    "<extend template='/etc/passwd'/>": "<extend> is not for a template of a site",
    "interface {{ port | dns }}": "'dns' is not for a template of a site",
    "<group name='x'>\ninterface {{ port }}": "it cannot be read: mismatched tag",
}


def test_ttp_parses_and_runs_nothing_a_sites_template_brings(texts: Texts, tmp_path: Path) -> None:
    variables = "<vars>\nsite = 'ams'\n</vars>\n"
    good = {"a.ttp": GROUP, "vars.ttp": variables + GROUP, "gate_os_show_ports.ttp": GROUP}
    text = texts({**good, **{f"bad{number}.ttp": bad for number, bad in enumerate(REFUSED)}})
    ports = [{"port": "Gi0/1", "what": "to the core"}, {"port": "Te0/2", "what": "spare"}]
    assert text.parse(LISTING, platform="gate_os", command="show ports").records == [{"ports": ports}]
    assert text.parse(LISTING, template="vars.ttp").records == [{"ports": ports}]
    for number, why in enumerate(REFUSED.values()):
        with pytest.raises(TemplateFailed) as failed:
            text.parse(LISTING, template=f"bad{number}.ttp")
        assert why in str(failed.value)
    assert not list(tmp_path.rglob("touched"))
    assert not Path("touched").exists()
    found = text.parse(LISTING, template="a.ttp")  # again, after what was refused and another that was compiled
    assert (found.records, found.matched) == ([{"ports": ports}], None)


ARP = """\
Protocol  Address  Age (min)  Hardware Addr   Type   Interface
Internet  10.0.0.1        98   0950.5785.5cd1  ARPA   FastEthernet2.13
"""


def test_what_a_device_says_is_no_file_to_ttp(texts: Texts, tmp_path: Path) -> None:
    (tmp_path / "other").write_text(ARP)
    said, text = str(tmp_path / "other"), texts({"a.ttp": GROUP})
    assert text.parse(said, template="a.ttp").suspect
    with pytest.raises(TemplateFailed):  # its macro finds nothing to work on
        text.parse(said, platform="cisco_ios", command="show ip arp", parser="ttp")


def test_a_template_of_ttp_templates_may_bring_macros(texts: Texts) -> None:
    found = texts({}).parse(ARP, platform="cisco_ios", command="show ip arp", parser="ttp")
    assert found.records[0]["mac"] == "09:50:57:85:5c:d1"
    assert found.root == "ttp_templates"
