"""What a row of the outbox is to a plugin: a fact of its own class, with the run it belongs to."""

from typing import Any

from netpulse_core.model import events
from netpulse_core.model.event import Event, EventKind
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Problem

_OF_A_FINISHED_JOB = ("attempt", "elapsed", "session_reused", "resolved_by", "reason", "reconciled_by")


def fact_of(event: Event, *, runbook: str, caller: str) -> events.Event:
    """Return what plugins are told of a recorded event."""
    said: dict[str, Any] = {
        "run": event.run, "number": event.number, "at": event.at, "runbook": runbook, "caller": caller
    }  # fmt: skip
    body, device = event.body, event.device or ""
    about = body.get("problem")  # of a job; the history of configurations says its own in words
    problem = Problem(**about) if isinstance(about, dict) else None
    match event.kind:
        case EventKind.RUN_ACCEPTED:
            return events.RunAccepted(**said, devices=body["devices"])
        case EventKind.RUN_CANCELLED:
            return events.RunCancelled(
                **said,
                cancelled_by=body["caller"],
                jobs=body["jobs"],
                stopping=tuple(body.get("stopping", ())),
                refused=body.get("refused", {}),
            )
        case EventKind.RUN_FINISHED:
            counts = {Outcome(outcome): count for outcome, count in body["counts"].items()}
            return events.RunFinished(**said, verdict=Verdict(body["verdict"]), counts=counts)
        case EventKind.FIRE_MISSED:
            return events.FireMissed(**said, **body)
        case EventKind.JOB_STARTED:
            return events.JobStarted(**said, device=device, attempt=body["attempt"], node=body["node"])
        case EventKind.JOB_PUSHING:
            return events.JobPushing(**said, device=device, session=body["session"])
        case EventKind.JOB_RETRYING:
            return events.JobRetrying(
                **said,
                device=device,
                reason=body.get("reason") or (problem.message if problem else ""),
                outcome=Outcome(body["outcome"]) if body.get("outcome") else None,
                attempt=body.get("attempt"),
                retry_in=body.get("retry_in") or 0.0,
                problem=problem,
            )
        case EventKind.JOB_WAITING:
            return events.JobWaiting(**said, device=device, reason=body["reason"], problem=problem)
        case EventKind.JOB_IN_DOUBT:
            return events.JobInDoubt(**said, device=device, outcome=Outcome(body["outcome"]), problem=problem)
        case EventKind.JOB_FINISHED:
            rest: dict[str, Any] = {name: body.get(name) for name in _OF_A_FINISHED_JOB}
            return events.JobFinished(**said, device=device, outcome=Outcome(body["outcome"]), problem=problem, **rest)
        case EventKind.COMPLIANCE_CHANGED:
            return events.ComplianceChanged(
                **said, counts=body["counts"], changes=tuple(body["changes"]), more=body["more"]
            )
        case EventKind.CONFIG_SUSPECT:
            return events.ConfigSuspect(**said, device=device, reasons=tuple(body["reasons"]))
        case EventKind.CONFIG_HISTORY_FAILED:
            return events.ConfigHistoryFailed(**said, problem=body["problem"], failures=body["failures"])
