"""A device as a script tells it, behind real SSH on this machine."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from netpulse_core import ConnectionParameters
from netpulse_core.lab import Cassette, Device, Faults, Lab, Script
from netpulse_core.testing.relay import Relay, relayed
from netpulse_core.testing.trust import FirstSeen

type Told = Mapping[str, Any] | Path | Script
"""A script or a cassette, its plain values, or a YAML file of them."""


class FakeDevice:
    """A running device: where it is, who may log in, what it saw, and what can be made wrong with it."""

    def __init__(self, device: Device, wire: Relay) -> None:
        self._device = device
        self._wire = wire
        self.name = device.name
        self.address, self.port = wire.host, wire.port
        self.username, self.password = device.account.username, device.account.password
        self._cassette = device.script if isinstance(device.script, Cassette) else Cassette(prompt="")

    @property
    def faults(self) -> Faults:
        """What is wrong with it, as `netpulse lab` takes it: set a field while it runs."""
        return self._device.faults

    @property
    def lines(self) -> list[str]:
        """Every line it was sent that is not blank, session by session; what was typed unseen is `<secret>`."""
        return self._device.journal.commands

    @property
    def logins(self) -> int:
        """How many logins it has seen, granted or refused."""
        return self._device.journal.logins + len(self._device.journal.refused)

    def parameters(self, platform: str | None = None, **given: Any) -> ConnectionParameters:
        """Return how to reach it and who may log in; `given` goes before it, as `password="wrong"` does.

        A cassette says its platform itself.
        """
        told = {
            "device": self.name,
            "address": self.address,
            "port": self.port,
            "username": self.username,
            "password": self.password,
            "platform": platform or self._cassette.platform or None,
            "host_keys": FirstSeen(),
        }
        return ConnectionParameters(**{**told, **given})

    def inventory(self, platform: str | None = None, **data: Any) -> dict[str, Any]:
        """Return its entry of `inventory/hosts.yaml`; `data` is the entry's data, such as `netpulse_driver`.

        A cassette says its platform, and the driver it was recorded over, itself.
        """
        if driver := self._cassette.recorded.get("driver"):
            data = {"netpulse_driver": driver, **data}
        entry = {
            "hostname": self.address,
            "port": self.port,
            "username": self.username,
            "password": self.password,
            "platform": platform or self._cassette.platform or None,
            "data": data,
        }
        return {key: value for key, value in entry.items() if value not in (None, {})}

    def silenced(self) -> AbstractContextManager[None]:
        """While this lasts, it takes whatever it is sent and answers nothing, as behind a firewall that drops."""
        return self._wire.silenced()

    def hang_up(self) -> None:
        """End every session with it."""
        self._device.hang_up()


@contextmanager
def running(script: Told, *, name: str = "", **blueprint: Any) -> Iterator[FakeDevice]:
    """Run a device until left; `blueprint` is what `netpulse_core.lab.Blueprint` takes, such as `password`."""
    said = _script(script)
    name = name or (said.device if isinstance(said, Cassette) else "") or "fake1"
    with Lab.running(count=0, scripts={name: said}, **blueprint) as lab:
        device = lab.devices[name]
        with relayed(device.address, device.port) as wire:
            yield FakeDevice(device, wire)


def _script(told: Told) -> Script:
    match told:
        case Script():
            return told
        case Path():
            return Cassette.load(told)
        case _:
            return Cassette.of(told)
