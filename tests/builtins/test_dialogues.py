"""Dialogues: what a device asks back is answered as it was meant to be, or not at all."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest
from nornir.core import Nornir
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import MultiResult

from netpulse_core import Push, PushedLine, Turn, errors
from netpulse_core.builtins.commandline import KEY
from netpulse_core.builtins.runbooks import send_commands, send_config, send_dialog
from netpulse_core.lab import Device


def one(nornir: Nornir, runbook: Any, **parameters: Any) -> MultiResult:
    nornir.data.reset_failed_hosts()
    return nornir.run(runbook, **parameters)["leaf1"]


def talk(nornir: Nornir, *turns: tuple[str, ...], **parameters: Any) -> MultiResult:
    named = [dict(zip(("send", "expect"), turn, strict=False)) for turn in turns]
    return one(nornir, send_dialog, turns=named, **parameters)


def test_a_question_is_answered_and_each_turn_is_a_step(nornir: Nornir, device: Device) -> None:
    result = talk(nornir, ("write erase", r"\[confirm\]"), ("",), ("show privilege",))
    assert not result.failed, result[0].exception
    assert [step.name for step in result] == ["send_dialog", "write erase", "(return)", "show privilege"]
    assert result[1].result.endswith("[confirm]")
    assert "[OK]" in result[2].result
    assert result[3].result == "Current privilege level is 15"
    assert result[0].changed
    assert not device.startup_config.strip()


def test_the_last_turn_ends_at_the_prompt_whatever_it_expects(nornir: Nornir, device: Device) -> None:
    device.faults.chunk = 1
    result = talk(nornir, ("write erase", "confirm"), ("", "OK"))
    assert not result.failed, result[0].exception
    assert result[2].result.rstrip().endswith("Erase of nvram: complete")
    assert one(nornir, send_commands, commands="show privilege")[1].result == "Current privilege level is 15"


def test_a_prompt_instead_of_a_question_ends_the_dialogue(nornir: Nornir, device: Device) -> None:
    began = time.monotonic()
    result = talk(nornir, ("show privilege", r"\[confirm\]"), ("reload", ""), read_timeout=60)
    assert time.monotonic() - began < 30
    assert result.failed
    said = str(result[0].exception)
    assert isinstance(result[0].exception, errors.CommandRejected)
    assert "'show privilege' refused" in said
    assert "was expected, and the device was back at its prompt" in said
    assert "reload" not in device.journal.commands


def test_a_refused_turn_ends_the_dialogue(nornir: Nornir, device: Device) -> None:
    result = talk(nornir, ("show clock",), ("cleer counters",), ("write erase",))
    assert result.failed
    assert [step.failed for step in result] == [True, False, True]
    assert "'cleer counters' refused: % Invalid input" in str(result[0].exception)
    assert "write erase" not in device.journal.commands


def test_a_question_that_does_not_come_is_too_late_and_stays_unanswered(nornir: Nornir, device: Device) -> None:
    startup = device.startup_config
    result = talk(nornir, ("write erase", "never"), ("",), read_timeout=0.5)
    assert isinstance(result[0].exception, errors.TimedOut)
    assert "turn 1 of 2 ('write erase'): 'never' did not come in time" in str(result[0].exception)
    assert "[confirm]" in str(result[0].exception)
    assert device.startup_config == startup


@pytest.mark.parametrize(
    ("turns", "why"),
    [
        ([], "there is no turn"),
        ([{"send": "a\nb"}], "control character"),
        ([{"send": "a\x03"}], "control character"),
        ([{"send": "a", "expect": "("}], "no regular expression"),
        ([{"send": "a", "expect": "(a+)+x"}], "repeated group"),
        ([{"send": "a", "expect": "a*b*c*d*"}], "more than 3 repeats"),
        ([{"send": "a", "expect": "a" * 300}], "longer than"),
        ([{"send": "enable", "expect": "Password:"}, {"send": "netpulse"}], "question for a secret"),
        ([{"send": "a", "expects": "b"}], "expects"),
        ([{"expect": "b"}], "send"),
    ],
)
def test_what_could_never_be_right_is_refused_at_acceptance(nornir: Nornir, turns: Any, why: str) -> None:
    with pytest.raises(errors.InvalidParameters, match=why) as caught:
        send_dialog.validated({"turns": turns})
    assert "netpulse" not in str(caught.value)
    result = one(nornir, send_dialog, turns=turns)
    assert isinstance(result[0].exception, errors.InvalidParameters)


def test_turns_arrive_as_they_were_given() -> None:
    turns = [{"send": "reload in 5", "expect": r"\[confirm\]"}, {"send": ""}]
    assert send_dialog.validated({"turns": turns})["turns"] == turns
    assert send_dialog.changes


class Bare:
    """A connection of a site's own, without a command line."""

    connection: Any

    def open(self, *_: Any, **__: Any) -> None:
        """Be open."""
        self.connection = self

    def close(self) -> None:
        """Be closed."""


class Spoken(Bare):
    """A connection of a site's own that is a command line."""

    def send_command(self, command: str, *, read_timeout: float = 30.0) -> str:
        """Repeat what was said."""
        return f"{command} in {read_timeout}"

    def send_config(self, lines: Sequence[str], *, save: bool = False, read_timeout: float = 30.0) -> Push:
        """Take every line."""
        return Push(lines=[PushedLine(line, "taken") for line in lines], accepted=len(lines), changed=True)

    def send_dialog(self, turns: Sequence[Turn], *, read_timeout: float = 30.0) -> list[str]:
        """Repeat what was said."""
        return [turn.send for turn in turns]

    def refusal(self, answer: str) -> str | None:
        """Refuse what says so."""
        return answer if answer.startswith("no") else None


@pytest.fixture(params=["bare", "spoken"])
def named(request: pytest.FixtureRequest, nornir: Nornir) -> Iterator[str]:
    """The device's inventory names a driver of the site's own."""
    name = str(request.param)
    ConnectionPluginRegister.register(name, cast("Any", {"bare": Bare, "spoken": Spoken}[name]))
    nornir.inventory.hosts["leaf1"].data[KEY] = name
    yield name
    ConnectionPluginRegister.deregister(name)


def test_the_inventory_names_the_driver_of_the_command_line(nornir: Nornir, named: str, device: Device) -> None:
    results = [
        one(nornir, send_commands, commands="show clock", read_timeout=2.0),
        one(nornir, send_config, lines="x"),
        talk(nornir, ("no such",)),
    ]
    assert device.journal.connections == 0
    if named == "bare":
        assert all(isinstance(result[0].exception, errors.Refused) for result in results)
        assert "the driver 'bare' has no command line (no send_command, " in str(results[0][0].exception)
        return
    assert results[0][1].result == "show clock in 2.0"
    assert results[1][0].result == {"lines": [{"line": "x", "answer": "taken"}], "committed": ""}
    assert "'no such' refused: no such" in str(results[2][0].exception)


def test_a_driver_is_named_by_a_text(nornir: Nornir) -> None:
    nornir.inventory.hosts["leaf1"].data[KEY] = ["netmiko"]
    assert isinstance(one(nornir, send_commands, commands="show clock")[0].exception, errors.InvalidParameters)
