"""`backup_config` on devices behind real SSH: a version where something changed, and nothing where nothing did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netpulse_core import errors
from netpulse_core.configs.capturing import captured
from netpulse_core.lab import Lab
from netpulse_core.model.backup import Copy
from netpulse_core.model.caller import LOCAL, Caller
from netpulse_core.model.outcome import Outcome
from tests.runs.service import Service, serving

CANARY = "c4naryS3cret"


def test_a_capture_is_a_version_and_an_equal_one_is_a_later_sight_of_it(service: Service) -> None:
    first = service.run("backup_config")
    assert first.outcome is Outcome.OK, first.message
    again = service.run("backup_config")
    backups = service.netpulse.ledger.backups
    (version,) = backups.versions("leaf1")
    assert (version.number, version.captures) == (1, 2)
    assert (version.run, version.last_run) == (first.id, again.id)
    assert version.last_seen_at > version.first_seen_at
    raw = backups.text("leaf1", 1, Copy.RAW)
    assert "hostname leaf1" in raw
    assert raw.startswith("Building configuration")
    plain = backups.text("leaf1", 1, Copy.NORMALISED)
    assert "Current configuration" not in plain
    assert "!\n" not in plain
    assert plain.count("\n") == version.lines
    good = backups.last_good("leaf1")
    assert good is not None
    assert (good.text, good.copy, good.taken_at) == (plain, Copy.NORMALISED, version.last_seen_at)
    assert good.digest == version.digest


@pytest.mark.thorough
def test_a_change_is_the_next_version_and_its_way_back_one_more(service: Service) -> None:
    service.run("backup_config")
    for line in ("ntp server 192.0.2.77", "no ntp server 192.0.2.77"):
        assert service.run("send_config", lines=[line]).outcome is Outcome.CHANGED
        assert service.run("backup_config").outcome is Outcome.OK
    third, second, first = service.netpulse.ledger.backups.versions("leaf1")
    assert (first.number, second.number, third.number) == (1, 2, 3)
    assert first.digest == third.digest != second.digest
    found = service.netpulse.configs.diff("leaf1", LOCAL, 1, 2)
    assert "+ntp server 192.0.2.77" in found.diff
    assert (found.added, found.removed) == (1, 0)
    stood = service.netpulse.configs.show("leaf1", LOCAL, at=second.first_seen_at, copy=Copy.REDACTED)
    assert stood.version.number == 2
    with pytest.raises(errors.NotFound, match=r"no configuration of leaf1 at '20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC'"):
        service.netpulse.configs.show("leaf1", LOCAL, at=first.first_seen_at - 1, copy=Copy.REDACTED)
    with pytest.raises(errors.NotFound, match="no version '9' of leaf1's configuration"):
        service.netpulse.configs.show("leaf1", LOCAL, number=9, copy=Copy.REDACTED)


def test_no_secret_is_in_what_may_be_shown_nor_in_anything_that_is_recorded(
    service: Service, by_hand: Callable[..., None], tmp_path: Path
) -> None:
    service.run("backup_config")
    lines = [
        f"snmp-server community {CANARY} ro",
        f"username bob secret {CANARY}2",
        "router bgp 65001",
        f"neighbor 192.0.2.9 description asks for {CANARY}",
        f"neighbor 192.0.2.9 password {CANARY}3",
    ]
    by_hand(*lines)
    done = service.run("backup_config")
    assert done.outcome is Outcome.OK, done.message
    netpulse = service.netpulse
    raw = netpulse.ledger.backups.text("leaf1", 2, Copy.RAW)
    assert CANARY in raw
    shown = netpulse.configs.show("leaf1", LOCAL, copy=Copy.REDACTED).text
    assert CANARY not in shown
    assert "snmp-server community ********" in shown
    assert CANARY not in netpulse.configs.diff("leaf1", LOCAL).diff
    assert CANARY not in done.everything
    for path in (tmp_path / ".netpulse").glob("ledger*"):
        assert CANARY.encode() not in path.read_bytes()


def test_outputs_of_runs_hold_no_secret_and_are_equal_where_the_secrets_are(
    service: Service, by_hand: Callable[..., None], tmp_path: Path
) -> None:
    by_hand(f"snmp-server community {CANARY} ro", f"username bob secret {CANARY}2")
    first, same = (service.run("send_commands", commands=["show running-config"]) for _ in range(2))
    by_hand(f"username bob secret {CANARY}3")
    other = service.run("send_commands", commands=["show running-config"])
    said, again, changed = (one.steps[0].body for one in (first, same, other))
    assert "snmp-server community ********-" in said
    assert said == again
    (line,) = set(said.splitlines()) - set(changed.splitlines())
    assert line.startswith("username bob secret ")
    assert CANARY not in first.everything + other.everything
    for path in (tmp_path / ".netpulse").glob("ledger*"):
        assert CANARY.encode() not in path.read_bytes()


def test_without_a_key_only_what_may_be_shown_is_kept(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netpulse_core.ledger.storekeys.StoreKeys.of", classmethod(lambda cls, settings: cls()))
    with serving(lab, tmp_path) as service:
        assert service.run("backup_config").outcome is Outcome.OK
        assert service.run("backup_config").outcome is Outcome.OK
        (version,) = service.netpulse.ledger.backups.versions("leaf1")
        assert (version.sealed, version.captures) == (False, 2)
        with pytest.raises(errors.Refused, match="raw copy was not kept: there was no key") as refused:
            service.netpulse.configs.show("leaf1", LOCAL, copy=Copy.RAW)
        assert "docs/secrets.md" in refused.value.hint
        good = service.netpulse.ledger.backups.last_good("leaf1")
        assert good is not None
        assert good.copy is Copy.REDACTED


def test_a_key_file_that_somebody_is_editing_keeps_no_job_from_being_written_down(
    service: Service, tmp_path: Path
) -> None:
    key = tmp_path / ".netpulse" / "store.keys"
    key.write_text("half a k")
    assert service.run("backup_config").outcome is Outcome.OK
    assert service.run("send_commands", commands=["show clock"]).outcome is Outcome.OK
    (version,) = service.netpulse.ledger.backups.versions("leaf1")
    assert not version.sealed
    key.write_text("5" * 64)
    assert service.run("backup_config").outcome is Outcome.OK
    (version,) = service.netpulse.ledger.backups.versions("leaf1")
    assert (version.sealed, version.captures) == (True, 2)


def test_who_reads_a_copy_with_secrets_is_in_the_audit(service: Service) -> None:
    service.run("backup_config")
    service.netpulse.configs.show("leaf1", LOCAL, copy=Copy.REDACTED)
    service.netpulse.configs.show("leaf1", LOCAL, copy=Copy.RAW)
    (record,) = service.netpulse.ledger.audit.page(action="config.revealed")
    assert (record.actor, record.object, dict(record.body)) == (LOCAL.name, "leaf1", {"version": 1, "copy": "raw"})


@pytest.mark.thorough
def test_a_new_key_opens_what_is_kept_and_the_old_one_is_needed_no_more(service: Service, tmp_path: Path) -> None:
    service.run("backup_config")
    ledger = service.netpulse.ledger
    ledger.secrets.rewrap(by="ada", fresh=True)
    keys = tmp_path / ".netpulse" / "store.keys"
    keys.write_text(keys.read_text().splitlines()[0] + "\n")
    ledger.secrets._keys._read.clear()
    assert "hostname leaf1" in ledger.backups.text("leaf1", 1, Copy.RAW)


@pytest.mark.parametrize("role", ["viewer", "operator", "engineer"])
def test_whoever_may_look_is_shown_no_copy_with_secrets(service: Service, role: str) -> None:
    service.run("backup_config")
    configs, caller = service.netpulse.configs, Caller(name="vera", role=role)
    assert "hostname leaf1" in configs.show("leaf1", caller, copy=Copy.REDACTED).text
    for copy in (Copy.RAW, Copy.NORMALISED):
        with pytest.raises(errors.NotPermitted, match=r"configs\.reveal"):
            configs.show("leaf1", caller, copy=copy)
    with pytest.raises(errors.NotPermitted, match=r"configs\.reveal"):
        configs.plan("leaf1", caller, 1, Copy.NORMALISED)
    assert service.netpulse.ledger.audit.page(action="config.revealed") == []


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("ios", f"tacacs server T\n key {CANARY}\n"),
        ("ios", f"snmp-server host 192.0.2.1 version 2c {CANARY}\n"),
        ("ios", f"snmp-server user u g v3 auth sha {CANARY} priv aes 128 {CANARY}2\n"),
        ("ios", f"crypto isakmp key {CANARY} address 192.0.2.1\nip host x {CANARY}\n"),
        ("ios", f"ip ospf message-digest-key 1 md5 {CANARY}\nkey chain K\n key 1\n  key-string 7 {CANARY}2\n"),
        ("junos", f'set snmp community {CANARY} authorization read-only\nset x secret "{CANARY}2"\n'),
        ("junos", f"set system login user a authentication plain-text-password-value {CANARY}\n"),
        ("junos-braces", f"snmp {{\n    community {CANARY} {{\n    }}\n}}\n"),
        ("xml", f"<data><snmp><community>\n<name>{CANARY}</name></community></snmp></data>"),
        ("xml", f"<data><user><j:password>{CANARY}</j:password></user></data>"),
        ("frr", f"router bgp 1\n neighbor 192.0.2.1 password {CANARY}\npassword {CANARY}2\n"),
    ],
)
def test_secrets_are_masked_in_the_words_of_each_platform(platform: str, text: str) -> None:
    found = captured(text, driver="netmiko", platform=platform, form=platform)
    assert CANARY in found.raw
    assert CANARY not in found.redacted


def test_what_is_no_secret_stays_readable() -> None:
    text = "service password-encryption\nrouter bgp 1\n neighbor 192.0.2.1 send-community both\nkey chain K\n key 1\n"
    assert captured(text, driver="netmiko", platform="ios").redacted == text
