"""A report as JUnit XML: a suite for each policy, a case for each rule on each device."""

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as Xml

from netpulse_core.compliance.reports.document import stamp
from netpulse_core.model.check import Finding, FindingVerdict
from netpulse_core.model.report import Report, Row

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, however it is escaped."""

_FAILURE, _ERROR, _SKIPPED = "failure", "error", "skipped"

_ELEMENTS = {
    FindingVerdict.FAIL: _FAILURE,
    FindingVerdict.ERROR: _ERROR,
    FindingVerdict.STALE: _ERROR,
    FindingVerdict.WAIVED: _SKIPPED,
    FindingVerdict.NOT_APPLICABLE: _SKIPPED,
}

NOT_JUDGED = "not judged"


def text(report: Report) -> str:
    """Return the document; a device that was not judged is an error of a suite of its own."""
    root = Xml.Element("testsuites", {"name": "netpulse compliance"})
    for policy, checks in report.by_policy():
        _suite(root, report, policy or "checks", [row for rows in checks.values() for row in rows])
    if report.not_judged:
        suite = Xml.SubElement(root, "testsuite", {"name": NOT_JUDGED, "timestamp": _when(report)})
        for device, why in sorted(report.not_judged.items()):
            case = _case(suite, report, device, NOT_JUDGED)
            Xml.SubElement(case, _ERROR, {"message": _legal(why), "type": "not_judged"})
        _count(suite)
    _count(root)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _suite(root: Xml.Element, report: Report, name: str, rows: Sequence[Row]) -> None:
    suite = Xml.SubElement(root, "testsuite", {"name": _legal(name), "timestamp": _when(report)})
    said = {"run": report.run.id} if report.run is not None else {}
    _properties(suite, {**said, "version": rows[0].finding.version, "owner": rows[0].finding.owner})
    for row in rows:
        one = row.finding
        case = _case(suite, report, row.device, one.check.removeprefix(f"{one.policy}/"))
        waiver = {f"waiver.{key}": str(value) for key, value in one.waiver.items()}
        told = {"severity": one.severity.value, "verdict": one.verdict.value, "trend": row.course.trend or ""}
        _properties(case, {**told, "first_failed": stamp(row.course.first_failed) or "", **waiver})
        if (kind := _ELEMENTS.get(one.verdict)) is not None:
            said = {"message": _legal(_message(one))}
            element = Xml.SubElement(case, kind, said if kind == _SKIPPED else {**said, "type": one.verdict.value})
            if kind != _SKIPPED:
                element.text = _legal(_lines(one))
        elif one.verdict is FindingVerdict.WARN:
            Xml.SubElement(case, "system-out").text = _legal(f"warn: {one.why}\n{_lines(one)}")
    _count(suite)


def _case(suite: Xml.Element, report: Report, device: str, name: str) -> Xml.Element:
    facts = report.facts(device)
    place = ".".join(_part(part) for part in (facts.platform, facts.site) if part) or "device"
    return Xml.SubElement(suite, "testcase", {"classname": place, "name": _legal(f"{device} {name}"), "time": "0"})


def _part(text: str) -> str:
    return _legal(text).replace(".", "_")


def _properties(parent: Xml.Element, values: Mapping[str, str]) -> None:
    told = {name: value for name, value in values.items() if value}
    if told:
        properties = Xml.SubElement(parent, "properties")
        for name, value in told.items():
            Xml.SubElement(properties, "property", {"name": name, "value": _legal(value)})


def _count(element: Xml.Element) -> None:
    element.set("tests", str(len(list(element.iter("testcase")))))
    for attribute, tag in (("failures", _FAILURE), ("errors", _ERROR), ("skipped", _SKIPPED)):
        if element.tag == "testsuite" or tag != _SKIPPED:  # the outermost element has no count of what was skipped
            element.set(attribute, str(len(list(element.iter(tag)))))


def _message(one: Finding) -> str:
    if one.verdict is FindingVerdict.WAIVED:
        return f"waived until {one.waiver.get('until', '')}: {one.waiver.get('reason', '')} ({one.why})"
    return one.why


def _lines(one: Finding) -> str:
    told = [f"- {_under(line)}" for line in one.missing] + [f"+ {_under(line)}" for line in one.extra]
    told = told or [_under(line) for line in one.found]
    return "\n".join([*told, *(["remediation:", one.remediation] if one.remediation else [])])


def _under(lines: str) -> str:
    return lines.replace("\n", "\n  ")


def _when(report: Report) -> str:
    return (stamp(report.made_at) or "").removesuffix("Z")


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
