"""Why a device was selected, waits, was stopped or is red: the records of its job, put into sentences."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from netpulse_core.controller.windowing import Windowing
from netpulse_core.errors import InvalidParameters, NetPulseError, NotFound
from netpulse_core.inventory.reasons import reasons
from netpulse_core.inventory.site import Site
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.event import Event, EventKind
from netpulse_core.model.explanation import Explanation, Moment, Reason
from netpulse_core.model.outcome import GOOD, Outcome
from netpulse_core.model.run import Job, Run
from netpulse_core.model.state import JobState
from netpulse_core.model.text import device_count
from netpulse_core.model.window import shown

JOURNAL = "reconcile: "
"""What the label of a step begins with that was written when a doubt was looked into."""

LONGEST = 120
"""Letters of a line of it."""


class Explaining:
    """Reads what is recorded of a job, and the site as it is now."""

    def __init__(self, site: Site, ledger: Ledger, windowing: Windowing) -> None:
        self._site = site
        self._ledger = ledger
        self._windowing = windowing

    def explain(self, run: Run, device: str) -> Explanation:
        """Explain a run on one device; raise NotFound for one that neither the run nor the site knows."""
        job = self._job(run, device)
        found, notes = self._selection(run, device)
        moments: list[Moment] = []
        if job is not None:
            events = self._ledger.outbox.of_device(run.id, device)
            moments = [moment for event in events for moment in _told(event, device)]
            moments[1:1] = self._waited(run, job)
            notes += self._standing(run, job)
        if run.events_removed_at is not None:
            notes.append("what happened is no longer kept, only what came of it")
        if run.repeats is not None:
            notes.append(f"the run repeats run {run.repeats} on devices that a person, or their outcomes there, named")
        summary, hint = _summary(run, job, device)
        return Explanation(
            run=run.id,
            device=device,
            target=run.target,
            selected=job is not None,
            state=None if job is None else job.state,
            outcome=None if job is None else job.outcome,
            summary=summary,
            hint=hint,
            reasons=found,
            moments=tuple(moments),
            notes=tuple(notes),
        )

    def _waited(self, run: Run, job: Job) -> list[Moment]:
        """Return that a change came at a time when its windows were closed."""
        device = self._site.devices.get(job.device)
        if device is None or not run.changes or run.override_window is not None:
            return []
        words = self._windowing.closed_at(device, run.accepted_at)
        says = f"{words} (by the windows as they are now)"
        return [Moment(at=run.accepted_at, what="waits", says=says)] if words else []

    def _standing(self, run: Run, job: Job) -> list[str]:
        """Return what bounds a job that has not ended, and what is recorded of a change whose end is not known."""
        notes = []
        if run.override_window is not None:
            notes.append(f"the run passes maintenance windows and blackouts: {run.override_window}")
        if job.state is JobState.QUEUED:
            notes.append(f"nothing of it begins after its deadline, {shown(run.deadline_at, UTC)}")
        if (push := self._ledger.jobs.push(job.id)) is not None:
            over = ", ".join(f"{one.name or 'one without a name'} ({one.driver})" for one in push.sessions)
            known = "is known" if push.baseline else "was not read"
            notes.append(f"its change went over {over}; the configuration before it {known}")
            if push.tries:
                looked = "once" if push.tries == 1 else f"{push.tries} times"
                notes.append(f"workers have looked at what became of it {looked}, and are not sure yet")
        return notes + self._journal(run, job)

    def _journal(self, run: Run, job: Job) -> list[str]:
        """Return what workers wrote down of a doubt: what they ended, read and compared, a line each."""
        steps = self._ledger.jobs.steps(run.id, job.device).get(job.device, ())
        told = [step for step in steps if step.label.startswith(JOURNAL)]
        return [f"{step.label}: {_first_line(step.error or step.diff or step.body)}" for step in told]

    def _job(self, run: Run, device: str) -> Job | None:
        try:
            return self._ledger.jobs.one(run.id, device)
        except NotFound:
            if device not in self._site.devices:
                raise
            return None

    def _selection(self, run: Run, device: str) -> tuple[tuple[Reason, ...], list[str]]:
        notes = []
        if run.revision != self._site.revision:
            notes.append(
                f"why it was selected is said by the site as it is now, revision {self._site.revision}; "
                f"the run was accepted on {run.revision}"
            )
        if device not in self._site.devices:
            return (), [*notes, "the device is not in the inventory any more"]
        try:
            return reasons(self._site, run.target, self._site.devices[device]), notes
        except NetPulseError as error:
            problem = "; ".join(error.problems) if isinstance(error, InvalidParameters) else str(error)
            return (), [*notes, f"the target is not understood any more: {problem}"]


def _first_line(body: object) -> str:
    lines = _in_words(body).strip().splitlines()
    more = f" (and {len(lines) - 1} more lines)" if len(lines) > 1 else ""
    return f"{lines[0][:LONGEST]}{more}" if lines else "nothing"


def _in_words(value: object) -> str:
    """Return what a step keeps as a person reads it: `line: ntp server 192.0.2.7, stands: new; line: ...`."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return ", ".join(f"{name}: {_in_words(one)}" for name, one in value.items())
        case list() | tuple():
            return "; ".join(map(_in_words, value))
    return str(value)


def _summary(run: Run, job: Job | None, device: str) -> tuple[str, str]:
    """Return why the job is where it is, in a sentence, and what to do next."""
    if job is None:
        return f"{device} was not selected: the run has no job on it", f"netpulse targets '{run.target}'"
    if job.problem is not None and job.outcome is not None and job.outcome not in GOOD:
        return f"{job.outcome.value}: {job.problem.message.removeprefix(f'{device}: ')}", job.problem.hint
    if job.waiting_for:
        return f"waits: {job.waiting_for}", ""
    if job.outcome is not None:
        return job.outcome.value, ""
    return f"{job.state.value} on worker {job.node}", ""


def _told(event: Event, device: str) -> list[Moment]:
    body = event.body
    about = body.get("problem")  # of a job; the history of configurations says its own in words
    problem: Mapping[str, Any] = about if isinstance(about, Mapping) else {}
    says = str(problem.get("message", "")).removeprefix(f"{device}: ")
    hint = str(problem.get("hint", ""))
    match event.kind:
        case EventKind.RUN_ACCEPTED:
            words = f"asked for by {body['caller']}: {body['runbook']} on {device_count(body['devices'])}"
            return [_moment(event, "accepted", words)]
        case EventKind.RUN_CANCELLED:
            return [_moment(event, "cancelled", _cancelled(body, device))]
        case EventKind.RUN_FINISHED:
            return [_moment(event, "run over", f"its verdict is {body['verdict']}")]
        case EventKind.JOB_STARTED:
            return [_moment(event, "started", f"attempt {body['attempt']}, on worker {body['node']}")]
        case EventKind.JOB_PUSHING:
            on = f" on its session {body['session']}" if body.get("session") else ""
            return [_moment(event, "pushing", f"passed its point of no return{on}: from here on it changes the device")]
        case EventKind.JOB_WAITING:
            return [_moment(event, "waits", str(body["reason"]).removeprefix(f"{device}: "), hint)]
        case EventKind.JOB_RETRYING:
            return [_moment(event, "queued again", _again(body, says), hint)]
        case EventKind.JOB_IN_DOUBT:
            return [_moment(event, str(body["outcome"]), _by(body, says), hint)]
        case EventKind.JOB_FINISHED:
            return [_moment(event, str(body["outcome"]), _by(body, says), hint if body["outcome"] not in GOOD else "")]
    return []


def _moment(event: Event, what: str, says: str, hint: str = "") -> Moment:
    return Moment(at=event.at, what=what, says=says, hint=hint)


def _cancelled(body: Mapping[str, Any], device: str) -> str:
    refused = (body.get("refused") or {}).get(device)
    if refused:
        return f"by {body['caller']}, and refused here: {refused}"
    stopping: Sequence[str] = body.get("stopping") or ()
    return f"by {body['caller']}" + (": its worker is to stop it" if device in stopping else "")


def _again(body: Mapping[str, Any], says: str) -> str:
    words = str(body.get("reason") or says)
    if body.get("outcome") and body.get("attempt"):
        words = f"attempt {body['attempt']} ended {body['outcome']}: {words}"
    seconds = body.get("retry_in")
    return f"{words}; the next in {seconds:.1f} s" if seconds else words


def _by(body: Mapping[str, Any], says: str) -> str:
    """Say who knows what became of a job, and how."""
    if body.get("resolved_by"):
        return f"{body['resolved_by']} looked at the device: {body['reason']}"
    if body.get("reconciled_by"):
        return f"worker {body['reconciled_by']} read the device again: {says}"
    elapsed = body.get("elapsed")
    took = f"after {elapsed:.2f} s" if elapsed and Outcome(body["outcome"]) in GOOD else ""
    return says or took
