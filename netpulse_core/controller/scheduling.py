"""Schedules as a caller may handle them: plan and apply the files, make some by API, pause, resume, run now."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netpulse_core.configs.marking import refuse_masks
from netpulse_core.controller.firing import require_opened
from netpulse_core.errors import InvalidParameters, Refused
from netpulse_core.inventory.notice import Notice
from netpulse_core.ledger.schedules import no_schedule
from netpulse_core.model.caller import Caller
from netpulse_core.model.roles import Permission
from netpulse_core.model.run import Accepted
from netpulse_core.model.schedule import Fire, Schedule, ScheduleStatus
from netpulse_core.model.scheduleplan import Ahead, ChangeKind, Plan
from netpulse_core.timing import entry, files
from netpulse_core.timing.ahead import ahead
from netpulse_core.timing.due import next_due
from netpulse_core.timing.planning import planned

if TYPE_CHECKING:
    from netpulse_core.controller.netpulse import NetPulse

LONGEST_REASON = 500


class Scheduling:
    """The schedules of a site, as one process of it handles them."""

    def __init__(self, netpulse: "NetPulse") -> None:
        self._netpulse = netpulse
        self._known = netpulse.ledger.schedules

    def seen(self, caller: Caller) -> list[ScheduleStatus]:
        """Return the schedules that are there for a caller."""
        access, now = self._netpulse.access, self._netpulse.ledger.database.now()
        return [_told(one, now) for one in self._known.all() if access.sees_schedule(caller, one.schedule)]

    def one(self, name: str, caller: Caller) -> ScheduleStatus:
        """Return a schedule that is there for a caller, or raise NotFound, which knows no other."""
        seen = {status.name: status for status in self.seen(caller)}
        if name not in seen:
            raise no_schedule(name, seen)
        return seen[name]

    def fires(self, name: str, caller: Caller, limit: int) -> list[Fire]:
        """Return what became of a schedule's due times, the latest first."""
        return self._netpulse.ledger.fires.page(self.one(name, caller).name, limit)

    def ahead(self, name: str, caller: Caller, count: int) -> Ahead:
        """Return what a schedule will do next, and why a time is skipped."""
        status = self.one(name, caller)
        misfire = self._netpulse.firing.misfire(status.schedule)
        return ahead(status, self._netpulse.ledger.database.now(), count, misfire)

    def plan(self, caller: Caller) -> Plan:
        """Return what applying this process's files would change."""
        self._netpulse.access.require(caller, Permission.SCHEDULES_WRITE, "plan")
        return self._planned()[0]

    def apply(self, caller: Caller, plan: str = "") -> Plan:
        """Make the files what the ledger knows; all of them, or none where one has an error.

        `plan` is the id of the plan that was read: where the files or the ledger changed since, nothing is done.
        """
        self._netpulse.access.require(caller, Permission.SCHEDULES_WRITE, "apply")
        found, wanted = self._planned()
        if plan and not hmac.compare_digest(plan.encode(), found.id.encode()):
            raise Refused(
                f"plan {plan} is not what applying would do any more", hint="read it again: `netpulse schedules plan`"
            )
        if found.broken:
            told = [f"{one.place}: {one.message}" for one in found.remarks if one.severity == "error"]
            raise InvalidParameters("schedules", told, hint="nothing was applied; `netpulse check` says more")
        self._require_lines(found, wanted, caller)
        self._known.know(wanted, by=caller.name)
        return found

    def make(self, name: str, said: Mapping[str, Any], caller: Caller) -> ScheduleStatus:
        """Add a schedule by API; it runs as `schedule:NAME`, in a role that is never above its maker's."""
        with self._netpulse.ledger.audit.refusals(caller.name, "schedule.refused", name):
            schedule = self._judged(name, said, caller)
            if name in {path.stem for path in files.contents(self._netpulse.site.path)}:
                hint = "give another: a name is a file's or the API's"
                raise Refused(f"schedules/{name}.yaml has that name", hint=hint)
            return self._known.make(schedule, caller.name)

    def replace(self, name: str, said: Mapping[str, Any], caller: Caller) -> ScheduleStatus:
        """Change a schedule that was made by API; unless it says the same, it starts counting now."""
        with self._netpulse.ledger.audit.refusals(caller.name, "schedule.refused", name):
            return self._known.replace(self._judged(name, said, caller), caller.name)

    def remove(self, name: str, caller: Caller) -> ScheduleStatus:
        """Remove a schedule that was made by API, and return what it was."""
        self._netpulse.access.require(caller, Permission.SCHEDULES_WRITE, name)
        found = self._known.one(name)
        self._known.remove(name, caller.name)
        return found

    def pause(self, name: str, caller: Caller, reason: str) -> ScheduleStatus:
        """Let a schedule not fire until it is resumed; its definition stays as it is."""
        self._netpulse.access.require(caller, Permission.SCHEDULES_PAUSE, name)
        problems = [] if reason.strip() else ["reason is empty: it is what everyone who wonders will read"]
        problems += [f"reason is longer than {LONGEST_REASON} characters"] if len(reason) > LONGEST_REASON else []
        if problems:
            raise InvalidParameters("pause", problems)
        return self._known.pause(name, caller.name, " ".join(reason.split()))

    def resume(self, name: str, caller: Caller) -> ScheduleStatus:
        """Let a schedule fire again, from now on."""
        self._netpulse.access.require(caller, Permission.SCHEDULES_PAUSE, name)
        return self._known.resume(name, caller.name)

    def run_now(self, name: str, caller: Caller, key: str | None = None) -> Accepted:
        """Ask for what a schedule asks for, as oneself; when the schedule is due stays as it is."""
        status = self.one(name, caller)
        with self._netpulse.ledger.audit.refusals(caller.name, "run.refused", status.schedule.request.runbook):
            require_opened(status.unopened)
        request = replace(status.schedule.request, idempotency_key=key)
        return self._netpulse.submit(request, caller, schedule=name)

    def _planned(self) -> tuple[Plan, Sequence[Schedule]]:
        netpulse, site = self._netpulse, self._netpulse.site.path
        notices = files.examine(site, netpulse.plugins, netpulse.site.select, netpulse.access.roles)
        entries = [entry.read(path, content) for path, content in files.contents(site).items()]
        wanted = [each.schedule for each in entries if each.schedule is not None]
        for schedule in wanted:
            if problem := files.in_clear(netpulse.plugins, schedule):
                path = site / files.FOLDER / f"{schedule.name}.yaml"
                notices.append(Notice(severity="error", path=path, key="parameters", message=problem))
        kept, waits = netpulse.ledger.parameters, netpulse.settings.schedules_wait
        plan = planned(site, wanted, notices, self._known.all(), kept.shown, waits=waits, seals=kept.seals)
        return plan, wanted

    def _require_lines(self, plan: Plan, wanted: Sequence[Schedule], caller: Caller) -> None:
        """Raise NotPermitted where one of the lines that applying would newly have sent is none of the caller's."""
        new = {change.name for change in plan.changes if change.kind in (ChangeKind.ADDED, ChangeKind.CHANGED)}
        for schedule in wanted:
            if schedule.name in new:
                runbook = self._netpulse.plugins.runbook(schedule.request.runbook)
                given = schedule.request.parameters
                self._netpulse.access.require_lines(caller, runbook, runbook.validated(given))
                self._netpulse.references.require(caller, runbook, given, of_site=True)

    def _judged(self, name: str, said: Mapping[str, Any], caller: Caller) -> Schedule:
        """Return the schedule a request describes, if its maker may have it."""
        netpulse, access = self._netpulse, self._netpulse.access
        access.require(caller, Permission.SCHEDULES_WRITE, name)
        schedule = entry.of_request(name, said)
        schedule = replace(schedule, role=schedule.role or caller.role)
        self._require_role(schedule, caller)
        runbook = netpulse.plugins.runbook(schedule.request.runbook)
        parameters = runbook.validated(schedule.request.parameters)
        refuse_masks(runbook, schedule.request.parameters)
        netpulse.references.require(caller, runbook, schedule.request.parameters)
        for one in (caller, Caller(name=schedule.caller, role=schedule.role)):
            access.require_run(one, runbook)
            access.require_lines(one, runbook, parameters)
        runbook.fitting(netpulse.site.select(schedule.request.target))
        return schedule

    def _require_role(self, schedule: Schedule, caller: Caller) -> None:
        roles = self._netpulse.access.roles
        if schedule.role not in roles:
            raise InvalidParameters("schedule", [f"role: {schedule.role!r} is none of {', '.join(roles)}"])
        self._netpulse.access.require_giving(caller, schedule.role, schedule.name)


def _told(status: ScheduleStatus, now: float) -> ScheduleStatus:
    """Return a schedule with its next due time also where no scheduler has said it yet."""
    if status.next_due is not None or status.paused is not None or not status.schedule.enabled:
        return status
    return replace(status, next_due=next_due(status.schedule, status.anchor, max(status.after, now)))
