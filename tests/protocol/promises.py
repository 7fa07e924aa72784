"""What no world of the model may be, and what no step may do."""

from tests.protocol.world import HELD, LINES, Job, State, World


def violation(world: World) -> str:
    """Return which promise this world breaks, or nothing."""
    if sum(job.state in HELD for job in world.jobs if not job.diagnostic) > 1:
        return "two jobs hold one device"
    reading = sum(job.diagnostic and job.state in HELD for job in world.jobs)
    if reading > 1:
        return "two diagnostic reads are at work on one device"
    if reading and any(job.state in (State.RUNNING, State.PUSHING) for job in world.jobs if not job.diagnostic):
        return "a diagnostic read is at work beside a job that is not in doubt"
    for number, job in enumerate(world.jobs):
        lines = world.applied.count(number)
        if lines > LINES:
            return f"job {number} was pushed twice"
        if job.state is State.FINISHED and lines not in _TRUE[job.outcome]:
            return f"job {number} is called {job.outcome}, and the device has {lines} of {LINES} lines"
    changes = sum(before != after for before, after in zip(world.applied, world.applied[1:], strict=False))
    return "two pushes were interleaved" if changes > 1 else ""


def breach(before: World, after: World) -> str:
    """Return which promise the step from one world to the other breaks, or nothing."""
    for number, (was, job) in enumerate(zip(before.jobs, after.jobs, strict=True)):
        if was is job:
            continue
        if was.state is State.FINISHED:
            return f"job {number} had ended, and goes on"
        if before.frozen and not job.diagnostic and _begins(was, job):
            return f"job {number} begins while its device is frozen"
        if was.cancelled and _begins(was, job):
            return f"job {number} begins although it was cancelled"
        if job.cancelled and job.state is State.QUEUED:
            return f"job {number} is to be tried again although it was cancelled"
        if job.outcome == "cancelled" and was.state in (State.PUSHING, State.IN_DOUBT):
            return f"job {number} had begun its change, and is cancelled"
    return ""


def _begins(was: Job, job: Job) -> bool:
    return was.state is not job.state and job.state in (State.RUNNING, State.PUSHING)


_NONE = ("not_applied", "cancelled", "unreachable", "ok")
_TRUE = {"changed": {LINES}, "partial": set(range(1, LINES)), **{outcome: {0} for outcome in _NONE}}
