"""`devices`, `targets`, `nodes`: what there is to work on, and who works."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.parameters import require_target
from netpulse_core.cli.place import reading, service
from netpulse_core.cli.screen import clean, table
from netpulse_core.cli.sheet import Sheet
from netpulse_core.errors import InvalidParameters
from netpulse_core.model.device import Device
from netpulse_core.model.node import Node

app = typer.Typer()

_BY = ("site", "role")
"""Data keys that a preview counts by, beside the groups."""


@app.command("devices")
@shared
def devices(
    given: Given,
    expression: Annotated[str | None, typer.Argument(metavar="[TARGET]", help="The same as --target.")] = None,
    target: Annotated[str | None, typer.Option("--target", "-t", help="Only those it means.")] = None,
) -> None:
    """List devices, all or those a target means."""
    if expression is not None and target is not None:
        raise InvalidParameters("devices", ["the target is given twice"])
    wanted = target if expression is None else expression
    require_target(wanted)
    with reading(given) as at:
        found = at.client.devices(wanted)
    given.screen.document(found)
    given.screen.say(devices_table(found))


@app.command("targets")
@shared
def targets(
    given: Given,
    expression: Annotated[str, typer.Argument(metavar="TARGET", help="Such as 'role=leaf & !site=ams'.")],
) -> None:
    """Preview a target: who is selected, and how many by site, role and group."""
    require_target(expression)
    with reading(given) as at:
        found = at.client.devices(expression)
    names = [device.name for device in found]
    summary = {key: dict(counted) for key, counted in _summary(found)}
    given.screen.document({"target": expression, "count": len(found), "devices": names, "by": summary})
    given.screen.say(Text.assemble((wording.count(len(found), "device"), "bold"), f"  {wording.names(names, 24)}"), "")
    shown = table("BY", "VALUE", "DEVICES", right=(2,), whole=(0, 1))
    for key, counted in _summary(found):
        for row, (value, number) in enumerate(counted):
            shown.add_row("" if row else key, clean(value), f"{number:,}")
    given.screen.say(shown)


@app.command("nodes")
@shared
def nodes(given: Given) -> None:
    """List the workers, living and lately ended."""
    with service(given) as at:
        found = at.client.nodes()
    given.screen.document(found)
    shown = table("NODE", "STATE", "RUNNING", "SLOTS", "DEVICES", "SESSIONS", "SEEN", "UP", right=(2, 3, 4, 5))
    now = time.time()
    for node in found:
        up = wording.seconds(now - node.started_at) if node.alive else ""
        numbers = (f"{number:,}" for number in (node.running, node.slots, node.devices, node.sessions))
        shown.add_row(node.name, _state(node), *numbers, wording.until(node.seen_at, now), up)
    given.screen.say(shown if found else "no worker has been here")


def devices_table(found: Sequence[Device]) -> Sheet:
    """Return devices, one a line."""
    shown = Sheet("DEVICE", "ADDRESS", "PLATFORM", "GROUPS", "DATA", spare=(3, 2))
    for device in found:
        data = "  ".join(f"{key}={value}" for key, value in device.data.items() if isinstance(value, (str, int)))
        shown.add_row(device.name, _address(device), device.platform or "", " ".join(device.groups), clean(data))
    return shown


def _summary(found: Sequence[Device]) -> Iterable[tuple[str, list[tuple[str, int]]]]:
    for key in _BY:
        counted = Counter(str(device.data[key]) for device in found if key in device.data)
        if counted:
            yield key, _by_name(counted)
    yield "group", _by_name(Counter(group for device in found for group in device.groups))


def _by_name(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda pair: wording.natural(pair[0]))


def _address(device: Device) -> str:
    return f"{device.address}:{device.port}" if device.port else device.address


def _state(node: Node) -> Text:
    if not node.alive:
        return Text("ended", style="dim")
    return Text("draining", style="yellow") if node.draining else Text("alive", style="green")
