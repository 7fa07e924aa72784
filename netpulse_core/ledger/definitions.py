"""A schedule as the ledger writes it: its definition, the hash of that, and the row read back."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from netpulse_core.model.run import RunRequest
from netpulse_core.model.schedule import (
    Fire,
    FireState,
    Fold,
    Gap,
    Misfire,
    Overlap,
    Pause,
    Schedule,
    ScheduleStatus,
    Source,
)

_FIRST = frozenset({"name", "request", "cron", "every", "timezone", "sentence", "enabled"})
"""What the first version wrote; what came later is left out where it is not said."""

_FIRST_ASKED = frozenset({"runbook", "target", "parameters", "priority", "deadline", "idempotency_key"})

_CHOICES: Mapping[str, type[Misfire | Overlap | Gap | Fold]] = {
    "misfire": Misfire, "overlap": Overlap, "gap": Gap, "fold": Fold
}  # fmt: skip


def definition_of(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule as data.

    Another digest would make a schedule nobody touched count anew, so a key that came later is there only if it says
    something.
    """
    said = _said(schedule, _FIRST)
    return said | {"request": _said(schedule.request, _FIRST_ASKED)}


def _said(noun: Schedule | RunRequest, first: frozenset[str]) -> dict[str, Any]:
    usual = {each.name: each.default for each in fields(noun)}
    return {name: value for name, value in asdict(noun).items() if name in first or value != usual[name]}


def digest_of(schedule: Schedule) -> str:
    """Return the hash of a definition; of a schedule as it may be shown, for a secret could be guessed by it."""
    return hashlib.sha256(json.dumps(definition_of(schedule), sort_keys=True).encode()).hexdigest()


def as_shown(schedule: Schedule, shown: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Schedule:
    """Return a schedule with its parameters as they may be shown."""
    return with_parameters(schedule, shown(schedule.request.parameters))


def with_parameters(schedule: Schedule, parameters: Mapping[str, Any]) -> Schedule:
    """Return a schedule that asks for the same with other parameters."""
    return replace(schedule, request=replace(schedule.request, parameters=parameters))


def schedule_of(definition: Mapping[str, Any]) -> Schedule:
    """Return the schedule of a definition."""
    said = dict(definition)
    said["request"] = RunRequest(**said["request"])
    for name, kind in _CHOICES.items():
        if said.get(name):
            said[name] = kind(said[name])
    return Schedule(**said)


def status_of(
    row: Mapping[Any, Any], schedule: Schedule, unopened: str, last: Fire | None, waiting: Fire | None
) -> ScheduleStatus:
    """Return what a row says of a schedule, with the latest fire and the one that waits."""
    paused = row["paused_at"]
    return ScheduleStatus(
        name=row["name"],
        schedule=schedule,
        unopened=unopened,
        anchor=row["anchor"],
        last_due=row["last_due"],
        next_due=row["next_due"],
        last_run=last.run if last else None,
        problem=last.problem if last else "",
        source=Source(row["source"] or Source.FILE),
        made_by=row["made_by"] or "",
        paused=None if paused is None else Pause(at=paused, by=row["paused_by"], reason=row["paused_for"] or ""),
        passed=row["passed"],
        digest=row["digest"],
        last_fire=last,
        waiting=waiting,
    )


def fire_of(row: Mapping[Any, Any]) -> Fire:
    """Return the fire of a row; what older versions wrote says its state by its run."""
    state = row["state"] or (FireState.FIRED if row["run_id"] else FireState.REFUSED)
    return Fire(
        due_at=row["due_at"],
        state=FireState(state),
        fired_at=row["fired_at"],
        run=row["run_id"],
        problem=row["problem"] or "",
        since=row["since"],
        due_times=row["due_times"] or 1,
    )
