"""`sessions`: what the workers have open, and how it came and went."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import service
from netpulse_core.cli.screen import Screen, clean, table
from netpulse_core.cli.streams import unread
from netpulse_core.client import Client
from netpulse_core.errors import ServiceError
from netpulse_core.model.session import Moved, NodeSessions, OpenSession, SessionState

app = typer.Typer()

PACE = 1.0
"""Seconds between two looks of `--watch`: workers show themselves no oftener."""

_STYLES = {
    SessionState.CONNECTED: "green",
    SessionState.EXECUTING: "bold cyan",
    SessionState.CONNECTING: "yellow",
    SessionState.FAILED: "red",
}


@app.command("sessions")
@shared
def sessions(
    given: Given,
    node: Annotated[str | None, typer.Argument(help="One worker alone, by its name or its id.")] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Go on showing until interrupted.")] = False,
    moves: Annotated[bool, typer.Option("--moves", help="The latest moves from state to state.")] = False,
) -> None:
    """Show the open sessions of the workers, and how they came and went."""
    with service(given) as at:
        if watch:
            _watch(given.screen, at.client, node, moves)
        with given.screen.doing("asking the workers"):
            found = list(_asked(given.screen, at.client, node))
    given.screen.document(found)
    given.screen.say(*_shown(found, moves))


def _asked(screen: Screen, client: Client, name: str | None) -> Iterator[NodeSessions]:
    """Yield what each worker shows; where all are asked, one that shows nothing hides no other."""
    if name is not None:
        yield client.sessions(name)
        return
    living = [node for node in client.nodes() if node.alive]
    silent: list[ServiceError] = []
    for node in living:
        try:
            yield client.sessions(node.id)
        except ServiceError as error:
            silent.append(error)
            screen.note(Text(f"{clean(node.name)}: {clean(str(error))}", style="yellow"))
    if silent and len(silent) == len(living):
        raise silent[0]


def _watch(screen: Screen, client: Client, node: str | None, moves: bool) -> None:
    """Show until nobody reads it: on a terminal in place, and to what is piped each change once."""
    if screen.live:
        with Live(console=screen.out, auto_refresh=False, vertical_overflow="crop") as live:
            while not unread():
                live.update(Group(*_shown(list(_asked(screen, client, node)), moves)), refresh=True)
                time.sleep(PACE)
    before: list[float] | None = None
    while not unread():
        found = list(_asked(screen, client, node))
        now = [one.at for one in found]
        if now != before:
            screen.line(found)
            screen.say(*_shown(found, moves))
            before = now
        time.sleep(PACE)


def _shown(found: Sequence[NodeSessions], moves: bool) -> Iterator[RenderableType]:
    if not found:
        yield "no worker lives"
        return
    yield _moves(found) if moves else _sessions(found)
    for one in found:
        yield ""
        yield _summary(one)


def _sessions(found: Sequence[NodeSessions]) -> Table:
    several = len(found) > 1
    headings = ("DEVICE", "DRIVER", "ADDRESS", "USER", "STATE", "FOR", "USES", "IDLE", "WHY")
    shown = table(*(("NODE",) if several else ()), *headings, right=(6, 7, 8) if several else (5, 6, 7))
    now = time.time()
    for one in found:
        for session in wording.by_device(one.sessions):
            shown.add_row(*((clean(one.name),) if several else ()), *_cells(session, one.at, now))
    return shown


def _cells(session: OpenSession, at: float, now: float) -> Iterator[RenderableType]:
    address = f"[{session.address}]" if ":" in session.address and session.port else session.address
    yield clean(session.device)
    yield clean(session.driver)
    yield clean(f"{address}:{session.port}" if session.port else address)
    yield clean(session.user or "")
    yield Text(session.state.value, style=_STYLES.get(session.state, ""))
    yield wording.seconds(max(0.0, now - session.since))
    yield f"{session.uses:,}"
    yield "" if session.idle is None else wording.seconds(session.idle + max(0.0, now - at))
    yield clean(session.reason)


def _moves(found: Sequence[NodeSessions]) -> Table:
    several = len(found) > 1
    shown = table(*(("NODE",) if several else ()), "AT", "DEVICE", "DRIVER", "MOVE", "FROM", "TO", "WHY")
    made: list[tuple[Moved, str]] = [(moved, one.name) for one in found for moved in one.moves]
    for moved, name in sorted(made, key=lambda both: both[0].at, reverse=True):
        shown.add_row(
            *((clean(name),) if several else ()),
            wording.instant(moved.at),
            clean(moved.device),
            clean(moved.driver),
            moved.move.value.replace("_", " "),
            moved.before.value,
            Text(moved.after.value, style=_STYLES.get(moved.after, "")),
            clean(moved.reason),
        )
    return shown


def _summary(one: NodeSessions) -> Text:
    """Say how many there are by state, and what happened since the worker began."""
    said = Text.assemble((clean(one.name), "bold"), f"  {wording.count(one.total, 'session')}")
    counted = Counter(session.state for session in one.sessions)
    for state in SessionState:
        if counted[state]:
            said.append(f"  {counted[state]:,} {state.value}", style=_STYLES.get(state, ""))
    if one.total > len(one.sessions):
        said.append(f"  ({len(one.sessions):,} of them shown)", style="dim")
    told = [f"{count:,} {clean(name).replace('_', ' ')}" for name, count in one.counters.items() if count]
    said.append("\n" + ("  ".join(told) or "nothing happened yet"), style="dim")
    return said
