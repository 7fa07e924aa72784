"""What applying the schedule files would change against what the ledger knows, key by key."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from netpulse_core.inventory.notice import Notice
from netpulse_core.ledger.definitions import as_shown
from netpulse_core.ledger.sealedparameters import Shown
from netpulse_core.model.run import DEFAULT_DEADLINE, DEFAULT_PRIORITY
from netpulse_core.model.schedule import Schedule, ScheduleStatus, Source
from netpulse_core.model.scheduleplan import Change, ChangeKind, Plan, Remark

_USUAL = {each.name: each.default for each in fields(Schedule)}


def planned(
    site: Path,
    wanted: Sequence[Schedule],
    notices: Sequence[Notice],
    known: Sequence[ScheduleStatus],
    shown: Shown,
    *,
    waits: bool,
    seals: bool = True,
) -> Plan:
    """Return the plan for these files; a file with an error leaves its schedule as it is known.

    It is told, and compared, with parameters as they are `shown`: with marks in the place of secrets. `seals` is
    whether there is a key to seal those with that do not open any more.
    """
    before = {status.name: replace(status, schedule=as_shown(status.schedule, shown)) for status in known}
    files = {schedule.name: as_shown(schedule, shown) for schedule in wanted}
    broken = {notice.path.stem for notice in notices if notice.severity == "error"}
    for name in broken - files.keys():
        if name in before and before[name].source is Source.FILE:
            files[name] = before[name].schedule
    remarks = tuple(_remark(site, notice) for notice in notices)
    said = [*(f"{status.name} {status.digest}" for status in known), *map(repr, files.values()), *map(repr, remarks)]
    digest = hashlib.sha256("\n".join(sorted(said)).encode()).hexdigest()[:12]
    return Plan(id=digest, changes=tuple(_changes(files, before, seals)), remarks=remarks, waits=waits)


def said(schedule: Schedule) -> dict[str, Any]:
    """Return the keys of a schedule as a file says them, those at their defaults left out."""
    request = schedule.request
    keys: dict[str, Any] = {"runbook": request.runbook, "target": request.target}
    keys |= {f"parameters.{name}": value for name, value in request.parameters.items()}
    keys["priority"] = None if request.priority == DEFAULT_PRIORITY else request.priority
    keys["deadline"] = None if request.deadline == DEFAULT_DEADLINE else request.deadline
    keys["confirm"] = request.confirm
    keys["at"] = None if schedule.at is None else datetime.fromtimestamp(schedule.at, UTC).isoformat()
    keys["description"] = schedule.sentence or None
    for name in _USUAL.keys() - {"name", "request", "at", "sentence"}:
        value = getattr(schedule, name)
        keys[name] = None if value == _USUAL[name] else value
    return {name: value for name, value in sorted(keys.items()) if value is not None}


def _changes(files: Mapping[str, Schedule], before: Mapping[str, ScheduleStatus], seals: bool) -> Iterator[Change]:
    for name in sorted(files.keys() | before.keys()):
        known, wanted = before.get(name), files.get(name)
        if known is not None and known.source is Source.API:
            if wanted is not None:
                yield Change(name=name, kind=ChangeKind.REFUSED)
        elif known is None and wanted is not None:
            yield Change(name=name, kind=ChangeKind.ADDED, keys=_compared({}, said(wanted)))
        elif known is not None and wanted is None:
            yield Change(name=name, kind=ChangeKind.REMOVED, keys=_compared(said(known.schedule), {}))
        elif known is not None and wanted is not None and known.schedule != wanted:
            keys = _compared(said(known.schedule), said(wanted))
            yield Change(name=name, kind=ChangeKind.CHANGED, keys=keys)
        elif known is not None and known.unopened and seals:
            yield Change(name=name, kind=ChangeKind.SEALED)


def _compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = sorted(before.keys() | after.keys())
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _remark(site: Path, notice: Notice) -> Remark:
    path = notice.path.relative_to(site) if notice.path.is_relative_to(site) else notice.path
    place = ":".join(str(part) for part in (path, notice.line or "", notice.key) if part)
    return Remark(severity=notice.severity, place=place, message=notice.message, hint=notice.hint)
