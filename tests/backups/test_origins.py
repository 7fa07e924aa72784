"""Whose change it was: ours only where what we pushed explains each line."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from netpulse_core import errors
from netpulse_core.configs.attributing import Pushed, attributed, evidence
from netpulse_core.configs.comparing import unified
from netpulse_core.configs.platforms import config_platform
from netpulse_core.model.backup import ConfigVersion, Copy, Origin
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Outcome
from tests.runs.service import Service, eventually

IOS = config_platform("ios")
BEFORE = """hostname leaf1
interface Vlan1
 description old
 ip address 192.0.2.1 255.255.255.0
interface Vlan2
 shutdown
ntp server 192.0.2.50
"""


def judged(after: str, *lines: str, before: str = BEFORE) -> tuple[Origin, int]:
    found = attributed(before, after, [Pushed("r1", lines)], IOS)
    assert found.runs == (("r1",) if found.origin is not Origin.OUT_OF_BAND else ())
    return found.origin, found.unexplained


def test_lines_that_came_are_ours_in_the_section_we_put_them_in() -> None:
    after = BEFORE.replace(" shutdown\n", " shutdown\n mtu 9000\n")
    assert judged(after, "interface Vlan2", "mtu 9000") == (Origin.OURS, 0)
    assert judged(after, "interface Vlan2", " mtu 9000", "exit") == (Origin.OURS, 0)
    assert judged(after, "interface Vlan1", "mtu 9000") == (Origin.OUT_OF_BAND, 1)
    assert judged(after, "interface Vlan2", "interface Vlan99", "mtu 9000") == (Origin.OUT_OF_BAND, 1)
    assert judged(after, "mtu 9000") == (Origin.OUT_OF_BAND, 1)
    assert judged(after) == (Origin.OUT_OF_BAND, 1)


def test_lines_that_went_are_ours_where_we_took_them_or_put_another_in_their_place() -> None:
    gone = BEFORE.replace("ntp server 192.0.2.50\n", "")
    assert judged(gone, "no ntp server 192.0.2.50") == (Origin.OURS, 0)
    assert judged(gone, "no ntp server 192.0.2.5") == (Origin.OUT_OF_BAND, 1)
    section = BEFORE.replace("interface Vlan2\n shutdown\n", "")
    assert judged(section, "no interface Vlan2") == (Origin.OURS, 0)
    other = BEFORE.replace("description old", "description new")
    assert judged(other, "interface Vlan1", "description new") == (Origin.OURS, 0)
    moved = BEFORE.replace("192.0.2.50", "192.0.2.51")
    assert judged(moved, "ntp server 192.0.2.51") == (Origin.MIXED, 1)


def test_what_is_only_partly_explained_is_mixed_and_never_ours() -> None:
    after = BEFORE.replace("hostname leaf1", "hostname leaf9") + "ntp server 192.0.2.77\n"
    assert judged(after, "ntp server 192.0.2.77") == (Origin.MIXED, 2)


def test_the_evidence_is_what_outputs_tell_before_what_was_asked() -> None:
    told = evidence({"lines": ["asked"]}, [({"lines": [{"line": "sent", "answer": ""}]}, "")])
    assert told == ("sent",)
    assert evidence({"lines": "one\ntwo"}, [(None, "")]) == ("one", "two")
    session = "configure terminal\nleaf1(config)#ntp server 192.0.2.9\nleaf1(config)#end\n"
    assert evidence({}, [(session, "")]) == ("ntp server 192.0.2.9", "end")
    assert evidence({}, [(None, "+ntp server 192.0.2.9\n-hostname x\n")]) == ("ntp server 192.0.2.9", "no hostname x")


def test_a_hunk_says_what_it_stands_beneath() -> None:
    long = "".join(f" line {number}\n" for number in range(20))
    old = f"router bgp 1\n{long}"
    diff = unified(old, old.replace(" line 15", " line x"), names=("a", "b"))
    assert "@@ -14,7 +14,7 @@ router bgp 1" in diff
    assert "- line 15\n+ line x\n" in diff


def log_of(service: Service) -> list[ConfigVersion]:
    def all_judged() -> list[ConfigVersion]:
        found = service.netpulse.configs.log("leaf1", LOCAL)
        return found if all(one.origin for one in found) else []

    eventually(all_judged, 60)
    return all_judged()


@pytest.mark.thorough
def test_changes_of_the_ledger_are_told_apart(service: Service, by_hand: Callable[..., None]) -> None:
    service.run("backup_config")
    ours = service.run("send_config", lines=["ntp server 192.0.2.77"])
    assert ours.outcome is Outcome.CHANGED
    service.run("backup_config")
    by_hand("ntp server 192.0.2.99")
    service.run("backup_config")
    both = service.run("send_config", lines=["no ntp server 192.0.2.99"])
    by_hand("interface Loopback0", "description by hand")
    service.run("backup_config")
    newest, third, second, first = log_of(service)
    assert (first.origin, first.removed) == (Origin.FIRST, 0)
    assert (second.origin, second.runs, second.added, second.removed) == (Origin.OURS, (ours.id,), 1, 0)
    assert (third.origin, third.runs, third.unexplained) == (Origin.OUT_OF_BAND, (), 1)
    assert (newest.origin, newest.runs) == (Origin.MIXED, (both.id,))
    assert (newest.unexplained or 0) > 0


@pytest.mark.thorough
def test_a_line_with_a_secret_is_ours_too_and_its_change_is_seen(
    service: Service, by_hand: Callable[..., None]
) -> None:
    service.run("backup_config")
    ours = service.run("send_config", lines=["snmp-server community c4naryRO ro"])
    assert "c4nary" not in ours.everything
    service.run("backup_config")
    by_hand("no snmp-server community c4naryRO ro", "snmp-server community c4naryRX ro")
    service.run("backup_config")
    newest, second, _ = log_of(service)
    assert (second.origin, second.runs, second.unexplained) == (Origin.OURS, (ours.id,), 0)
    assert newest.origin is Origin.OUT_OF_BAND
    found = service.netpulse.configs.diff("leaf1", LOCAL, 2, 3)
    assert (found.added, found.removed, found.secrets_only) == (1, 1, False)
    assert len(set(re.findall(r"^[-+]snmp-server community (\*{8}-[0-9a-f]{10}) ", found.diff, re.MULTILINE))) == 2
    assert "c4nary" not in found.diff


def test_a_restore_plan_leads_back(service: Service, by_hand: Callable[..., None]) -> None:
    service.run("backup_config")
    by_hand("ntp server 192.0.2.99", "interface Loopback0", "description by hand")
    service.run("backup_config")
    plan = service.netpulse.configs.plan("leaf1", LOCAL, 1, Copy.NORMALISED)
    assert "no ntp server 192.0.2.99" in plan.lines.splitlines()
    lines = plan.lines.splitlines()
    assert service.run("send_config", lines=lines).outcome is Outcome.CHANGED
    service.run("backup_config")
    first, third = (service.netpulse.ledger.backups.version("leaf1", number) for number in (1, 3))
    assert first.digest == third.digest
    assert service.netpulse.configs.plan("leaf1", LOCAL, 1, Copy.REDACTED).lines == ""
    with pytest.raises(errors.InvalidParameters, match="redacted or the normalised"):
        service.netpulse.configs.plan("leaf1", LOCAL, 1, Copy.RAW)


@pytest.mark.parametrize("gone", ["banner motd ^C", "version 15.2", "boot system flash:one.bin"])
def test_a_line_that_no_tree_holds_by_itself_is_judged_like_any_other(gone: str) -> None:
    before = f"{gone}\n{BEFORE}"
    after = BEFORE.replace("hostname leaf1", "hostname leaf2")
    assert judged(after, "hostname leaf2", before=before) == (Origin.MIXED, 2)


@pytest.mark.thorough
def test_a_run_that_keeps_the_configuration_before_it_changes_it_made_that_change(
    service: Service, by_hand: Callable[..., None]
) -> None:
    ours = service.run("keep_and_push", "leaf1", lines=["ntp server 192.0.2.111"])
    assert ours.outcome is Outcome.CHANGED
    service.run("backup_config", "leaf1")
    newest, _ = log_of(service)
    assert (newest.origin, newest.runs, newest.unexplained) == (Origin.OURS, (ours.id,), 0)


def test_an_access_list_that_we_replaced_is_judged_however_long_it_is() -> None:
    def entries(action: str) -> str:
        return "".join(f" {action} ip host 10.0.{number // 250}.{number % 250} any\n" for number in range(500))

    header = "ip access-list extended EDGE\n"
    pushed = (header.strip(), *(line.strip() for line in entries("deny").splitlines()))
    assert judged(BEFORE + header + entries("deny"), *pushed, before=BEFORE + header + entries("permit")) == (
        Origin.MIXED,
        500,
    )
