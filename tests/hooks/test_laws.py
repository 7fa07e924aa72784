"""The laws of preparations and refusals; those of offers and questions stand in `test_questions.py`."""

import sys
from typing import Any

import pytest
from nornir.core.inventory import Defaults, Groups, Host, Hosts, Inventory

from netpulse_core import hookimpl
from netpulse_core.errors import PluginError, Refused
from netpulse_core.hooks.manager import Plugins
from netpulse_core.model.caller import Caller
from netpulse_core.model.run import RunRequest
from netpulse_core.model.runbook import Runbook, runbook
from tests.hooks.test_questions import loaded

ANN = Caller(name="ann")


class Preparing:
    """Appends its name to what an earlier one left; raises where it is named so."""

    def __init__(self, name: str) -> None:
        self.name = name

    @hookimpl
    def prepare_inventory(self, inventory: Inventory) -> None:
        if self.name == "broken":
            raise KeyError("rack")
        if self.name == "leaving":
            sys.exit("no rack")
        for host in inventory.hosts.values():
            host.data["seen"] = [*host.data.get("seen", []), self.name]


class Refusing:
    """Answers with this; an error is raised."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    @hookimpl
    def refuse_run(self, caller: Caller) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@runbook
def look(task: Any) -> None:
    """Do nothing."""


def inventory() -> Inventory:
    return Inventory(Hosts({"leaf1": Host("leaf1")}), Groups(), Defaults())


def refusals(plugins: Plugins, found: Runbook = look) -> list[str]:
    return plugins.refusals(RunRequest(runbook="look", target="*"), found, [], ANN)


def test_each_plugin_prepares_what_the_one_before_left() -> None:
    prepared = inventory()
    loaded(Preparing("first"), Preparing("second")).prepare_inventory(prepared)
    assert prepared.hosts["leaf1"].data["seen"] == ["first", "second"]


def test_a_preparation_that_raises_stops_the_start_and_names_the_plugin() -> None:
    with pytest.raises(PluginError, match="plugin p1 failed in prepare_inventory: KeyError: 'rack'") as broken:
        loaded(Preparing("first"), Preparing("broken")).prepare_inventory(inventory())
    assert broken.value.plugin == "p1"
    with pytest.raises(PluginError, match="plugin p0 failed in prepare_inventory: SystemExit: no rack"):
        loaded(Preparing("leaving")).prepare_inventory(inventory())


def test_every_plugin_may_refuse_and_each_reason_is_told() -> None:
    plugins = loaded(Refusing("not on a Friday"), Refusing(None), Refusing("too many"))
    assert refusals(plugins) == ["not on a Friday (plugin p0)", "too many (plugin p2)"]
    assert refusals(loaded(Refusing(None))) == []


@pytest.mark.parametrize("answer", [ValueError("no calendar"), SystemExit(1), Refused("closed"), False, "", 0])
def test_a_plugin_that_raises_or_answers_no_sentence_refuses(answer: Any) -> None:
    (said,) = refusals(loaded(Refusing(answer), Refusing(None)))
    assert "p0" in said
