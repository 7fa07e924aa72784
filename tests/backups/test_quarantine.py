"""What is not believed: kept apart with its reason, never the last good one, and a person's word on it."""

from __future__ import annotations

import pytest

from netpulse_core import errors
from netpulse_core.configs.capturing import captured
from netpulse_core.lab import Device
from netpulse_core.model.backup import Copy, LastGood
from netpulse_core.model.caller import LOCAL, Caller
from netpulse_core.model.outcome import Outcome
from tests.runs.service import Service

WHOLE = """Building configuration...

Current configuration : 210 bytes
!
hostname leaf1
!
interface Vlan1
 description to the core
!
banner motd ^C
leaf9#show running-config
% Invalid access is logged
^C
end
"""

JUNOS = "set system host-name r1\nset system services ssh\n"
BRACES = "## Last commit: 2026-01-01\nsystem {\n    host-name r1;\n}\n"


def why(text: str, platform: str = "cisco_ios", *, form: str = "", last: LastGood | None = None) -> str:
    found = captured(text, driver="netmiko", platform=platform, form=form, last=last, smallest=0.5)
    return "; ".join(found.suspect)


def good(text: str) -> LastGood:
    one = captured(text, driver="netmiko", platform="cisco_ios")
    size = len(one.normalised)
    return LastGood(
        text=one.normalised, taken_at=1.0, digest="d", copy=Copy.NORMALISED, version=1, size=size,
        platform="cisco_ios", form="ios", run="r",
    )  # fmt: skip


def test_whole_configurations_are_believed_whatever_stands_in_a_banner() -> None:
    assert why(WHOLE) == ""
    assert why(JUNOS, "junos") == ""
    assert why(BRACES, "junos", form="junos-braces") == ""
    assert why("<data><system/></data>", form="xml") == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("!\n!\n", "empty"),
        (WHOLE.removesuffix("end\n"), "the end is missing"),
        (WHOLE.replace("interface Vlan1", "leaf2#show running-config\ninterface Vlan1"), "a prompt or an echo"),
        (WHOLE.replace("interface Vlan1", "leaf2#\ninterface Vlan1"), "a prompt or an echo"),
        (WHOLE.replace("hostname leaf1", "% Invalid input detected at '^' marker."), "words of a refusal"),
        (WHOLE.replace("hostname leaf1", "hostname leaf1\n--More--"), "words of a refusal"),
        (WHOLE + WHOLE, "more than one configuration"),
    ],
)
def test_a_capture_that_is_not_whole_or_holds_other_words_is_not_believed(text: str, reason: str) -> None:
    assert reason in why(text)


VRP = "#\nsysname r1\n#\ninterface Vlanif1\n description <r1>\n#\nreturn\n"


@pytest.mark.parametrize(
    ("line", "platform"),
    [
        ("*Mar  1 00:00:01.003: %LINK-3-UPDOWN: Interface Gi2, changed state to up", "cisco_ios"),
        ("000042: Mar  1 2026 00:00:01.003 UTC: %SYS-5-CONFIG_I: Configured from console by ada", "cisco_ios"),
        ("%SYS-5-CONFIG_I: Configured from console by ada on vty0 (192.0.2.1)", "cisco_ios"),
        ("1d02h: %LINEPROTO-5-UPDOWN: Line protocol on Interface Gi2, changed state to up", "cisco_ios"),
        ("RP/0/RSP0/CPU0:Mar  1 00:00:01.003 UTC: ifmgr[214]: %PKT_INFRA-LINK-3-UPDOWN : Interface Gi2", "cisco_xr"),
        ("2026 Mar  1 00:00:01 leaf1 %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up", "cisco_nxos"),
        ("2026 Mar  1 00:00:01.123 leaf1 %$ VDC-1 %$ %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up", "cisco_nxos"),
        ("Mar  1 00:00:01 leaf1 Ebra: %LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet1", "arista_eos"),
    ],
)
def test_a_line_of_the_log_in_the_middle_is_not_believed(line: str, platform: str) -> None:
    text = "hostname leaf1\n!\ninterface Vlan1\n description to the core\nend\n"
    assert why(text, platform) == ""
    for place in ("interface Vlan1", " description"):
        assert "a line of the device's log stands in it: %" in why(text.replace(place, f"{line}\n{place}"), platform)


@pytest.mark.parametrize(
    "line",
    [
        " description at 00:00:01 it said %LINK-3-UPDOWN: Interface Gi2",
        ' event syslog pattern "%LINK-3-UPDOWN: Interface Gi2"',
        ' action 1.0 syslog msg "Mar  1 00:00:01: %SYS-5-CONFIG_I: by ada"',
        "banner motd ^C\n*Mar  1 00:00:01.003: %LINK-3-UPDOWN: Interface Gi2\n^C",
        "logging discriminator quiet msg-body drops %LINK-3-UPDOWN: x",
    ],
)
def test_a_configuration_that_speaks_of_the_log_is_believed(line: str) -> None:
    assert why(f"hostname leaf1\n{line}\nend\n") == ""


@pytest.mark.parametrize(
    "line",
    [
        "%Jan  1 12:00:00:000 2024 HP SHELL/5/SHELL_LOGIN: VTY logged in from 192.0.2.9.",
        "%Jan  1 12:00:00:000 2024 HP %%10IFNET/3/PHY_UPDOWN: Physical state changed to up.",
        "Jan 1 2024 12:00:00+00:00 HUAWEI %%01IFNET/4/IF_STATE(l)[0]:Interface Vlanif1 has turned into UP state.",
        "Jan  1 2024 12:00:00.120 r1 %%01SSH/4/SSHLogin(s)[12]:x",
    ],
)
def test_a_line_of_the_log_of_vrp_and_comware_is_not_believed(line: str) -> None:
    assert why(VRP, "huawei_vrp") == ""
    for place in ("interface Vlanif1", " description"):
        told = why(VRP.replace(place, f"{line}\n{place}"), "huawei_vrp")
        assert "a line of the device's log stands in it: %" in told
    assert why(VRP.replace("<r1>", line), "huawei_vrp") == ""


@pytest.mark.parametrize("line", ["<r1>", "<core-r1.ams>", "<r1>display current-configuration", "<r1> quit"])
def test_a_prompt_of_vrp_is_not_believed_in_a_configuration(line: str) -> None:
    assert why(VRP, "huawei") == ""
    assert "a prompt or an echo" in why(VRP.replace("interface", f"{line}\ninterface"), "huawei")


def test_braces_in_a_text_are_none_of_the_configuration() -> None:
    message = BRACES.replace("    host", '    login {\n        message "a { b \\" {";\n    }\n    host')
    assert why(message, "junos", form="junos-braces") == ""
    assert "braces do not match" in why(message.replace("    }\n", "", 1), "junos", form="junos-braces")


def test_other_platforms_are_judged_by_their_own_data() -> None:
    assert "none of a configuration" in why(JUNOS + "error: syntax\n", "junos")
    assert "braces do not match" in why("system {\n  services {\n}\n", "junos", form="junos-braces")
    assert "the end is missing" in why("<data><system>", form="xml")
    assert "the end is missing" in why("frr version 8.4\nhostname r1\n", "frr")


def test_a_configuration_that_has_shrunk_is_not_believed_and_one_that_was_accepted_is() -> None:
    small = "hostname leaf1\nend\n"
    assert "shrunk to" in why(small, last=good(WHOLE))
    assert why(small, last=good(small)) == ""
    assert captured(small, driver="n", platform="cisco_ios", last=good(WHOLE), smallest=0.0).suspect == ()


def test_a_suspect_is_kept_apart_and_the_last_good_one_stays(service: Service, leaf: Device) -> None:
    service.run("backup_config")
    backups = service.netpulse.ledger.backups
    before = backups.last_good("leaf1")
    for line in [name for name in leaf.machine.running.children if name != "hostname"]:
        del leaf.machine.running.children[line]
    for _ in range(2):
        done = service.run("backup_config")
        assert done.outcome is Outcome.FAILED
        assert "not believed" in done.message
        assert "shrunk to" in done.message
    assert backups.last_good("leaf1") == before
    (suspect,) = service.netpulse.configs.suspects(None, LOCAL)
    assert (suspect.device, suspect.captures, suspect.sealed) == ("leaf1", 2, True)
    with pytest.raises(errors.NotPermitted):
        service.netpulse.configs.accept(suspect.id, Caller(name="eve", role="engineer"), "because")
    with pytest.raises(errors.InvalidParameters, match="reason is empty"):
        service.netpulse.configs.accept(suspect.id, LOCAL, " ")
    accepted = service.netpulse.configs.accept(suspect.id, LOCAL, "the rack was emptied")
    assert accepted.version == 2
    now = backups.last_good("leaf1")
    assert now is not None
    assert (now.version, now.text) == (2, "version 15.9\nhostname leaf1\n")
    assert service.run("backup_config").outcome is Outcome.OK
    assert [one.number for one in backups.versions("leaf1")] == [2, 1]
    assert service.netpulse.configs.suspects(None, LOCAL) == []
    (record,) = service.netpulse.ledger.audit.page(action="config.accepted")
    assert (record.actor, record.body["version"]) == (LOCAL.name, 2)
    with pytest.raises(errors.Conflict, match="accepted already"):
        service.netpulse.configs.accept(suspect.id, LOCAL, "again")


def test_a_suspect_that_is_older_than_the_last_good_one_is_not_accepted(service: Service, leaf: Device) -> None:
    service.run("backup_config")
    whole = dict(leaf.machine.running.children)
    for line in [name for name in whole if name != "hostname"]:
        del leaf.machine.running.children[line]
    assert service.run("backup_config").outcome is Outcome.FAILED
    leaf.machine.running.children.update(whole)
    assert service.run("backup_config").outcome is Outcome.OK
    (suspect,) = service.netpulse.configs.suspects("leaf1", LOCAL)
    with pytest.raises(errors.Conflict, match="captured since then"):
        service.netpulse.configs.accept(suspect.id, LOCAL, "late")


def test_what_is_accepted_is_not_said_to_have_stood_before_the_last_good_one(service: Service, leaf: Device) -> None:
    service.run("backup_config")
    whole = dict(leaf.machine.running.children)

    def emptied() -> str:
        for line in [name for name in whole if name != "hostname"]:
            del leaf.machine.running.children[line]
        done = service.run("backup_config")
        assert done.outcome is Outcome.FAILED
        leaf.machine.running.children.clear()
        leaf.machine.running.children.update(whole)  # in the order they had
        return done.id

    emptied()
    assert service.run("backup_config").outcome is Outcome.OK
    last = emptied()
    (suspect,) = service.netpulse.configs.suspects("leaf1", LOCAL)
    assert suspect.captures == 2
    service.netpulse.configs.accept(suspect.id, LOCAL, "the rack was emptied")
    new, old = service.netpulse.ledger.backups.versions("leaf1")
    assert (new.number, new.run, new.first_seen_at) == (2, last, suspect.last_seen_at)
    assert old.last_seen_at < new.first_seen_at
    assert service.netpulse.configs.show("leaf1", LOCAL, at=old.last_seen_at, copy=Copy.REDACTED).version.number == 1
