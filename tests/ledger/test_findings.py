"""What stands of devices and checks: only changes are written, each run counts once, and nothing is fixed unseen."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from netpulse_core.ledger import findings as standing
from netpulse_core.ledger import judgements, leftovers
from netpulse_core.ledger.findingtables import finding_changes, findings, judged_devices
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import blobs, jobs, runs
from netpulse_core.model.check import Finding, FindingVerdict, Severity, findings_in
from netpulse_core.model.event import Event, EventKind
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, Step
from netpulse_core.model.trend import Change, Standing, Trend
from tests.ledger.work import Worker, accepted

NIGHT = 86_400.0

PASS, FAIL, ERROR, WARN = "pass", "fail", "error", "warn"


def finding(check: str, verdict: str, **told: Any) -> Finding:
    """Return what a check says; a hash of evidence that is new every night is in it."""
    why = "" if verdict == PASS else f"it is {verdict}"
    return Finding(FindingVerdict(verdict), why, check=check, policy=check.partition("/")[0], **told)


def judged(found: Sequence[Finding]) -> Conclusion:
    step = Step(label="run_checks", body=[one.as_data() for one in found], changed=False, failed=False, diff="",
                error="", elapsed=0.1)  # fmt: skip
    return Conclusion(outcome=Outcome.OK, steps=(step,))


class Nights:
    """A worker that judges, and a ledger that compares."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.worker = Worker(ledger, owns=["r1", "r2", "r3"])

    def conclude(self, found: Mapping[str, Sequence[Finding] | Conclusion]) -> str:
        """Run on these devices; return the run."""
        run = accepted(self.ledger, *found)
        self.finish(self.worker.claim(), found)
        return run

    def finish(self, claims: Sequence[Claim], found: Mapping[str, Sequence[Finding] | Conclusion]) -> None:
        told = {name: one if isinstance(one, Conclusion) else judged(one) for name, one in found.items()}
        self.worker.turn([(claim, told[claim.device]) for claim in claims], 0)

    def night(self, **found: Sequence[Finding] | Conclusion) -> str:
        """Run, and compare at once."""
        run = self.conclude(found)
        assert self.ledger.folding.due() == [run]
        self.fold(run)
        return run

    def fold(self, run: str, most: int = 50) -> None:
        while self.ledger.folding.fold(run, most):
            pass

    def stands(self, device: str, check: str) -> Standing:
        (one,) = [one for one in self.ledger.findings.standing([device]) if one.check == check]
        return one

    def history(self, device: str, check: str) -> list[tuple[str | None, str, str | None]]:
        """Return the changes, the oldest first."""
        changes: list[Change] = self.ledger.findings.history(device, check)
        return [(one.was, one.verdict.value, one.trend) for one in reversed(changes)]

    def told(self, run: str) -> list[Event]:
        return [one for one in self.ledger.outbox.after(run, 0) if one.kind is EventKind.COMPLIANCE_CHANGED]

    def rows(self, table: Any) -> int:
        with self.ledger.database.read() as connection:
            return int(connection.scalar(select(func.count()).select_from(table)) or 0)


@pytest.fixture
def nights(ledger: Ledger) -> Nights:
    return Nights(ledger)


def test_a_violation_is_new_stands_is_altered_and_is_fixed(nights: Nights) -> None:
    nights.night(r1=[finding("ntp/a", PASS)])
    new = nights.night(r1=[finding("ntp/a", FAIL, missing=["ntp server 192.0.2.1"])])
    first = nights.stands("r1", "ntp/a")
    assert (first.verdict, first.run, first.flaps, first.why) == (FAIL, new, 1, "it is fail")
    assert first.first_failed == first.since == first.judged_at
    assert first.last_passed is not None
    assert first.last_passed < first.since
    assert [one.body["counts"]["new"] for one in nights.told(new)] == [1]
    same = nights.night(r1=[finding("ntp/a", FAIL, missing=["ntp server 192.0.2.1"], sources={"x": "another hash"})])
    assert nights.told(same) == []
    assert nights.stands("r1", "ntp/a").run == new
    found = nights.ledger.findings.compared(same)
    assert found is not None
    assert dict(found.counts) == {Trend.STILL_FAILING: 1}
    altered = nights.night(r1=[finding("ntp/a", FAIL, missing=["ntp server 192.0.2.9"])])
    assert nights.told(altered)[0].body["changes"] == [
        {"device": "r1", "check": "ntp/a", "severity": "medium", "trend": "altered", "verdict": "fail", "was": "fail"}
    ]
    assert nights.stands("r1", "ntp/a").first_failed == first.first_failed
    fixed = nights.night(r1=[finding("ntp/a", PASS)])
    assert nights.told(fixed)[0].body["counts"]["fixed"] == 1
    now = nights.stands("r1", "ntp/a")
    assert (now.verdict, now.first_failed, now.last_passed, now.flaps) == (PASS, None, now.judged_at, 2)
    assert nights.history("r1", "ntp/a") == [
        (PASS, FAIL, "new"), (FAIL, FAIL, "altered"), (FAIL, PASS, "fixed")
    ]  # fmt: skip
    oldest = nights.ledger.findings.history("r1", "ntp/a")[-1]
    assert oldest.finding is not None
    assert oldest.finding.missing == ("ntp server 192.0.2.1",)


def test_what_could_not_be_looked_at_is_neither_fixed_nor_new(nights: Nights) -> None:
    nights.night(r1=[finding("a", FAIL, extra=["x"])], r2=[finding("a", FAIL, extra=["x"])])
    since = nights.stands("r1", "a").first_failed
    error = nights.night(r1=[finding("a", ERROR)], r2=Conclusion(outcome=Outcome.UNREACHABLE))
    assert nights.told(error)[0].body["counts"] | {"newly_error": 1, "fixed": 0} == nights.told(error)[0].body["counts"]
    assert (nights.stands("r1", "a").verdict, nights.stands("r2", "a").verdict) == (ERROR, FAIL)
    again = nights.night(r1=[finding("a", ERROR)])
    assert nights.told(again) == []
    back = nights.night(r1=[finding("a", FAIL, extra=["x"])])
    assert nights.told(back) == []
    assert nights.stands("r1", "a").first_failed == since
    assert [one.counts for one in [nights.ledger.findings.compared(back)] if one] == [{Trend.STILL_FAILING: 1}]


def test_a_waiver_begins_and_ends_aloud(nights: Nights) -> None:
    waiver = {"reason": "CHG1", "until": "2031-01-01", "expired": False}
    nights.night(r1=[finding("a", FAIL)])
    waived = nights.night(r1=[finding("a", "waived", waiver=waiver)])
    ended = nights.night(r1=[finding("a", FAIL, waiver=waiver | {"expired": True})])
    assert [nights.told(run)[0].body["changes"][0]["trend"] for run in (waived, ended)] == ["newly_waived", "new"]


def test_a_night_on_which_nothing_changed_writes_no_finding(nights: Nights) -> None:
    found = [finding("a", PASS, found=["x"]), finding("b", FAIL, extra=["y"]), finding("c", WARN)]
    nights.night(r1=found, r2=found, r3=found)
    before = [nights.rows(table) for table in (findings, finding_changes, judged_devices, blobs)]
    for _ in range(3):
        nights.night(r1=found, r2=found, r3=found)
    assert [nights.rows(table) for table in (findings, finding_changes, judged_devices, blobs)] == before
    assert before[:3] == [9, 6, 3]


def test_a_run_is_compared_in_pieces_each_once_whoever_does_it(nights: Nights) -> None:
    run = nights.conclude({name: [finding("a", FAIL, extra=[name])] for name in ("r1", "r2", "r3")})
    raised: list[BaseException] = []

    def fold() -> None:
        try:
            nights.fold(run, most=1)
        except BaseException as error:  # noqa: BLE001  shown by the test
            raised.append(error)

    threads = [threading.Thread(target=fold) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []
    (event,) = nights.told(run)
    assert event.body["counts"]["new"] == 3
    assert event.body["more"] == 0
    assert nights.rows(finding_changes) == 3
    assert nights.ledger.folding.due() == []


def test_who_is_overtaken_between_reading_and_writing_counts_nothing_twice(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = nights.conclude({name: [finding("a", FAIL)] for name in ("r1", "r2", "r3")})
    read = judgements.read

    def overtaken(connection: Connection, *rest: Any) -> Any:
        found = read(connection, *rest)
        monkeypatch.undo()
        assert nights.ledger.folding.fold(run, 1)
        return found

    monkeypatch.setattr(judgements, "read", overtaken)
    nights.fold(run)
    counts = nights.told(run)[0].body["counts"]
    assert (counts["new"], counts["still_failing"]) == (3, 0)


def test_a_run_that_is_not_over_and_one_that_judged_nothing_wait_for_nothing(nights: Nights) -> None:
    run = accepted(nights.ledger, "r1", "r2")
    claims = {one.device: one for one in nights.worker.claim()}
    nights.finish([claims["r1"]], {"r1": [finding("a", FAIL)]})
    assert nights.ledger.folding.due() == []
    nights.finish([claims["r2"]], {"r2": [finding("a", PASS)]})
    assert nights.ledger.folding.due() == [run]
    nights.fold(run)
    accepted(nights.ledger, "r1")
    nights.finish(nights.worker.claim(), {"r1": Conclusion(outcome=Outcome.OK)})
    assert nights.ledger.folding.due() == []


def test_a_run_that_ends_late_does_not_bring_back_what_another_saw_changed_since(nights: Nights) -> None:
    slow = accepted(nights.ledger, "r1", "r2")
    claims = {one.device: one for one in nights.worker.claim()}
    nights.finish([claims["r1"]], {"r1": [finding("a", FAIL, extra=["x"]), finding("b", FAIL, extra=["x"])]})
    accepted(nights.ledger, "r1")
    (quick,) = nights.worker.claim()
    nights.finish([quick], {"r1": [finding("a", PASS)]})
    nights.fold(quick.run)
    nights.finish([claims["r2"]], {"r2": [finding("a", PASS)]})
    nights.fold(slow)
    assert (nights.stands("r1", "a").verdict, nights.stands("r1", "b").verdict) == (PASS, FAIL)


def test_an_equal_output_counts_only_beside_the_last_one(nights: Nights) -> None:
    both = [finding("a", FAIL, extra=["x"]), finding("b", PASS)]
    nights.night(r1=both)
    nights.night(r1=[finding("a", PASS)])  # by fewer checks
    assert nights.stands("r1", "a").verdict == PASS
    nights.night(r1=both)
    assert nights.stands("r1", "a").verdict == FAIL


def test_what_comes_and_goes_is_flapping_until_it_has_been_quiet(nights: Nights) -> None:
    for verdict in (PASS, FAIL, PASS, FAIL):
        run = nights.night(r1=[finding("a", verdict)])
    assert nights.stands("r1", "a").flapping
    assert nights.stands("r1", "a").flaps == 3
    found = nights.ledger.findings.compared(run)
    assert found is not None
    assert found.crossings == {("r1", "a"): 3}
    with nights.ledger.database.write() as connection:
        connection.execute(update(finding_changes).values(at=finding_changes.c.at - 8 * NIGHT))
    assert not nights.stands("r1", "a").flapping


def test_what_looks_like_findings_and_is_none_holds_up_nothing(nights: Nights) -> None:
    forged = [{"check": "a", "verdict": "splendid", "sources": {}}]
    step = Step(label="x", body=forged, changed=False, failed=False, diff="", error="", elapsed=0.1)
    twice = [finding("a", PASS), finding("a", FAIL), finding("nul\0", FAIL)]
    run = nights.night(r1=Conclusion(outcome=Outcome.OK, steps=(step,)), r2=twice)
    assert nights.ledger.findings.standing(["r1"]) == []
    assert [(one.check, one.verdict) for one in nights.ledger.findings.standing(["r2"])] == [
        ("a", FAIL), ("nul\\0", FAIL)
    ]  # fmt: skip
    assert nights.told(run)[0].body["counts"]["new"] == 2


def test_evidence_stays_as_long_as_a_finding_needs_it_and_what_nobody_judges_ages_out(nights: Nights) -> None:
    long = finding("a", FAIL, extra=["x" * 300])
    nights.night(r1=[long, finding("gone", FAIL, extra=["y" * 300])], r2=[finding("a", FAIL)])
    with nights.ledger.database.write() as connection:
        connection.execute(update(judged_devices).values(judged_at=judged_devices.c.judged_at - NIGHT))
        connection.execute(update(finding_changes).values(at=finding_changes.c.at - NIGHT))
    nights.night(r1=[long])  # the rule `gone` and the device r2 are no more
    with nights.ledger.database.write() as connection:
        (at,) = [connection.scalar(select(func.max(runs.c.finished_at)))]
        while standing.forget(connection, at - NIGHT / 2):
            pass
        while standing.forget_changes(connection, at - NIGHT / 2):
            pass
    assert [one.check for one in nights.ledger.findings.standing(["r1", "r2"])] == ["a"]
    assert nights.rows(finding_changes) == 0
    with nights.ledger.database.write() as connection:
        connection.execute(update(blobs).values(stored_at=0.0))
        outputs = [row[0] for row in leftovers.unneeded(connection, "", at)[1]]
        assert nights.ledger.findings.standing(["r1"])[0].why
        evidence = connection.scalar(select(findings.c.evidence))
        assert evidence not in outputs
        connection.execute(update(jobs).values(state=jobs.c.state))


def test_a_rule_that_matters_more_now_stands_with_its_new_severity(nights: Nights) -> None:
    nights.night(r1=[finding("a", FAIL)])
    nights.night(r1=[finding("a", FAIL, severity=Severity.CRITICAL, version="2")])
    one = nights.stands("r1", "a")
    assert (one.severity, one.version) == (Severity.CRITICAL, "2")
    assert nights.history("r1", "a") == [(None, FAIL, "new")]


@pytest.mark.parametrize("wrong", [{"check": 5}, {"policy": None}, {"waiver": "zz"}, {"sources": []}, {"why": {}}])
def test_what_only_looks_like_findings_is_none(wrong: dict[str, Any]) -> None:
    real = {"check": "ssh_only", "verdict": "pass", "sources": {}}
    assert findings_in([real]) is not None
    assert findings_in([real, real | wrong]) is None
