"""`netpulse drivers`: what a person sees of the ways to devices."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from netpulse_core.cli.drivers import abilities
from tests.cli.conftest import Netpulse

PLUGIN = '''
"""A driver of the site's own."""

from netpulse_core import Driver, hookimpl


class Pigeon(Driver):
    name = "pigeon"
    sentence = "IP over avian carriers"
    reads = frozenset({"look"})

    def open(self, parameters, *, timeout):
        raise ConnectionError("it has flown")

    def close(self, connection): ...
    def abort(self, connection): ...
    def alive(self, connection): ...
    def probe(self, connection, *, timeout): ...
    def at_rest(self, connection): ...

    def abilities(self):
        return {"rock_dove": ["flies", "homes"], "dodo": ["walks"]}


@hookimpl
def register_drivers():
    return [Pigeon()]
'''


@pytest.mark.thorough
def test_drivers_are_listed_with_what_they_are_for_and_where_they_come_from(netpulse: Netpulse, site: Path) -> None:
    (site / "plugins/pigeon.py").write_text(PLUGIN)
    said = netpulse("drivers", cwd=site)
    assert said.returncode == 0, said.stderr
    rows = {line.split()[0]: line.rstrip() for line in said.stdout.splitlines()}
    assert "IP over avian carriers" in rows["pigeon"]
    assert rows["pigeon"].endswith("plugins/pigeon.py")
    assert rows["netmiko"].endswith("builtin:netmiko")
    assert "\x1b" not in said.stdout


@pytest.mark.thorough
def test_a_driver_that_is_no_subclass_is_listed_without_what_it_left_out(netpulse: Netpulse, site: Path) -> None:
    text = PLUGIN.partition("    def abilities")[0].replace("(Driver)", "").replace("    sentence =", "    _unread =")
    own = "    commands = frozenset()\n    def prepared(self, platform, method, kwargs): return kwargs\n"
    own += "    def device_session(self, connection): ...\n    def translate(self, error, device): ...\n"
    (site / "plugins/pigeon.py").write_text(text + own + PLUGIN[PLUGIN.index("\n\n@hookimpl") :])
    said = netpulse("drivers", "pigeon", cwd=site)
    assert said.returncode == 0, said.stderr
    assert ["reads", "look"] in [line.split() for line in said.stdout.splitlines()]
    assert "PLATFORM" not in said.stdout


@pytest.mark.thorough
def test_one_driver_shows_its_gate_and_its_platforms(netpulse: Netpulse, site: Path) -> None:
    (site / "plugins/pigeon.py").write_text(PLUGIN)
    said = netpulse("drivers", "pigeon", cwd=site).stdout.splitlines()
    words = [line.split() for line in said]
    assert ["reads", "look"] in words
    assert ["sends", "lines", "none"] in words
    assert ["PLATFORM", "FLIES", "HOMES", "WALKS"] in words
    assert ["dodo", "no", "no", "yes"] in words
    data = json.loads(netpulse("drivers", "pigeon", "--json", cwd=site).stdout)
    assert data["abilities"] == {"rock_dove": ["flies", "homes"], "dodo": ["walks"]}
    assert data["reads"] == ["look"]


@pytest.mark.thorough
def test_a_driver_nobody_offers_is_told_with_the_closest(netpulse: Netpulse, site: Path) -> None:
    said = netpulse("drivers", "netmico", cwd=site)
    assert said.returncode == 5
    assert said.stderr.startswith("error: no driver 'netmico'; did you mean 'netmiko'?")


def test_abilities_too_many_for_columns_are_listed() -> None:
    console = Console(width=300, file=io.StringIO(), record=True)
    console.print(abilities({"box": [f"can do trick number {number}" for number in range(9)]}))
    assert "can do trick number 0, can do trick number 1" in console.export_text()
