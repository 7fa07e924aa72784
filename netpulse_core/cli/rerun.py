"""`rerun`: ask for a run once more, where it did not end well."""

from dataclasses import replace
from typing import Annotated

import typer

from netpulse_core.cli import durations, exits
from netpulse_core.cli.asking import Confirmed, Detach, IdempotencyKey, Yes, require_lasting
from netpulse_core.cli.exits import ExitCode
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import service
from netpulse_core.cli.run import asked, confirm
from netpulse_core.cli.runs import RunId
from netpulse_core.errors import InvalidParameters, did_you_mean
from netpulse_core.model.outcome import GOOD, Outcome
from netpulse_core.model.run import Accepted, Job, RerunRequest

app = typer.Typer()


@app.command("rerun", epilog=exits.TABLE)
@shared
def rerun(
    given: Given,
    run: RunId,
    devices: Annotated[
        list[str] | None, typer.Argument(metavar="[DEVICE]...", help="Only these devices of it.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="OUTCOME,...", help="Devices that ended so; else those not ok or changed.")
    ] = None,
    priority: Annotated[int | None, typer.Option(help="Another than it had.", show_default=False)] = None,
    deadline: Annotated[
        str | None, typer.Option(metavar="4h", help="Another than it had: 4h, or seconds.", show_default=False)
    ] = None,
    detach: Detach = False,
    yes: Yes = False,
    confirmed: Confirmed = None,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Ask for a run once more on the devices that did not end well, as a new run with the parameters and files it had.

    A device in doubt is never among them: it is refused until somebody has said what it shows.
    """
    outcomes = _outcomes(only)
    within = None if deadline is None else durations.deadline(deadline)
    with service(given) as at:
        require_lasting(at, detach=detach)
        before = at.client.run(run)
        if before.changes and not yes:
            meant = [job.device for job in at.client.devices_of(before.id) if _is_meant(job, outcomes, devices or ())]
            if meant:  # else the service says why there is none, and with none confirmed it changes none
                confirm(given.screen, before.runbook, meant, before.parameters)
            confirmed = len(meant) if confirmed is None or not meant else confirmed
        wanted = RerunRequest(
            run=before.id,
            outcomes=outcomes,
            devices=tuple(devices or ()),
            priority=priority,
            deadline=within,
            confirm=confirmed,
        )

        def ask(key: str, within: float | None = None) -> Accepted:
            return at.client.rerun(replace(wanted, idempotency_key=key, deadline=within or wanted.deadline))

        ended = asked(at, given, ask, idempotency_key, detach=detach)
    raise typer.Exit(exits.of_run(ended) if ended else ExitCode.OK)


def _outcomes(only: str | None) -> tuple[Outcome, ...]:
    names = [] if only is None else [name.strip() for name in only.split(",")]
    known = [outcome.value for outcome in Outcome]
    problems = [f"no outcome {name!r}{did_you_mean(name, known)}" for name in names if name not in known]
    if problems:
        raise InvalidParameters("--only", problems, hint=f"outcomes are {', '.join(known)}")
    return tuple(Outcome(name) for name in names)


def _is_meant(job: Job, outcomes: tuple[Outcome, ...], devices: list[str] | tuple[str, ...]) -> bool:
    """Whether the service will choose it, as far as a person is asked; it decides by itself once more."""
    named = not devices or job.device in devices
    ended_badly = job.outcome is not None and job.outcome not in GOOD
    return named and (job.outcome in outcomes if outcomes else bool(devices) or ended_badly)
