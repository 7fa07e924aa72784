"""`webhooks`: the endpoints events are sent to, what became of each delivery, and sending one again."""

import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.exits import ExitCode
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading, service
from netpulse_core.cli.screen import clean, table
from netpulse_core.model.notifier import Delivery, DeliveryState

app = typer.Typer()
webhooks = typer.Typer(help="List the endpoints of events, what was sent to them, and send it again.")
app.add_typer(webhooks, name="webhooks")

PATIENCE = 20.0
"""Seconds to wait for the first attempt of a test."""

_COLOURS = {DeliveryState.WAITING: "yellow", DeliveryState.DELIVERED: "green", DeliveryState.DEAD: "bold red"}


@webhooks.callback(invoke_without_command=True)
@shared
def endpoints_by_default(given: Given) -> None:
    """List the endpoints of events, what was sent to them, and send it again."""
    _endpoints(given)


@webhooks.command("list")
@shared
def endpoints(given: Given) -> None:
    """List the endpoints and the events each wants."""
    _endpoints(given)


@webhooks.command("deliveries")
@shared
def deliveries(
    given: Given,
    endpoint: Annotated[str | None, typer.Argument(help="Of one endpoint alone.", show_default=False)] = None,
    state: Annotated[DeliveryState | None, typer.Option(help="In this state alone.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many, newest first.")] = 50,
) -> None:
    """List deliveries, newest first."""
    with reading(given) as at:
        found = at.client.webhooks.deliveries(endpoint, state, limit=limit)
    given.screen.document(found)
    given.screen.say(_table(found) if found else "nothing was sent, and nothing waits")


@webhooks.command("replay")
@shared
def replay(given: Given, delivery: Annotated[str, typer.Argument(help="Id of a delivery that has ended.")]) -> None:
    """Send a delivery once more, under its own id."""
    with service(given) as at:
        found = at.client.webhooks.replay(delivery)
    given.screen.document(found)
    given.screen.say(f"delivery {found.id} to {clean(found.endpoint)} is on its way again")


@webhooks.command("test")
@shared
def test(given: Given, endpoint: Annotated[str, typer.Argument(help="An endpoint.")]) -> None:
    """Send an endpoint a delivery that tells of nothing, and say whether it took it."""
    with service(given) as at:
        found = at.client.webhooks.test(endpoint)
        until = time.monotonic() + PATIENCE
        while not _tried(found) and time.monotonic() < until:
            time.sleep(0.2)
            found = at.client.webhooks.delivery(found.id)
    given.screen.document(found)
    given.screen.say(_table([found]))
    if found.state is not DeliveryState.DELIVERED:
        raise typer.Exit(ExitCode.NOT_GOOD)


def _tried(delivery: Delivery) -> bool:
    return delivery.state is not DeliveryState.WAITING or bool(delivery.problem)


def _endpoints(given: Given) -> None:
    with reading(given) as at:
        found = at.client.webhooks.endpoints()
    given.screen.document(found)
    shown = table("ENDPOINT", "WHERE", "EVENTS", whole=(0, 1))
    for one in found:
        shown.add_row(clean(one.name), clean(one.shown), clean(", ".join(one.events)))
    given.screen.say(
        shown if found else "there is no endpoint: name one in [plugins.webhooks.endpoints] of netpulse.toml"
    )


def _table(found: Sequence[Delivery]) -> Table:
    shown = table("DELIVERY", "ENDPOINT", "EVENT", "RUN", "STATE", "TRIES", "WHEN", "SAID", right=(5,), whole=(0, 1, 4))
    for one in found:
        state = Text(one.state.value, style=_COLOURS[one.state])
        said = one.problem or one.answer
        when = wording.instant(one.delivered_at or one.created_at)
        row = (one.id, clean(one.endpoint), one.kind, one.run or "", state, str(one.attempts), when, clean(said))
        shown.add_row(*row)
    return shown
