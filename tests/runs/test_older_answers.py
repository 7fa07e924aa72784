"""A read may take an answer that an earlier job was given; never a refusal, never one from before a change."""

from typing import Any

import pytest

from netpulse_core.broker.cache import KEPT
from netpulse_core.errors import InvalidParameters
from netpulse_core.lab import Device
from netpulse_core.model.outcome import Outcome
from tests.runs.service import Done, Service

HOUR = 3600.0
ANSWER = "10 routes, 2 peers"


@pytest.fixture
def command(request: pytest.FixtureRequest, leaf: Device) -> str:
    """A command nobody asked before, and an answer to it."""
    command = f"show bgp {request.node.name}"
    leaf.faults.refuse[command] = ANSWER
    return command


def ask(service: Service, command: str, max_age: float = HOUR, **given: Any) -> Done:
    return service.run("send_commands", commands=[command], max_age=max_age, **given)


def test_an_answer_is_told_again_with_its_age_and_without_a_word_to_the_device(
    service: Service, leaf: Device, command: str
) -> None:
    assert ask(service, command, max_age=0).steps[0].age is None
    again = ask(service, command)
    assert again.outcome is Outcome.OK
    assert again.steps[0].body == ANSWER
    assert again.steps[0].age is not None
    assert 0 <= again.steps[0].age < 60
    assert again.job.session_reused is None
    assert leaf.journal.commands.count(command) == 1


def test_an_answer_is_told_again_also_to_who_wants_it_as_data(service: Service, leaf: Device, command: str) -> None:
    leaf.faults.refuse[command] = '{"peers": 2}'
    assert ask(service, command, parse="json").steps[0].body == {"peers": 2}
    leaf.faults.refuse[command] = '{"peers": 3}'
    assert ask(service, command, parse="json").steps[0].body == {"peers": 2}
    assert ask(service, command, max_age=0, parse="json").steps[0].body == {"peers": 3}


def test_who_does_not_ask_for_an_older_answer_is_given_a_new_one(service: Service, leaf: Device, command: str) -> None:
    for _ in range(2):
        assert ask(service, command, max_age=0).steps[0].age is None
    assert leaf.journal.commands.count(command) == 2


def test_an_answer_that_is_too_old_is_asked_for_again(service: Service, leaf: Device, command: str) -> None:
    ask(service, command)
    assert ask(service, command, max_age=1e-6).steps[0].age is None
    assert leaf.journal.commands.count(command) == 2


def test_a_refusal_is_told_to_nobody_else(service: Service, leaf: Device, command: str) -> None:
    leaf.faults.refuse[command] = "% Invalid input detected at '^' marker."
    assert ask(service, command).outcome is Outcome.REJECTED
    leaf.faults.refuse[command] = ANSWER
    done = ask(service, command)
    assert done.outcome is Outcome.OK
    assert done.steps[0].age is None


@pytest.mark.parametrize(("line", "outcome"), [("snmp-server location rack 7", "changed"), ("nonsense", "rejected")])
def test_nothing_from_before_a_change_is_told_after_it(service: Service, command: str, line: str, outcome: str) -> None:
    ask(service, command)
    assert service.run("send_config", lines=[line]).outcome == outcome
    assert ask(service, command).steps[0].age is None


def test_an_answer_is_of_one_device_and_of_one_command(service: Service, command: str) -> None:
    ask(service, command)
    service.lab.devices["leaf2"].faults.refuse[command] = ANSWER
    try:
        assert ask(service, command, target="leaf2").steps[0].age is None
    finally:
        service.lab.devices["leaf2"].faults.heal()
    assert ask(service, "show privilege").steps[0].age is None
    assert ask(service, command).steps[0].age is not None


def test_more_than_an_hour_is_refused_before_anything_is_asked(service: Service, leaf: Device, command: str) -> None:
    with pytest.raises(InvalidParameters, match="max_age"):
        ask(service, command, max_age=KEPT + 1)
    assert command not in leaf.journal.commands
