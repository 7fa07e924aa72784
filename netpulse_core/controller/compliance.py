"""Compliance as people ask for it: the report of a run, what stands now, and how it came about."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from time import time
from typing import Any

from netpulse_core.compliance.catalogue import Catalogue
from netpulse_core.controller.access import Access
from netpulse_core.errors import NotFound
from netpulse_core.inventory.site import Site
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.caller import Caller
from netpulse_core.model.check import Finding, FindingVerdict, findings_in
from netpulse_core.model.outcome import GOOD
from netpulse_core.model.report import Course, Report, ReportedDevice, ReportedRun, reported
from netpulse_core.model.run import Job, Step
from netpulse_core.model.trend import FLAPPING_FROM, Change, Compared, Standing, Tally, Trend


class Compliance:
    """The compliance of a site."""

    def __init__(self, site: Site, checks: Catalogue, ledger: Ledger, access: Access) -> None:
        self._site = site
        self._checks = checks
        self._ledger = ledger
        self._access = access

    def report(self, run: str) -> Report:
        """Return the report of a run; the caller has been found to see it."""
        told = self._ledger.runs.get(run)
        jobs = self._ledger.jobs.of_run(run)
        findings = found(self._ledger.jobs.steps(run))
        compared = self._ledger.findings.compared(run)
        return Report(
            made_at=time(),
            run=ReportedRun(
                id=told.id,
                runbook=told.runbook,
                target=told.target,
                caller=told.caller,
                schedule=told.schedule,
                accepted_at=told.accepted_at,
                finished_at=told.finished_at,
                verdict=None if told.verdict is None else told.verdict.value,
            ),
            devices={job.device: self._facts(job.device) for job in jobs},
            findings=findings,
            courses={} if compared is None else dict(courses(findings, compared)),
            not_judged={job.device: _why(job, findings) for job in jobs if _away(job, findings)},
            trend=None if compared is None else compared.counts,
        )

    def standing(
        self, target: str, caller: Caller, *, check: str = "*", verdicts: Sequence[FindingVerdict] = ()
    ) -> list[Standing]:
        """Return what stands of the devices a target means, by the checks that there are: of others it is history."""
        devices = self._access.select(caller, target or "*")
        known = self._ledger.findings.standing([one.name for one in devices], [one.value for one in verdicts])
        return [one for one in known if one.check in self._checks and fnmatchcase(one.check, check)]

    def tallies(self, caller: Caller) -> list[Tally]:
        """Return in numbers what stands of the devices a caller sees, by the checks that there are."""
        devices = self._access.select(caller, "*")
        return [one for one in self._ledger.tallies.of([each.name for each in devices]) if one.check in self._checks]

    def history(self, device: str, check: str, caller: Caller) -> list[Change]:
        """Return the changes of a device and a check, the newest first; raise NotFound for one that there is not."""
        self._access.require_device(caller, device)
        changes = self._ledger.findings.history(device, check)
        if not changes and device not in self._site.devices:
            raise NotFound(
                "device", device, known=[one.name for one in self._access.seen(caller, self._site.devices.values())]
            )
        if not changes and check not in self._checks:
            raise NotFound("check", check, known=self._checks, hint="`netpulse checks list` shows them")
        return changes

    def _facts(self, device: str) -> ReportedDevice:
        known = self._site.devices.get(device)
        return ReportedDevice() if known is None else reported(known)


def found(steps: Mapping[str, Sequence[Step]]) -> dict[str, list[Finding]]:
    """Return the findings of each device that was judged."""
    told = {device: [findings_in(step.body) for step in each] for device, each in steps.items()}
    judged = {device: [one for one in each if one is not None] for device, each in told.items()}
    return {device: each[-1] for device, each in judged.items() if each}


def courses(findings: Mapping[str, Sequence[Finding]], compared: Compared) -> Iterable[tuple[tuple[str, str], Course]]:
    """Yield how each finding came about, where there is something to say of it."""
    for device, each in findings.items():
        for one in each:
            pair = (device, one.check)
            change = compared.changes.get(pair)
            if change is not None:
                yield pair, _course(one, change, pair in compared.here, compared.crossings.get(pair, 0))


def _course(one: Finding, change: Change, here: bool, crossings: int) -> Course:
    stands = Trend.STILL_FAILING if one.verdict is FindingVerdict.FAIL else None
    return Course(
        trend=change.trend if here else stands,
        since=change.at if here or change.was is not change.verdict or change.was_since is None else change.was_since,
        first_failed=change.first_failed,
        last_passed=change.last_passed,
        flapping=crossings >= FLAPPING_FROM,
    )


def _away(job: Job, findings: Mapping[str, Any]) -> bool:
    return job.outcome not in GOOD or job.device not in findings


def _why(job: Job, findings: Mapping[str, Any]) -> str:
    if job.problem is not None:
        return job.problem.message.removeprefix(f"{job.device}: ")
    if job.outcome is None:
        return job.waiting_for or f"it is {job.state.value}"
    return job.outcome.value if job.outcome not in GOOD else "no check judged it"
