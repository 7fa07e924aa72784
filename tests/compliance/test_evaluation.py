"""Nothing passes that was not looked at, and what a check does wrong says nothing of the device."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from netpulse_core import Check, Device, Finding, errors
from netpulse_core.compliance.evaluation import chosen, judged
from netpulse_core.model.check import FindingVerdict, Severity, Source

IOS = Device(name="leaf1", key="192.0.2.1", address="192.0.2.1", platform="cisco_ios")
CONFIG = "hostname leaf1\nntp server 192.0.2.123\nend\n"


class Judge(Check):
    """Does as it is told with its evidence."""

    name = "judge"
    sentence = "It is as it should be"

    def __init__(self, does: Callable[[Mapping[str, Any]], Any], **told: Any) -> None:
        self._does = does
        for name, value in told.items():
            setattr(self, name, value)

    def judge(self, device: Device, evidence: Mapping[str, Any]) -> Finding:
        found: Finding = self._does(evidence)
        return found


def passing(evidence: Mapping[str, Any]) -> Finding:
    return Finding.passed()


class Asked:
    """A device that answers by source, and remembers what it was asked."""

    def __init__(self, **said: Any) -> None:
        self.said: dict[str, Any] = {"running_config": CONFIG, **said}
        self.heard: list[tuple[str, str]] = []

    def __call__(self, kind: str, of: str) -> Any:
        self.heard.append((kind, of))
        answer = self.said[of or kind]
        if isinstance(answer, Exception):
            raise answer
        return answer


def one(check: Check, device: Device = IOS, **said: Any) -> Finding:
    (found,) = judged([check], device, Asked(**said))
    return found


@pytest.mark.parametrize("nothing", ["", "  \n\t\n", None, {}, [], ()], ids=repr)
def test_empty_evidence_never_passes(nothing: Any) -> None:
    found = one(Judge(passing), running_config=nothing)
    assert (found.verdict, found.why) == (FindingVerdict.ERROR, "running_config: the device answered nothing")
    assert found.sources == {}


@pytest.mark.parametrize(
    "answer",
    [None, True, "pass", FindingVerdict.PASS, {"verdict": "pass"}, KeyError("x"), RecursionError(), AssertionError()],
    ids=repr,
)
def test_a_check_that_raises_or_answers_otherwise_is_an_error(answer: Any) -> None:
    def does(evidence: Mapping[str, Any]) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    found = one(Judge(does))
    assert found.verdict is FindingVerdict.ERROR
    assert "check" in found.why
    assert found.check == "judge"


@pytest.mark.parametrize(
    "error",
    [
        errors.CommandRejected("% Invalid input", device="leaf1"),
        errors.Refused("it is not whole"),
        errors.NotFound("NAPALM getter", "fax"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_the_device_does_not_tell_is_an_error_of_the_checks_that_need_it_alone(error: Exception) -> None:
    asked = Asked(**{"show x": error})
    needs = Judge(passing, name="needs", evidence=("running_config", "command:show x"))
    first, second = judged([Judge(passing), needs], IOS, asked)
    assert first.verdict is FindingVerdict.PASS
    assert second.verdict is FindingVerdict.ERROR
    assert second.why == f"command:show x: {str(error).removeprefix('leaf1: ')}"
    assert list(second.sources) == ["running_config"]


@pytest.mark.parametrize("kind", [errors.Unreachable, errors.TimedOut, errors.SessionLost, errors.AuthenticationFailed])
def test_a_session_that_fails_is_no_finding(kind: type[errors.DeviceError]) -> None:
    with pytest.raises(kind):
        one(Judge(passing), running_config=kind("gone", device="leaf1"))


def test_each_source_is_collected_once_and_only_for_checks_that_fit() -> None:
    asked = Asked(**{"show a": "a", "facts": {"vendor": "Cisco"}})
    checks = [
        Judge(passing, name="one", evidence=("running_config", "command:show a")),
        Judge(passing, name="two", evidence=("command:show a", "getter:facts", "running_config")),
        Judge(passing, name="three", evidence=("command:show b",), platforms=("frr",)),
    ]
    found = judged(checks, IOS, asked)
    assert asked.heard == [("running_config", ""), ("command", "show a"), ("getter", "facts")]
    assert [each.verdict.value for each in found] == ["pass", "pass", "not_applicable"]
    assert found[2].why == "it is for frr, and this is cisco_ios"


def test_a_device_without_a_platform_is_not_taken_for_one_of_another() -> None:
    bare = Device(name="x", key="x", address="x")
    assert one(Judge(passing, platforms=("cisco_ios",)), bare).verdict is FindingVerdict.ERROR
    assert one(Judge(passing), bare).verdict is FindingVerdict.PASS


def test_what_one_check_does_to_its_evidence_no_other_sees() -> None:
    def edits(evidence: Mapping[str, Any]) -> Finding:
        evidence["getter:facts"]["uptime"] = 0
        return Finding.passed(found=[str(len(evidence["getter:facts"]))])

    checks = [Judge(edits, name=name, evidence=("getter:facts",)) for name in ("one", "two")]
    first, second = judged(checks, IOS, Asked(facts={"vendor": "Cisco"}))
    assert first.found == second.found == ("2",)
    assert first.sources == second.sources


def test_who_a_finding_is_of_is_not_the_checks_to_say() -> None:
    says: dict[str, Any] = {"check": "another", "version": "9", "severity": Severity.LOW, "sources": {"x": "y"}}
    found = one(Judge(lambda _: Finding.passed(**says)))
    assert (found.check, found.version, found.severity) == ("judge", "1", Severity.MEDIUM)
    assert list(found.sources) == ["running_config"]
    assert one(Judge(passing), running_config=CONFIG + "!").sources != found.sources


def test_a_finding_contradicts_itself_in_nothing() -> None:
    with pytest.raises(ValueError, match="a pass from which something is missing"):
        Finding.passed(missing=["ntp server"])
    with pytest.raises(ValueError, match="without a reason"):
        Finding.failed(" ")
    with pytest.raises(ValueError, match="not a list of lines"):
        Finding.failed("no", extra="a text")
    assert one(Judge(lambda _: Finding.passed(missing=["x"]))).verdict is FindingVerdict.ERROR


def test_a_finding_is_the_same_after_a_journey_as_json() -> None:
    found = one(
        Judge(
            lambda _: Finding.failed("why", wanted=["a"], found=["b"], missing=["a"], extra=["b\nc"], remediation="a")
        )
    )
    assert Finding.of({**json.loads(json.dumps(found.as_data())), "waived_by": "somebody"}) == found


SECRETS = """\
hostname leaf1
username ann privilege 15 secret 9 $9$nhEmQVczB7dqsO$X.HsgL6x1
enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0
snmp-server community s3cretRO RO
snmp-server user u1 grp v3 auth sha AuthPass1 priv aes 128 PrivPass1
tacacs-server key 7 0822455D0A16
neighbor 192.0.2.1 password 7 02050D480809
 ip ospf message-digest-key 1 md5 7 0822455D0A17
set system root-authentication encrypted-password "$6$abc$defgh"
set snmp community "s3cretJunos" authorization read-only
set snmp v3 usm local-engine user monitor authentication-sha authentication-key "$9$abcAuth"
set snmp v3 usm local-engine user monitor privacy-aes128 privacy-password "PrivPass2"
set system ntp authentication-key 1 type sha1
set system ntp authentication-key 1 value "$9$abcNtp"
set security authentication-key-chains key-chain BGP key 1 secret "$9$abcChain"
service password-encryption
snmp-server community public RO
end
"""


def test_no_secret_of_a_configuration_is_in_a_finding() -> None:
    def tells(evidence: Mapping[str, Any]) -> Finding:
        lines = evidence["running_config"].splitlines()
        return Finding.failed(" ".join(lines), extra=lines, remediation="\n".join(f"no {line}" for line in lines))

    found = one(Judge(tells), running_config=SECRETS)
    said = json.dumps(found.as_data())
    for secret in (
        "$9$nhEm",
        "$1$mERr",
        "s3cret",
        "AuthPass1",
        "PrivPass1",
        "0822455D",
        "02050D48",
        "$6$abc",
        "$9$abc",
    ):
        assert secret not in said
    assert "service password-encryption" in found.extra
    assert "set system ntp authentication-key 1 type sha1" in found.extra
    assert "snmp-server community public RO" in found.extra
    assert "snmp-server community ******** RO" in found.extra


def test_no_secret_is_in_what_a_check_raised_or_a_getter_returned() -> None:
    def raises(evidence: Mapping[str, Any]) -> Finding:
        raise KeyError(repr(evidence))

    snmp = {"community": {"s3cretRO": {"mode": "ro"}}, "users": [{"name": "ann", "password": "hunter22"}]}
    found = one(Judge(raises, evidence=("getter:snmp_information",)), snmp_information=snmp)
    assert found.verdict is FindingVerdict.ERROR
    assert "s3cretRO" not in found.why
    assert "hunter22" not in found.why
    assert "ann" in found.why


def test_checks_are_chosen_by_patterns_and_a_pattern_of_none_is_refused() -> None:
    known = {name: Judge(passing, name=name) for name in ("ntp_servers", "ntp_source", "ssh_only")}
    assert [check.name for check in chosen(known, ["ntp_*", "ntp_source"])] == ["ntp_servers", "ntp_source"]
    assert len(chosen(known, ["*"])) == 3
    with pytest.raises(errors.NotFound, match="ssh_onyl'; did you mean 'ssh_only'"):
        chosen(known, ["*", "ssh_onyl"])
    for none in ([], ["*"]):
        with pytest.raises(errors.NotFound):
            chosen({}, none)


@pytest.mark.parametrize("text", ["", "running-config", "running_config:x", "command", "command: ", "getter", "file:x"])
def test_what_names_no_source_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no source of evidence"):
        Source.read(text)


def test_a_source_is_read() -> None:
    assert Source.read("running_config") == ("running_config", "")
    assert Source.read("command:show ip route | include x:y") == ("command", "show ip route | include x:y")
