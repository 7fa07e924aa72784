"""`run`: ask for a run, watch it, and show what came of it."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.main import get_command

from netpulse_core.cli import board, durations, exits, findings, parameters, report, unwatched, wording
from netpulse_core.cli.asking import Confirmed, Detach, IdempotencyKey, Yes, require_lasting
from netpulse_core.cli.exits import ExitCode
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.interrupts import exit_code
from netpulse_core.cli.place import Service, service
from netpulse_core.cli.screen import Screen, clean
from netpulse_core.cli.unwatched import Ask
from netpulse_core.client import Client
from netpulse_core.errors import InvalidParameters
from netpulse_core.model.check import findings_in
from netpulse_core.model.run import DEFAULT_PRIORITY, Accepted, Job, OutputGroup, Run, RunRequest

app = typer.Typer()


@app.command("run", epilog=exits.TABLE, context_settings={"ignore_unknown_options": True})
@shared
def run(
    given: Given,
    runbook: Annotated[str, typer.Argument(help="Its name: `netpulse runbooks` lists them.")],
    target: Annotated[str, typer.Option("--target", "-t", help="Which devices: 'role=leaf & !site=ams'.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[--NAME VALUE]...", help="Its parameters as options, bools as --NAME and --no-NAME."),
    ] = None,
    pairs: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="A parameter; repeat it to make a list."),
    ] = None,
    document: Annotated[
        str | None, typer.Option("--parameters", metavar="JSON|@FILE", help="All parameters as a JSON object.")
    ] = None,
    priority: Annotated[int, typer.Option(help="0 is the least urgent, 9 the most.")] = DEFAULT_PRIORITY,
    deadline: Annotated[
        str, typer.Option(metavar="4h", help="How long until nothing of it starts: 30m, 4h, 1d12h, or seconds.")
    ] = "1h",
    detach: Detach = False,
    yes: Yes = False,
    confirmed: Confirmed = None,
    idempotency_key: IdempotencyKey = None,
    diagnose: Annotated[
        bool, typer.Option("--diagnose", help="Read devices in doubt, without waiting for the doubt to end.")
    ] = False,
    override_window: Annotated[
        bool, typer.Option("--override-window", help="Pass maintenance windows and blackouts; needs --reason.")
    ] = False,
    reason: Annotated[str | None, typer.Option(help="Why they are passed: it is audited.")] = None,
) -> None:
    """Run a runbook on the devices a target means, and show what came of it.

    Ctrl-C stops the watching, not the run.
    """
    parameters.require_target(target)
    if override_window != bool(reason and reason.strip()):
        problem = "a window is overridden with a reason" if override_window else "it says why a window is overridden"
        raise InvalidParameters("--reason", [problem], hint="say both: --override-window --reason TEXT")
    within = durations.deadline(deadline)
    with service(given) as at:
        require_lasting(at, detach=detach)
        client, screen = at.client, given.screen
        book = client.runbook(runbook)
        options = parameters.as_pairs(words or (), runbook, book.parameters)
        said = parameters.read(document, [*(pairs or ()), *options], book.parameters)
        parameters.require_named(said, runbook, book.parameters, _own_options)
        if book.changes and not yes:
            names = [device.name for device in client.devices(target)]
            confirm(screen, runbook, names, said)
            confirmed = len(names) if confirmed is None else confirmed
        request = RunRequest(
            runbook=runbook,
            target=target,
            parameters=parameters.with_files(said, book.parameters, client.files.send),
            priority=priority,
            deadline=within,
            diagnose=diagnose,
            override_window=reason if override_window else None,
            confirm=confirmed,
        )

        def ask(key: str, within: float | None = None) -> Accepted:
            return client.submit(replace(request, idempotency_key=key, deadline=within or request.deadline))

        ended = asked(at, given, ask, idempotency_key, detach=detach)
    raise typer.Exit(exits.of_run(ended) if ended else ExitCode.OK)


def _own_options() -> set[str]:
    return {word for one in get_command(app).params for word in one.opts}


def asked(at: Service, given: Given, ask: Ask, key: str | None, *, detach: bool) -> Run | None:
    """Ask for a run, watch it and show what came of it; None where it is left to itself.

    Interrupted before its answer, say under which key it may be asked for again, and leave nothing of it to a service
    that stops with this command.
    """
    key, client = key or uuid.uuid4().hex, at.client
    accepted: Accepted | None = None
    try:
        accepted = ask(key)
        _say(given, accepted, detach=detach)
        if detach:
            return None
        begun = client.run(accepted.run)
        if not given.screen.live:
            given.screen.note(f"run {begun.id}: {wording.count(begun.devices, 'device')}")
        ended = watched(at, begun, given)
    except KeyboardInterrupt as stopped:
        unwatched.tell(at, given, ask, key, accepted)
        raise typer.Exit(exit_code(stopped)) from None
    tell(client, ended, given)
    return ended


def _say(given: Given, accepted: Accepted, *, detach: bool) -> None:
    """Say what a request became, and how to watch it where it is left to itself."""
    screen = given.screen
    if not accepted.created:
        screen.note(f"run {accepted.run} was asked for before under this key")
    for note in accepted.notes:
        screen.note(Text(clean(note), style="yellow"))
    if detach:
        screen.document(accepted)
        screen.say(Text.assemble(("run ", "dim"), (accepted.run, "bold")))
        screen.say(f"{given.netpulse} show {accepted.run} --watch")


def watched(at: Service, run: Run, given: Given) -> Run:
    """Watch a run to its end; interrupted, say what becomes of it and end the command."""
    try:
        return board.follow(at.client, run, given.screen, given.netpulse)
    except KeyboardInterrupt as stopped:
        unwatched.leave(at, given, run.id)
        raise typer.Exit(exit_code(stopped)) from None


def tell(client: Client, run: Run, given: Given) -> None:
    """Show a finished run: its devices and its outputs."""
    told(client, run, given)()


def told(client: Client, run: Run, given: Given) -> Callable[[], None]:
    """Ask for a run's devices and outputs, and return what shows them, which may wait for who reads it."""
    jobs, groups = client.devices_of(run.id), client.groups(run.id)
    plain = [group for group in groups if findings_in(group.body) is None]
    judged = client.checks.findings(run.id) if len(plain) < len(groups) and not given.json else None

    def show() -> None:
        given.screen.document(as_document(run, jobs, groups))
        given.screen.say(*report.finished(run, jobs, plain, given.netpulse))
        if judged is not None:
            given.screen.say("", *findings.told(run, jobs, judged))

    return show


def as_document(run: Run, jobs: Sequence[Job], groups: Sequence[OutputGroup]) -> dict[str, object]:
    """Return a run with its devices and outputs as one JSON document."""
    return {"run": run, "devices": jobs, "outputs": groups}


def confirm(screen: Screen, runbook: str, names: Sequence[str], parameters: Mapping[str, Any]) -> None:
    """Show what a change would touch and ask; without a terminal there is nobody to ask."""
    what = f"{runbook} may change {wording.count(len(names), 'device')}: {wording.names(names, 12)}"
    if not screen.interactive:
        raise InvalidParameters("--yes", [f"there is no terminal to ask on, and {what}"], hint="say --yes to do it")
    screen.note(Text(clean(what), style="bold yellow"))
    for name, value in parameters.items():
        screen.note(Text(clean(f"  {name}: {value}"), style="dim"))
    typer.confirm("go ahead?", abort=True, err=True)
