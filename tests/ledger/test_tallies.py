"""Findings in numbers: the same as counted one by one, and asked of a large site without reading what stands of it."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import insert

from netpulse_core.ledger.blobs import packed
from netpulse_core.ledger.findingtables import findings, judged_devices
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import blobs
from netpulse_core.model.check import Severity
from netpulse_core.model.trend import Standing, Tally
from tests.ledger.test_findings import ERROR, FAIL, PASS, WARN, Nights, finding


@pytest.fixture
def nights(ledger: Ledger) -> Nights:
    return Nights(ledger)


def counted(standing: list[Standing]) -> set[Tally]:
    """Count one by one."""
    found: dict[tuple[str, str, Severity, str], list[Standing]] = {}
    for one in standing:
        found.setdefault((one.policy, one.check, one.severity, one.verdict), []).append(one)
    return {
        Tally(
            policy=many[0].policy,
            check=many[0].check,
            severity=many[0].severity,
            verdict=many[0].verdict,
            devices=len(many),
            flapping=sum(one.flapping for one in many),
            judged_at=min((one.judged_at for one in many if one.judged_at is not None), default=None),
        )
        for many in found.values()
    }


def test_the_numbers_are_those_of_what_stands(nights: Nights) -> None:
    ntp, aaa = finding("ntp/a", FAIL), finding("aaa/x", PASS)
    nights.night(r1=[ntp, aaa], r2=[ntp, aaa], r3=[ntp])
    for verdict in (PASS, FAIL, PASS, FAIL):
        nights.night(r1=[finding("ntp/a", verdict)])
    nights.night(r2=[finding("ntp/a", WARN), finding("alone", ERROR)])
    nights.night(r3=[replace(ntp, severity=Severity.CRITICAL), finding("aaa/x", PASS)])
    ledger = nights.ledger
    found = ledger.tallies.of(["r1", "r2", "r3"])
    assert len(found) == len(set(found)) == 5
    assert set(found) == counted(ledger.findings.standing(["r1", "r2", "r3"]))
    assert Counter({one.check: one.flapping for one in found if one.flapping}) == {"ntp/a": 1}
    assert set(ledger.tallies.of(["r2", "r9"])) == counted(ledger.findings.standing(["r2"]))
    assert ledger.tallies.of([]) == []


def test_the_numbers_of_a_large_site_take_no_room(ledger: Ledger) -> None:
    checks, devices = [f"ntp/{number}" for number in range(20)], [f"d{number}" for number in range(200)]
    names, evidence = packed(checks), packed({"why": "missing", "missing": ["ntp server 192.0.2.1"] * 5})
    kept = {"version": "1", "since": 1.0, "flaps": 0, "run": "r", "severity": "high", "verdict": "fail"}
    kept |= {"policy": "ntp", "evidence": evidence.hash}
    judged = {"checks": names.hash, "judged_at": 2.0, "run": "r", "output": "o", "failing": 1}
    with ledger.database.write() as connection:
        for one in (names, evidence):
            row = {"hash": one.hash, "size": one.size, "coding": one.coding, "body": one.body, "stored_at": 0.0}
            connection.execute(insert(blobs), [row])
        for device in devices:
            connection.execute(insert(findings), [kept | {"device": device, "check": check} for check in checks])
        connection.execute(insert(judged_devices), [judged | {"device": device} for device in devices])
    ledger.tallies.of(devices)
    tracemalloc.start()
    try:
        found = ledger.tallies.of(devices)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(one.devices, one.judged_at) for one in found] == [(200, 2.0)] * 20
    assert peak < 500_000, "4,000 findings were read, each of them with its evidence"
