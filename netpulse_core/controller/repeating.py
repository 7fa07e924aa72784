"""Asking for a run once more, on those of its devices that a person means."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from netpulse_core.controller.acceptance import Acceptance
from netpulse_core.errors import NotFound, Refused
from netpulse_core.inventory.targets import naming
from netpulse_core.ledger.runs import recalled
from netpulse_core.model.caller import Caller
from netpulse_core.model.outcome import DOUBTFUL, GOOD
from netpulse_core.model.run import Accepted, Job, NewRun, RerunRequest, RunRequest, to_resolve
from netpulse_core.model.text import in_short

MOST = 1_000_000
"""Jobs of one run, read at once."""


@dataclass(frozen=True, slots=True)
class Repeating:
    """Turns a run and what a person says of it into another run."""

    acceptance: Acceptance
    accept: Callable[[NewRun], Accepted]
    known: Callable[[str], Accepted]

    def rerun(self, asked: RerunRequest, caller: Caller) -> Accepted:
        """Ask for it; under the same key, the run it became before."""
        ledger, key = self.acceptance.ledger, asked.idempotency_key
        fingerprint = _hash(asked)
        before = ledger.runs.get(asked.run)
        under_key = None if key is None else ledger.runs.under_key(caller.name, key)
        if key is not None and under_key is not None:
            return self.known(recalled(under_key, key, fingerprint))
        names = _chosen(asked, ledger.jobs.of_run(before.id, limit=MOST))
        request = RunRequest(
            runbook=before.runbook,
            target=naming(names),
            parameters=ledger.runs.parameters(before.id),
            priority=before.priority if asked.priority is None else asked.priority,
            deadline=before.deadline_at - before.accepted_at if asked.deadline is None else asked.deadline,
            idempotency_key=key,
            confirm=asked.confirm,
        )
        new = self.acceptance.prepared(request, caller, names=names)
        return self.accept(replace(new, repeats=before.id, fingerprint=fingerprint))


def _chosen(asked: RerunRequest, jobs: Sequence[Job]) -> list[str]:
    """Return the devices that are meant, in the run's order; raise where one must not be touched, or there is none."""
    known = {job.device: job for job in jobs}
    for name in asked.devices:
        if name not in known:
            raise NotFound("device", name, where="in this run", known=known)
    named = [known[name] for name in known if not asked.devices or name in set(asked.devices)]
    if unfinished := [job.device for job in named if job.outcome is None and asked.devices]:
        raise Refused(
            f"{in_short(unfinished)}: not finished in run {asked.run}", hint=f"netpulse show {asked.run} --watch"
        )
    if asked.outcomes:
        meant = [job for job in named if job.outcome in asked.outcomes]
    elif asked.devices:
        meant = named
    else:
        meant = [job for job in named if job.outcome is not None and job.outcome not in GOOD]
    if doubtful := [job.device for job in meant if job.outcome in DOUBTFUL]:
        raise Refused(
            f"{in_short(doubtful)}: in doubt in run {asked.run}, so nobody knows what a second time would do",
            hint=f"{to_resolve(asked.run, doubtful[0])}; or say which outcomes are meant: --only failed,unreachable",
        )
    if not meant:
        wanted = " or ".join(asked.outcomes) or "anything but ok or changed"
        raise Refused(f"no device of run {asked.run} ended with {wanted}", hint=f"netpulse show {asked.run}")
    return [job.device for job in meant]


def _hash(asked: RerunRequest) -> str:
    said = asdict(asked) | {"outcomes": sorted(asked.outcomes), "devices": sorted(asked.devices)}
    del said["idempotency_key"], said["confirm"]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
