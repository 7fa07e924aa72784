"""Each check that comes with NetPulse holds the contract, with a sample of each kind of system it is for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netpulse_core import Check
from netpulse_core.builtins.checks import register_checks
from netpulse_core.builtins.checks.bgp import EbgpRequiresPolicy
from netpulse_core.builtins.checks.configuration import EOS, FRR, IOS, JUNOS
from netpulse_core.builtins.checks.management import NtpServers, SnmpCommunities, SshOnly
from netpulse_core.model.check import FindingVerdict
from netpulse_core.testing import CheckContract, Sample

SAMPLES = Path(__file__).parent / "samples"
KINDS = {"arista_eos": EOS, "cisco_ios": IOS, "frr": FRR, "juniper_junos": JUNOS}


def samples(check: Check, kind: str) -> list[Sample]:
    """The samples of the systems a check is for."""
    return [Sample(name, SAMPLES / f"{name}.{kind}.txt") for name in KINDS if name in check.platforms]


class OnSamples(CheckContract):
    """The contract, and what every one of ours holds besides."""

    def __init_subclass__(cls) -> None:
        cls.passes, cls.fails = samples(cls.check, "pass"), samples(cls.check, "fail")

    def test_it_knows_a_system_by_each_of_its_names(self) -> None:
        for sample in (*self.passes, *self.fails):
            for name in KINDS[sample.platform]:
                assert self.finding(replace(sample, platform=name)) == self.finding(sample)

    def test_what_is_wrong_has_a_remedy(self) -> None:
        assert [sample for sample in self.fails if not self.finding(sample).remediation] == []


class TestBgp(OnSamples):
    """On FRR."""

    check = EbgpRequiresPolicy()

    def test_a_router_without_bgp_is_not_judged(self) -> None:
        found = self.finding(Sample("frr", SAMPLES / "frr.without_bgp.txt"))
        assert found.verdict is FindingVerdict.NOT_APPLICABLE

    @pytest.mark.parametrize(
        ("profile", "release", "complies"),
        [
            ("traditional", "8.4.4", True),
            ("traditional", "10.1", True),
            ("traditional", "7.3", False),
            ("datacenter", "8.4.4", False),
        ],
    )
    def test_where_nothing_is_said_its_defaults_count(self, profile: str, release: str, complies: bool) -> None:
        bgp = "router bgp 65001\n neighbor 192.0.2.2 remote-as 65002\nexit\n"
        text = f"frr version {release}\nfrr defaults {profile}\n!\n{bgp}!\nend\n"
        found = self.finding(Sample("frr", text))
        assert found.verdict is (FindingVerdict.PASS if complies else FindingVerdict.FAIL)


class TestNtp(OnSamples):
    """On IOS, EOS and Junos."""

    check = NtpServers()

    def test_one_server_named_twice_is_one(self) -> None:
        text = "ntp server vrf A 192.0.2.1\nntp server vrf B 192.0.2.1\nend\n"
        assert self.finding(Sample("eos", text)).verdict is FindingVerdict.FAIL


class TestSnmp(OnSamples):
    """On IOS, EOS and Junos."""

    check = SnmpCommunities()

    def test_a_name_that_begins_so_is_another(self) -> None:
        text = "snmp-server community publicity RO\nend\n"
        assert self.finding(Sample("ios", text)).verdict is FindingVerdict.PASS


class TestSsh(OnSamples):
    """On IOS, EOS and Junos."""

    check = SshOnly()

    @pytest.mark.parametrize(
        "line", ["transport input all", "transport input telnet", "transport input ssh telnet", "login"]
    )
    def test_each_vty_line_counts(self, line: str) -> None:
        text = f"hostname a\nline vty 0 4\n transport input ssh\nline vty 5 15\n {line}\nend\n"
        found = self.finding(Sample("ios", text))
        assert found.verdict is FindingVerdict.FAIL
        assert found.remediation == "line vty 5 15\n transport input ssh"

    def test_without_vty_lines_nothing_is_known(self) -> None:
        assert self.finding(Sample("ios", "hostname a\nend\n")).verdict is FindingVerdict.ERROR

    def test_a_configuration_of_junos_in_another_form_is_not_judged(self) -> None:
        assert self.finding(Sample("junos", "system {\n    host-name mx1;\n}\n")).verdict is FindingVerdict.ERROR


def test_each_check_is_held_to_the_contract() -> None:
    held = {one.check.name for one in OnSamples.__subclasses__()}
    assert {check.name for check in register_checks()} == held
