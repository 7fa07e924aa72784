"""The kit plugin authors test with: a pytest plugin, a scripted device, and the contracts of each kind of plugin."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netpulse_core.testing.clock import Clock
    from netpulse_core.testing.contracts.checks import CheckContract, Sample
    from netpulse_core.testing.contracts.driver import DriverContract
    from netpulse_core.testing.contracts.host_keys import HostKeyContract
    from netpulse_core.testing.contracts.parsers import ParserContract
    from netpulse_core.testing.contracts.placement import PlacementContract, a_node
    from netpulse_core.testing.contracts.renderers import RendererContract
    from netpulse_core.testing.contracts.scripted import OnFakeDevice
    from netpulse_core.testing.contracts.secrets import SecretContract
    from netpulse_core.testing.contracts.sessions import opened, refusal
    from netpulse_core.testing.device import FakeDevice
    from netpulse_core.testing.instance import Done, DoneOnDevice, Instance
    from netpulse_core.testing.relay import Relay
    from netpulse_core.testing.trust import FirstSeen

_HOME = {
    "CheckContract": "contracts.checks",
    "Clock": "clock",
    "Done": "instance",
    "DoneOnDevice": "instance",
    "DriverContract": "contracts.driver",
    "FakeDevice": "device",
    "FirstSeen": "trust",
    "HostKeyContract": "contracts.host_keys",
    "Instance": "instance",
    "OnFakeDevice": "contracts.scripted",
    "ParserContract": "contracts.parsers",
    "PlacementContract": "contracts.placement",
    "Relay": "relay",
    "RendererContract": "contracts.renderers",
    "Sample": "contracts.checks",
    "SecretContract": "contracts.secrets",
    "a_node": "contracts.placement",
    "opened": "contracts.sessions",
    "refusal": "contracts.sessions",
}

__all__ = [
    "CheckContract",
    "Clock",
    "Done",
    "DoneOnDevice",
    "DriverContract",
    "FakeDevice",
    "FirstSeen",
    "HostKeyContract",
    "Instance",
    "OnFakeDevice",
    "ParserContract",
    "PlacementContract",
    "Relay",
    "RendererContract",
    "Sample",
    "SecretContract",
    "a_node",
    "opened",
    "refusal",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
