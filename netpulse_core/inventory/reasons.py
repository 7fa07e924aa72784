"""Why a target expression means a device, or does not: part by part, with what the inventory says of it and where."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nornir.core.inventory import Group, Host, Inventory

from netpulse_core.inventory.scalar import text_of
from netpulse_core.inventory.site import Site
from netpulse_core.inventory.targets import Both, Either, Expression, Not, Test, parse
from netpulse_core.model.device import Device
from netpulse_core.model.explanation import Reason
from netpulse_core.model.secrecy import without_secrets

_SHOWN = 80
"""Letters of a value."""

Means = Callable[[Expression], bool]


def reasons(site: Site, expression: str, device: Device) -> tuple[Reason, ...]:
    """Return each part of an expression with whether it holds for a device of this site.

    Raise InvalidParameters where it cannot be read, or names a key or a group the site does not have.
    """

    def means(part: Expression) -> bool:
        return device.name in {one.name for one in site.meaning(part)}

    return tuple(_told(parse(expression), device, site.inventory, means, 0))


def _told(part: Expression, device: Device, inventory: Inventory, means: Means, depth: int) -> Iterator[Reason]:
    match part:
        case Test():
            yield Reason(depth=depth, holds=means(part), part=str(part), because=_because(part, device, inventory))
        case Not(Test() as test):
            because = _because(test, device, inventory)
            yield Reason(depth=depth, holds=means(part), part=f"not {test}", because=because)
        case Not(inner):
            yield Reason(depth=depth, holds=means(part), part="none of", because="")
            yield from _told(inner, device, inventory, means, depth + 1)
        case Both(parts) | Either(parts):
            word = "all of" if isinstance(part, Both) else "any of"
            yield Reason(depth=depth, holds=means(part), part=word, because="")
            for each in parts:
                yield from _told(each, device, inventory, means, depth + 1)


def _because(test: Test, device: Device, inventory: Inventory) -> str:
    match test.attribute:
        case "name":
            return f"its name is {device.name}"
        case "hostname":
            return f"its address is {device.address}"
        case "platform":
            return f"its platform is {device.platform or 'not said'}"
        case "group":
            return _of_groups(inventory.hosts[device.name])
    return _of_data(test.path, device, inventory.hosts[device.name])


def _of_groups(host: Host) -> str:
    direct = [group.name for group in host.groups]
    further = [group.name for group in host.extended_groups() if group.name not in direct]
    if not direct:
        return "it is in no group"
    return f"it is in {', '.join(direct)}" + (f", and through them in {', '.join(further)}" if further else "")


def _of_data(path: Sequence[str], device: Device, host: Host) -> str:
    key = ".".join(path)
    if path[0] not in device.data:
        return f"it has no {key}"
    shown = _value(without_secrets(device.data), path)
    return f"its {key} is {shown}, {_source(path[0], host)}" if shown else f"its {path[0]} says so, or does not"


def _source(key: str, host: Host) -> str:
    if key in host.data:
        return "its own"
    group: Group | None = next((each for each in host.extended_groups() if key in each.data), None)
    return f"from group {group.name}" if group is not None else "from the defaults"


def _value(data: Any, path: Sequence[str]) -> str:
    for key in path:
        if not isinstance(data, dict) or key not in data:
            return ""
        data = data[key]
    text = ", ".join(text_of(one) for one in data) if isinstance(data, (list, tuple)) else text_of(data)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
