"""Sessions between jobs: who gets which, and which are thrown away; counted by the device."""

from pathlib import Path

import pytest

from netpulse_core.lab import Device, Lab
from netpulse_core.model.outcome import Outcome
from tests.runs.service import Service, eventually, serving


def test_tasks_of_nornir_netmiko_share_one_login_over_many_jobs(service: Service, leaf: Device) -> None:
    first = service.run("ask", commands=["show clock", "show version"])
    assert (first.outcome, first.job.session_reused) == (Outcome.OK, False)
    for done in (
        service.run("ask_many"),
        service.run("set_ntp_as_others_left_it", servers=["192.0.2.1"]),
        service.run("send_commands", commands=["show clock"]),
    ):
        assert done.outcome in (Outcome.OK, Outcome.CHANGED), done.message
        assert done.job.session_reused is True
    assert leaf.journal.logins == 1
    assert leaf.journal.applied == ["ntp server 192.0.2.1"]
    assert [step.label for step in first.steps] == ["show clock", "show version"]


def test_a_change_goes_on_a_session_of_its_own(service: Service, leaf: Device) -> None:
    assert service.run("ask", commands=["show clock"]).job.session_reused is False
    changed = service.run("set_ntp", servers=["192.0.2.1"], save=True)
    assert (changed.outcome, changed.job.session_reused) == (Outcome.CHANGED, False)
    assert leaf.journal.saved == 1
    assert "ntp server 192.0.2.1" in leaf.startup_config
    eventually(lambda: len(leaf.journal.live) == 1)
    assert service.run("ask", commands=["show clock"]).job.session_reused is True
    kept, own = leaf.journal.sessions
    assert not any("ntp" in line for line in kept.lines)
    assert not any("show clock" in line for line in own.lines)
    assert leaf.journal.logins == 2


@pytest.mark.parametrize("way", ["error", "caught error"])
def test_a_session_that_was_spoilt_is_not_lent_again(service: Service, leaf: Device, way: str) -> None:
    service.run("leave_in_config_mode", way=way)
    done = service.run("ask", commands=["show clock"])
    assert (done.outcome, done.job.session_reused) == (Outcome.OK, False)
    assert leaf.journal.logins == 2
    assert "UTC" in done.steps[0].body
    assert "Version" not in done.steps[0].body


def test_a_session_left_in_configuration_mode_is_not_lent_again(service: Service, leaf: Device) -> None:
    assert service.run("stay_in_config_mode").outcome is Outcome.CHANGED
    assert leaf.journal.configured == 1
    done = service.run("ask", commands=["show clock"])
    assert (done.outcome, done.job.session_reused) == (Outcome.OK, False)
    assert leaf.journal.logins == 2


@pytest.mark.thorough
def test_a_late_answer_appears_in_no_other_job(service: Service, leaf: Device) -> None:
    leaf.faults.slow = {"show version": 1.0}
    late = service.run("ask_briefly", command="show version", read_timeout=0.3)
    assert late.outcome is Outcome.TIMED_OUT
    for _ in range(4):
        done = service.run("ask", commands=["show clock"], pause=0.4)
        assert done.outcome is Outcome.OK
        assert "Cisco IOS" not in done.everything
    assert leaf.journal.logins == 2


def test_a_session_the_device_ended_is_replaced_unseen(service: Service, leaf: Device) -> None:
    service.run("ask", commands=["show clock"])
    leaf.hang_up()
    assert leaf.journal.wait_until_idle()
    done = service.run("ask", commands=["show clock"])
    assert (done.outcome, done.job.attempt, done.job.session_reused) == (Outcome.OK, 1, False)


@pytest.mark.thorough
def test_an_idle_session_is_closed(lab: Lab, leaf: Device, tmp_path: Path) -> None:
    with serving(lab, tmp_path, idle_timeout=0.5) as service:
        service.run("ask", commands=["show clock"])
        assert leaf.journal.live
        eventually(lambda: not leaf.journal.live, 4)
        assert leaf.journal.sessions[0].lines[-1] == "exit"
        eventually(lambda: len(service.node.pool) == 0)
        assert service.run("ask", commands=["show clock"]).job.session_reused is False


@pytest.mark.thorough
def test_the_cap_closes_what_was_used_longest_ago(lab: Lab, tmp_path: Path) -> None:
    with serving(lab, tmp_path, max_sessions=2) as service:
        for device in ("leaf1", "leaf2", "leaf1", "leaf3"):
            assert service.run("ask", device, commands=["show clock"]).outcome is Outcome.OK
        eventually(lambda: not lab.devices["leaf2"].journal.live)
        assert [len(lab.devices[name].journal.live) for name in ("leaf1", "leaf2", "leaf3")] == [1, 0, 1]
        assert len(service.node.pool) == 2


@pytest.mark.thorough
def test_the_cap_never_closes_a_lent_session(lab: Lab, tmp_path: Path) -> None:
    with serving(lab, tmp_path, max_sessions=1) as service:
        done = service.run("ask", "leaf*", commands=["show clock", "show version"], pause=0.3)
        assert {job.outcome for job in done.jobs} == {Outcome.OK}
        assert len(done.jobs) == 4
        assert all(job.attempt == 1 for job in done.jobs)


@pytest.mark.thorough
def test_a_device_with_one_line_is_read_and_changed_in_turn(lab: Lab, leaf: Device, tmp_path: Path) -> None:
    with serving(lab, tmp_path, max_sessions_per_device=1) as service:
        assert service.run("ask", commands=["show clock"]).outcome is Outcome.OK
        assert service.run("set_ntp", servers=["192.0.2.1"]).outcome is Outcome.CHANGED
        assert service.run("ask", commands=["show clock"]).outcome is Outcome.OK
        first, second, third = leaf.journal.sessions
        assert first.ended is not None
        assert second.ended is not None
        assert first.ended <= second.began
        assert second.ended <= third.began


@pytest.mark.thorough
def test_a_quiet_session_is_asked_for_a_sign_of_life_before_a_job_gets_it(
    lab: Lab, leaf: Device, tmp_path: Path
) -> None:
    with serving(lab, tmp_path, probe_after=0.0) as service:
        service.run("ask", commands=["show clock"])
        assert service.run("ask", commands=["show clock"]).job.session_reused is True
        assert service.node.pool.moves.counters["probed"] == 1
    assert leaf.journal.logins == 1


@pytest.mark.thorough
def test_a_session_that_is_too_old_is_closed_though_it_is_used_all_the_time(
    lab: Lab, leaf: Device, tmp_path: Path
) -> None:
    with serving(lab, tmp_path, max_session_age=0.5) as service:
        service.run("ask", commands=["show clock"])
        eventually(lambda: not leaf.journal.live)
        assert service.run("ask", commands=["show clock"]).job.session_reused is False
