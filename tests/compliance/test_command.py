"""`netpulse checks`: what a person sees, and what a pipeline is told."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console, RenderableType
from rich.text import Text
from typer.testing import CliRunner, Result

from netpulse_core.cli import app, findings
from netpulse_core.cli.findings import Compliance
from netpulse_core.model.check import Finding, FindingVerdict, Severity
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Job, Problem, Run
from netpulse_core.model.state import JobState
from netpulse_core.testing import device as devices
from netpulse_core.testing import folder, instance

SAMPLES = Path(__file__).parents[1] / "builtins" / "checks" / "samples"

PASS, NOT = Finding.passed(check="a"), Finding.not_applicable("it is for frr", check="b", severity=Severity.LOW)
FAIL = Finding.failed(
    "telnet is on", check="c", severity=Severity.HIGH, extra=["line vty 0 4\ntransport input all"], remediation="off"
)
STALE, WAIVED = Finding.stale("it is old", check="f"), replace(FAIL, verdict=FindingVerdict.WAIVED)
ERROR, WARN = Finding.error("nothing was said", check="d"), Finding.warned("it will end soon", check="e", found=["x"])


def job(device: str, outcome: Outcome | None = Outcome.OK, kind: str = "Unreachable") -> Job:
    problem = Problem(kind=kind, message=f"{device}: no route") if outcome is not Outcome.OK else None
    return Job(
        id=1, run="r", device=device, state=JobState.FINISHED, outcome=outcome, attempt=1, node=None, waiting_for="",
        not_before=0, claimed_at=0, finished_at=1, problem=problem, session_reused=None, device_session=None,
    )  # fmt: skip


RUN = Run(
    id="r1", runbook="run_checks", target="*", parameters={}, changes=False, caller="ann", priority=5, revision="r",
    schedule=None, accepted_at=0, deadline_at=1, finished_at=1, devices=1, unfinished=0, counts={},
    verdict=Verdict.SUCCESS,
)  # fmt: skip


@pytest.mark.parametrize(
    ("found", "outcomes", "code"),
    [
        ({"x": [PASS]}, {}, Compliance.COMPLIANT),
        ({"x": [PASS, NOT, WARN]}, {}, Compliance.COMPLIANT),
        ({"x": [PASS, FAIL]}, {}, Compliance.VIOLATED),
        ({"x": [PASS, FAIL, ERROR]}, {"y": Outcome.UNREACHABLE}, Compliance.VIOLATED),
        ({"x": [PASS, ERROR]}, {}, Compliance.NOT_JUDGED),
        ({"x": [PASS, STALE]}, {}, Compliance.NOT_JUDGED),
        ({"x": [WAIVED]}, {}, Compliance.COMPLIANT),
        ({"x": [PASS]}, {"y": Outcome.UNREACHABLE}, Compliance.NOT_JUDGED),
        ({"x": [PASS]}, {"y": Outcome.OK}, Compliance.NOT_JUDGED),
        ({"x": [PASS], "y": [NOT]}, {}, Compliance.NOT_JUDGED),
        ({"x": []}, {}, Compliance.NOT_JUDGED),
        ({}, {"x": None}, Compliance.NOT_JUDGED),
        ({}, {}, Compliance.NOT_JUDGED),
    ],
)
def test_only_what_was_judged_everywhere_is_compliant(
    found: dict[str, list[Finding]], outcomes: dict[str, Outcome | None], code: Compliance
) -> None:
    jobs = [job(name, outcome) for name, outcome in {**dict.fromkeys(found, Outcome.OK), **outcomes}.items()]
    assert findings.exit_code(jobs, found) is code


@pytest.mark.parametrize(
    ("found", "away", "code"),
    [
        ({"x": [PASS]}, [(Outcome.BLOCKED, "WindowClosed")], Compliance.BLOCKED),
        ({}, [(Outcome.BLOCKED, "Frozen"), (Outcome.BLOCKED, "WindowClosed")], Compliance.BLOCKED),
        ({"x": [FAIL]}, [(Outcome.BLOCKED, "Frozen"), (Outcome.CANCELLED, "Cancelled")], Compliance.VIOLATED),
        ({"x": [ERROR]}, [(Outcome.BLOCKED, "Frozen")], Compliance.NOT_JUDGED),
        ({"x": [PASS]}, [(Outcome.BLOCKED, "Frozen"), (Outcome.UNREACHABLE, "Unreachable")], Compliance.NOT_JUDGED),
        ({"x": [PASS]}, [(Outcome.BLOCKED, "Refused")], Compliance.NOT_JUDGED),
        ({"x": [PASS]}, [(Outcome.CANCELLED, "Cancelled"), (Outcome.UNREACHABLE, "Unreachable")], Compliance.CANCELLED),
    ],
)
def test_what_was_kept_from_being_judged_has_a_code_of_its_own(
    found: dict[str, list[Finding]], away: list[tuple[Outcome, str]], code: Compliance
) -> None:
    jobs = [*map(job, found), *(job(f"away{n}", outcome, kind) for n, (outcome, kind) in enumerate(away))]
    assert findings.exit_code(jobs, found) is code


def test_violations_come_first_and_devices_of_which_the_same_is_true_together() -> None:
    found = {"x": [PASS, NOT, FAIL], "y": [PASS, WARN, FAIL], "z": [NOT], "v": [ERROR]}
    jobs = [*map(job, found), job("gone", Outcome.UNREACHABLE)]
    assert lines_of(*findings.told(RUN, jobs, found)) == [
        "run r1 5 devices 2 with violations 3 not judged, or not by every check",
        "",
        "VERDICT SEVERITY CHECK DEVICES WHY",
        "fail high c x, y telnet is on",
        "unreachable gone no route",
        "not judged z none of these checks is for it",
        "error medium d v nothing was said",
        "warn medium e y it will end soon",
        "not_applicable low b x, z it is for frr",
        "pass medium a x, y",
        "",
        "c x, y telnet is on",
        "extra line vty 0 4",
        "transport input all",
        "remedy off",
        "",
        "e y it will end soon",
        "found x",
    ]


def test_devices_that_were_kept_from_it_alike_are_one_row_and_ten_comes_after_two() -> None:
    names = [f"leaf{number}" for number in (1, 10, 2)]
    jobs = [*map(job, names), *(job(f"gone{number}", Outcome.UNREACHABLE) for number in (1, 11, 3))]
    lines = lines_of(*findings.told(RUN, jobs, {name: [PASS] for name in names}))
    assert lines[3:] == ["unreachable gone1, gone3, gone11 no route", "pass medium a leaf1, leaf2, leaf10"]


def lines_of(*parts: RenderableType) -> list[str]:
    console = Console(width=300, file=io.StringIO(), record=True)
    for part in parts:
        console.print(part)
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def test_what_turned_is_said_beside_its_verdict_and_apart_from_what_stood() -> None:
    found = {"x": [PASS, FAIL], "y": [PASS, FAIL], "z": [PASS, FAIL]}
    turns = {("x", "c"): "new", ("z", "a"): "fixed"}
    lines = lines_of(*findings.shown(Text("run r1"), [*found], [], found, turns=turns))
    assert lines[3:7] == [
        "fail, new high c x telnet is on",
        "fail high c y, z telnet is on",
        "pass, fixed medium a z",
        "pass medium a x, y",
    ]


def test_a_library_for_other_platforms_is_one_row() -> None:
    others = [replace(NOT, check=f"b{number}") for number in range(6)]
    lines = lines_of(*findings.shown(Text("run r1"), ["x", "y"], [], {"x": [PASS, *others], "y": [PASS, others[0]]}))
    assert lines[3].startswith("not_applicable 6 checks x, y for other platforms")
    assert lines[4:] == ["pass medium a x, y"]


@pytest.fixture(scope="module")
def typing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Result]]:
    """Type `netpulse ...` to a service of two devices: `good` complies, `bad` does not."""
    hosts, site = {}, tmp_path_factory.mktemp("site")
    with ExitStack() as stack:
        for name, kind in (("good", "pass"), ("bad", "fail")):
            config = (SAMPLES / f"cisco_ios.{kind}.txt").read_text()
            lines = [{"pattern": "terminal .*"}, {"command": "show running-config", "answer": config}]
            device = stack.enter_context(devices.running({"prompt": f"{name}#", "lines": lines}, name=name))
            hosts[name] = device.inventory("cisco_ios", netpulse_driver="ssh")
        running = stack.enter_context(instance.running(folder.write(site, {"inventory/hosts.yaml": hosts})))
        at = {"NETPULSE_URL": running.url, "NETPULSE_API_KEY": running.key}
        yield lambda *words: CliRunner().invoke(app, words, prog_name="netpulse", env=at)


@pytest.fixture
def typed(typing: Callable[..., Result]) -> Callable[..., Result]:
    """Type `netpulse checks ...`."""
    return lambda *words: typing("checks", *words)


@pytest.mark.thorough
def test_devices_are_judged_and_the_exit_code_says_so(typed: Callable[..., Result]) -> None:
    ours = ["--check", "ntp_*", "-c", "ssh_only"]
    assert typed("run", "good", *ours).exit_code == Compliance.COMPLIANT
    said = typed("run", "*", *ours)
    assert said.exit_code == Compliance.VIOLATED
    assert "1 with violations  1 compliant" in said.stdout
    assert typed("show", "last").stdout == said.stdout
    assert typed("run", "good", "-c", "bgp_*").exit_code == Compliance.NOT_JUDGED


def test_a_run_that_judges_is_shown_by_its_findings_and_is_worth_what_runs_are(typing: Callable[..., Result]) -> None:
    said = typing("run", "nightly_compliance", "-t", "*", "-p", "checks=ssh_only")
    assert said.exit_code == 0, said.output
    assert "1 with violations  1 compliant" in said.stdout
    assert '"verdict"' not in said.stdout
    assert typing("show", "last").stdout == said.stdout


def test_a_program_is_told_each_finding_with_its_evidence(typed: Callable[..., Result]) -> None:
    said = json.loads(typed("run", "bad", "--json").stdout)
    assert said["run"]["verdict"] == "success"
    found = {one["check"]: one for one in said["findings"]["bad"]}
    assert found["ssh_only"]["extra"] == ["line vty 0 4\ntransport input telnet ssh"]
    assert found["ssh_only"]["severity"] == "high"
    assert len(found["ssh_only"]["sources"]["running_config"]) == 64


def test_checks_are_listed_and_a_misspelt_one_runs_nothing(typed: Callable[..., Result]) -> None:
    listed = [line.split() for line in typed("list").stdout.splitlines()]
    assert ["ssh_only", "high"] in [line[:2] for line in listed]
    assert {one["source"] for one in json.loads(typed("list", "--json").stdout)} == {"builtin:checks"}
    before = typed("show", "last").stdout
    said = typed("run", "*", "--check", "ssh_onyl")
    assert said.exit_code == 5
    assert "did you mean 'ssh_only'?" in said.stderr
    assert typed("show", "last").stdout == before


@pytest.mark.thorough
def test_a_run_is_reported_in_each_form_beside_what_stood_before_it(
    typing: Callable[..., Result], tmp_path: Path
) -> None:
    ours = ["--check", "ntp_*", "-c", "ssh_only"]
    run = json.loads(typing("checks", "run", "*", *ours, "--json").stdout)["run"]["id"]
    report = compared(typing, run)
    (device,) = {one["device"] for one in json.loads(typing("compliance", "status", "--json").stdout)}
    assert device == "bad"
    found = {one["check"]: one for one in report["findings"]["bad"]}
    assert found["ssh_only"]["first_failed"]
    again = json.loads(typing("checks", "run", "*", *ours, "--json").stdout)["run"]["id"]
    assert compared(typing, again)["trend"] == {**dict.fromkeys(report["trend"], 0), "still_failing": 2}
    said = typing("compliance", "report", again)
    assert said.exit_code == Compliance.VIOLATED
    assert "since the last time:  2 still failing" in said.stdout
    before = tmp_path / "before.json"
    assert typing("compliance", "report", again, "-f", "json", "-o", str(before)).exit_code == Compliance.VIOLATED
    assert typing("compliance", "report", again, "--baseline", str(before)).exit_code == Compliance.COMPLIANT
    for form, begins in (("junit", "<?xml"), ("csv", "run,time,device"), ("md", "# Compliance: 1 of 2")):
        assert typing("compliance", "report", again, "--format", form).stdout.startswith(begins)
    assert typing("compliance", "report", again, "-o", str(before)).exit_code == 2


def test_what_stands_and_how_it_came_about_are_told(typing: Callable[..., Result]) -> None:
    run = json.loads(typing("checks", "run", "bad", "-c", "snmp_communities", "--json").stdout)["run"]["id"]
    compared(typing, run)
    (stands,) = json.loads(typing("compliance", "status", "-c", "snmp_*", "--json").stdout)
    assert stands["verdict"] == "fail"
    (change,) = json.loads(typing("compliance", "history", "bad", "snmp_communities", "--json").stdout)
    assert (change["trend"], change["was"], change["run"]) == ("new", None, stands["run"])
    assert change["finding"]["extra"]
    assert "fail" in typing("compliance", "history", "bad", "snmp_communities").stdout
    said = typing("compliance", "history", "bad", "snmp_comunities")
    assert said.exit_code == 5
    assert "did you mean 'snmp_communities'?" in said.stderr


def compared(typing: Callable[..., Result], run: str) -> dict[str, Any]:
    """Return the report of a run once it was compared with what stood before it."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        said = typing("compliance", "report", run, "--json")
        report: dict[str, Any] = json.loads(said.stdout or said.stderr)
        if report["trend"] is not None:
            return report
        time.sleep(0.1)
    raise AssertionError("it was never compared")
