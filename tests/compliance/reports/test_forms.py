"""Each form says the same of the same findings, to those who read it with the tools made for it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import jsonschema
import pytest

from netpulse_core.cli.bar import Bar
from netpulse_core.cli.findings import Compliance, worth
from netpulse_core.client import reported
from netpulse_core.compliance.reports import document, gauges, junit, markdown, sheet
from netpulse_core.model.check import FindingVerdict, Severity
from netpulse_core.model.exposition import document as document_of
from netpulse_core.model.report import Report
from netpulse_core.model.trend import Tally
from tests.compliance.reports.sample import EVIL, NTP, OFFLINE, REPORT, T0

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "compliance-report.schema.json").read_text())


@pytest.mark.parametrize("report", [REPORT, OFFLINE, Report(made_at=T0)])
def test_the_document_is_what_its_schema_says_and_is_read_back_whole(report: Report) -> None:
    told = json.loads(document.text(report))
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in validator.iter_errors(told)] == []
    again = reported.read(told)
    assert again.rows == report.rows
    assert (again.run, again.trend and dict(again.trend) | {}) == (
        report.run,
        None if report.trend is None else {**dict.fromkeys(again.trend or (), 0), **report.trend},
    )
    assert document.text(again) == document.text(report)


def test_a_schema_notices_what_is_left_out_and_what_is_unheard_of() -> None:
    told = document.data(REPORT)
    told["findings"]["leaf1"][0]["verdict"] = "splendid"
    del told["findings"]["leaf2"][0]["sources"]
    assert len(list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(told))) == 2


def test_a_document_is_a_baseline(tmp_path: Path) -> None:
    path = tmp_path / "before.json"
    path.write_text(document.text(REPORT))
    assert worth({"leaf1": [NTP]}, bar=Bar.of(Severity.INFO, path)) is Compliance.COMPLIANT
    assert worth({"leaf3": [NTP]}, bar=Bar.of(Severity.INFO, path)) is Compliance.VIOLATED


def test_junit_tells_failures_from_errors_and_counts_what_is_there() -> None:
    root = Xml.fromstring(junit.text(REPORT))
    suites = {one.get("name"): one for one in root}
    assert list(suites) == ["ntp", "vty", "checks", "not judged"]
    counts = {
        name: [one.get(key) for key in ("tests", "failures", "errors", "skipped")] for name, one in suites.items()
    }
    assert counts == {
        "ntp": ["3", "2", "0", "0"], "vty": ["3", "1", "1", "1"], "checks": ["2", "0", "0", "1"],
        "not judged": ["1", "0", "1", "0"],
    }  # fmt: skip
    assert [root.get(key) for key in ("tests", "failures", "errors")] == ["9", "3", "2"]
    case = next(one for one in suites["ntp"] if one.get("name") == "leaf1 servers")
    assert case.get("classname") == "cisco_ios.ams_1"
    said = {one.get("name"): one.get("value") for one in case.iter("property")}
    assert said["severity"] == "high"
    assert said["trend"] == "new"
    failure = case.find("failure")
    assert failure is not None
    assert failure.text == (
        "- ntp server 192.0.2.1\n+ ntp server 198.51.100.9\nremediation:\nno ntp server 198.51.100.9"
    )
    evil = next(one for one in suites["vty"].iter("failure"))
    assert evil.get("message") == EVIL.replace("\x1b", "\N{REPLACEMENT CHARACTER}")
    skipped = next(one for one in suites["vty"].iter("skipped"))
    assert skipped.get("message") == "waived until 2031-01-01: CHG1 (telnet is on)"


def test_csv_has_a_finding_a_row_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(sheet.text(REPORT), newline="")))
    assert len(rows) == 9
    first = next(row for row in rows if row["device"] == "leaf2" and row["check"] == "ntp/servers")
    assert (first["verdict"], first["trend"], first["flapping"], first["age_days"]) == (
        "fail", "still_failing", "yes", "1.1"
    )  # fmt: skip
    assert (first["missing"], first["site"], first["run"]) == ("ntp server 192.0.2.1", "ams.1", "01jx")
    assert [row["why"] for row in rows if row["verdict"] == "not_judged"] == ["no route to host"]
    formula = Report(made_at=T0, not_judged={"=cmd|' /C calc'!A0": "@SUM(1)"})
    (row,) = csv.DictReader(io.StringIO(sheet.text(formula), newline=""))
    assert (row["device"][0], row["why"]) == ("'", "'@SUM(1)")


def test_markdown_groups_devices_and_lets_nothing_out_of_its_fence() -> None:
    said = markdown.text(REPORT)
    assert "# Compliance: 3 of 4 devices with violations" in said
    assert "**1** new, **2** still failing" in said
    assert "leaf1, leaf2\n" in said
    assert "- ntp server 192.0.2.1\n+ ntp server 198.51.100.9\n" in said
    assert f"````diff\n+ line vty 0 4\n+   {EVIL}" in said
    outside = said.split("````diff")[0]
    assert "<script>" not in outside
    assert "| gone | no route to host |" in said


def test_gauges_are_text_that_prometheus_reads() -> None:
    def tally(verdict: FindingVerdict, devices: int, at: float | None, **told: Any) -> Tally:
        said: dict[str, Any] = {"policy": "ntp", "check": "ntp/a", "flapping": 0} | told
        return Tally(severity=Severity.HIGH, verdict=verdict, devices=devices, judged_at=at, **said)

    fails, passes = FindingVerdict.FAIL, FindingVerdict.PASS
    odd = tally(passes, 1, None, policy="", check='a"b\\c\nd')
    read = samples(document_of(gauges.lines([tally(fails, 2, T0 + 2, flapping=1), tally(passes, 1, T0 + 1), odd])))
    rule = {"policy": "ntp", "rule": "a"}
    assert sample(read, "findings", rule | {"severity": "high", "verdict": "fail"}) == 2
    assert sample(read, "findings", rule | {"severity": "high", "verdict": "pass"}) == 1
    assert sample(read, "flapping", rule) == 1
    assert sample(read, "judged_timestamp_seconds", rule) == T0 + 1
    assert sample(read, "flapping", {"policy": "", "rule": 'a"b\\c\nd'}) == 0


type Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def sample(read: Samples, name: str, labels: dict[str, str]) -> float:
    return read[f"netpulse_compliance_{name}", frozenset(labels.items())]


def samples(text: str) -> Samples:
    """Read the text exposition format 0.0.4, of samples that each follow the type of their name."""
    found: Samples = {}
    typed = set()
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("# TYPE "):
            typed.add(line.split(" ")[2])
        if line.startswith("#"):
            continue
        name, _, rest = line.partition("{")
        assert name in typed
        labels, end = {}, 0
        while rest[end] != "}":
            key, _, tail = rest[end:].lstrip(",").partition('="')
            end = len(rest) - len(tail)
            value = ""
            while rest[end] != '"':
                if rest[end] == "\\":
                    end += 1
                    value += {"n": "\n"}.get(rest[end], rest[end])
                else:
                    value += rest[end]
                end += 1
            end += 1
            labels[key] = value
        found[name, frozenset(labels.items())] = float(rest[end + 1 :])
    return found
