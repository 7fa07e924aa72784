"""A line the device refuses is told, also by tasks that were written without a word about it."""

import pytest

from netpulse_core.lab import Device
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Outcome
from tests.runs.service import Service


def test_a_plain_nornir_push_stops_at_the_refused_line(service: Service, leaf: Device) -> None:
    done = service.run("push_plainly", lines=["ntp server 192.0.2.7", "no such line", "ntp server 192.0.2.8"])
    assert done.outcome is Outcome.PARTIAL
    assert "no such line" in done.message
    assert "ntp server 192.0.2.7" in leaf.running_config
    assert "ntp server 192.0.2.8" not in leaf.running_config


def test_a_plain_nornir_push_whose_first_line_is_refused_is_rejected(service: Service, leaf: Device) -> None:
    done = service.run("push_plainly", lines=["no such line", "ntp server 192.0.2.7"])
    assert done.outcome is Outcome.REJECTED
    assert leaf.journal.applied == []


def test_a_session_with_a_refused_line_is_not_lent_again(service: Service, leaf: Device) -> None:
    service.run("push_plainly", lines=["no such line"])
    again = service.run("push_plainly", lines=["ntp server 192.0.2.7"])
    assert again.outcome is Outcome.CHANGED
    assert again.job.session_reused is False
    assert leaf.journal.logins == 2


def test_a_task_that_names_its_own_pattern_is_left_to_it(service: Service, leaf: Device) -> None:
    done = service.run("push_unchecked", lines=["no such line"])
    assert done.outcome is Outcome.CHANGED
    assert leaf.journal.logins == 1


def test_a_push_of_which_a_part_stands_is_not_called_rejected(service: Service, leaf: Device) -> None:
    done = service.run("send_config", lines=["ntp server 192.0.2.7", "no such line"])
    assert done.outcome is Outcome.PARTIAL
    assert "ntp server 192.0.2.7" in leaf.running_config


def test_a_push_whose_first_line_is_refused_is_rejected(service: Service, leaf: Device) -> None:
    done = service.run("send_config", lines=["no such line", "ntp server 192.0.2.7"])
    assert done.outcome is Outcome.REJECTED
    assert "ntp server 192.0.2.7" not in leaf.running_config


def test_a_runbook_that_swallows_a_broken_push_is_in_doubt_all_the_same(service: Service, leaf: Device) -> None:
    leaf.faults.drop_on = "ntp server 192.0.2.8"
    done = service.run("push_and_look_away", lines=["ntp server 192.0.2.7", "ntp server 192.0.2.8"])
    assert done.outcome is Outcome.IN_DOUBT
    service.netpulse.resolve(done.id, "leaf1", Outcome.PARTIAL, "one of two is there", LOCAL)


def test_a_call_whose_arguments_do_not_fit_leaves_no_doubt(service: Service, leaf: Device) -> None:
    done = service.run("push_with_a_typo")
    assert done.outcome is Outcome.FAILED
    assert leaf.journal.configured == 0


@pytest.mark.thorough
def test_a_dialogue_crosses_the_gate_and_a_refused_turn_leaves_what_came_before(service: Service, leaf: Device) -> None:
    turns = [{"send": "write erase", "expect": "confirm"}, {"send": ""}]
    done = service.run("send_dialog", turns=turns)
    assert done.outcome is Outcome.CHANGED
    assert [step.label for step in done.steps][:2] == ["write erase", "(return)"]
    assert not leaf.startup_config.strip()
    assert service.run("send_dialog", turns=[{"send": "no such line"}]).outcome is Outcome.REJECTED
    assert service.run("send_dialog", turns=[*turns, {"send": "no such line"}]).outcome is Outcome.PARTIAL


def test_a_dialogue_that_waits_in_vain_is_in_doubt_and_its_session_ends(service: Service, leaf: Device) -> None:
    before = leaf.startup_config
    done = service.run("send_dialog", turns=[{"send": "write erase", "expect": "never"}], read_timeout=0.5)
    assert done.outcome is Outcome.IN_DOUBT
    service.netpulse.resolve(done.id, "leaf1", Outcome.NOT_APPLIED, "the question was never answered", LOCAL)
    assert leaf.journal.wait_until_idle()
    assert leaf.startup_config == before
