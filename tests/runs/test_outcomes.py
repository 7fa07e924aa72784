"""Each way a job can end has its own outcome, the same in the ledger and the events, and leaves nothing running."""

import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.lab import Device, Lab
from netpulse_core.model.outcome import Outcome
from tests.runs.service import VARIABLE, Service, eventually, serving


def kept() -> Any:
    return sys.modules["netpulse_tests_kept"]


def test_a_wrong_password_is_tried_once(service: Service, leaf: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "not the password")
    done = service.run("send_commands", commands=["show clock"])
    assert done.outcome is Outcome.AUTH_FAILED
    assert done.job.problem is not None
    # Read whole: "password reference" would be taken for a password that is shown, and masked.
    assert done.job.problem.hint == "check the username, and the reference that stands for its password, in inventory/"
    assert (done.job.attempt, leaf.journal.refused, leaf.journal.logins) == (1, ["netops"], 0)


@pytest.mark.thorough
def test_refused_tcp_is_unreachable(lab: Lab, tmp_path: Path) -> None:
    with serving(lab, tmp_path) as service:
        service.netpulse.site.inventory.hosts["leaf1"].port = 1
        done = service.run("send_commands", commands=["show clock"])
    assert done.outcome is Outcome.UNREACHABLE
    assert done.job.attempt == 2
    assert "connection refused" in done.message


@pytest.mark.thorough
@pytest.mark.parametrize("runbook", ["send_commands", "send_config"])
def test_a_device_that_hangs_up_before_the_login_is_unreachable(service: Service, leaf: Device, runbook: str) -> None:
    leaf.faults.down = True
    given: dict[str, Any] = (
        {"commands": ["show clock"]} if runbook == "send_commands" else {"lines": ["ntp server 192.0.2.7"]}
    )
    done = service.run(runbook, **given)
    assert done.outcome is Outcome.UNREACHABLE
    assert (done.job.attempt, leaf.journal.logins) == (2, 0)  # a change too: it had not come to its gate
    assert "closed the connection before the login" in done.message


@pytest.mark.thorough
def test_an_unknown_name_is_unreachable(lab: Lab, tmp_path: Path) -> None:
    with serving(lab, tmp_path) as service:
        service.netpulse.site.inventory.hosts["leaf1"].hostname = "no-such-host.invalid"
        done = service.run("send_commands", commands=["show clock"])
    assert done.outcome is Outcome.UNREACHABLE
    assert "name is not known" in done.message


@pytest.mark.thorough
@pytest.mark.parametrize("where", ["connect", "login", "command"])
def test_a_device_that_hangs_is_given_the_jobs_time_and_no_more(service: Service, leaf: Device, where: str) -> None:
    leaf.faults.hang = where  # type: ignore[assignment]
    began = time.monotonic()
    done = service.run("ask_briefly", command="show clock")
    assert time.monotonic() - began < 15
    assert done.outcome is Outcome.TIMED_OUT
    assert done.message == "leaf1: not done within 2 s"
    assert len(service.node.pool) == 0


def test_one_refused_command_keeps_the_others(service: Service, leaf: Device) -> None:
    done = service.run("send_commands", commands=["show clock", "show nonsense", "show version"])
    assert done.outcome is Outcome.REJECTED
    assert [(step.label, step.failed) for step in done.steps] == [
        ("show clock", False),
        ("show nonsense", True),
        ("show version", False),
    ]
    assert "UTC" in done.steps[0].body
    assert "Invalid input" in done.steps[1].body
    assert "Cisco IOS" in done.steps[2].body
    assert done.steps[1].error == done.message


def test_a_refused_configuration_line_after_one_that_stands_is_partial(service: Service, leaf: Device) -> None:
    done = service.run("send_config", lines=["ntp server 192.0.2.1", "nonsense"])
    assert done.outcome is Outcome.PARTIAL
    assert leaf.journal.applied == ["ntp server 192.0.2.1"]


@pytest.mark.parametrize("connection", ["ssh", "paramiko"])
def test_a_connection_the_runbook_does_not_name_is_not_opened(service: Service, leaf: Device, connection: str) -> None:
    done = service.run("ask_over", connection=connection)
    assert done.outcome is Outcome.BLOCKED
    assert f"nothing was sent over {connection!r}: the runbook says that it uses netmiko" in done.message
    assert (leaf.journal.logins, leaf.journal.commands) == (0, [])
    assert service.run("ask_over", connection="netmiko").outcome is Outcome.OK


def test_a_change_whose_author_forgot_to_say_so_is_no_ok(service: Service) -> None:
    assert service.run("push_and_say_nothing").outcome is Outcome.CHANGED


def test_a_refusal_that_is_swallowed_is_no_ok_either(service: Service, leaf: Device) -> None:
    assert service.run("push_and_swallow").outcome is Outcome.PARTIAL
    assert leaf.journal.applied == ["ntp server 192.0.2.9"]


def test_one_that_fails_after_its_change_had_begun_says_so(service: Service) -> None:
    done = service.run("push_and_say_nothing", then="the peers are down")
    assert (done.outcome, done.message) == (Outcome.FAILED, "ValueError: the peers are down")
    assert done.job.problem is not None
    assert "its change had begun" in done.job.problem.hint


def test_one_asked_for_after_a_push_leaves_what_was_pushed(service: Service, leaf: Device) -> None:
    done = service.run("set_ntp_and_look_over", connection="ssh")
    assert done.outcome is Outcome.PARTIAL
    assert leaf.journal.applied == ["ntp server 192.0.2.1"]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("exit", "SystemExit: 3"),
        ("interrupt", "KeyboardInterrupt"),
        ("base", "BaseException: beneath all"),
        ("python", "KeyError: 'no such key'"),
        ("file", "FileNotFoundError: [Errno 2] No such file or directory: '/no/such/file'"),
        ("failed", "the peers are down"),
        ("failed, mute", "the runbook said it failed, without a reason"),
        ("unspeakable error", "Unspeakable: <Unspeakable>"),
        ("step", "the step says no"),
        ("caught", "the step says no"),
    ],
)
def test_whatever_a_runbook_does_its_job_fails_in_one_sentence(service: Service, how: str, said: str) -> None:
    done = service.run("end_badly", how=how)
    assert (done.outcome, done.message) == (Outcome.FAILED, said)
    assert done.job.attempt == 1
    assert "Traceback" not in done.everything
    assert len(service.node._hands) == 0
    assert service.run("say_what_json_cannot", what="nothing").outcome is Outcome.OK


@pytest.mark.thorough
def test_a_runbook_that_never_returns_is_concluded_without_it(service: Service, leaf: Device) -> None:
    kept().released = threading.Event()
    run = service.submit("never_return")
    eventually(lambda: hasattr(kept(), "release"))
    done = service.wait(run)
    assert done.outcome is Outcome.TIMED_OUT
    assert "did not return within 1 s" in done.message
    assert len(service.node._hands) == 0
    after = service.run("ask", commands=["show version"])
    assert (after.outcome, after.job.session_reused) == (Outcome.OK, False)
    commands = list(leaf.journal.commands)
    kept().release.set()
    assert kept().released.wait(5)
    assert len(kept().after) == 2
    time.sleep(0.5)
    assert leaf.journal.commands == commands
    again = service.wait(run)
    assert (again.jobs, again.events, again.all_steps) == (done.jobs, done.events, done.all_steps)


def test_a_device_gone_from_the_inventory_is_blocked(
    service: Service, leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.netpulse.preview("leaf1")  # what answers people has read the inventory, and keeps it
    monkeypatch.delitem(service.netpulse.site.inventory.hosts, "leaf1")
    done = service.run("send_commands", commands=["show clock"])
    assert done.outcome is Outcome.BLOCKED
    assert "no longer in the inventory" in done.message
    assert leaf.journal.connections == 0


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("set", "{1}"),
        ("date", "datetime.date(2026, 1, 2)"),
        ("keys", {"('a', 1)": "tuple", "2": "number"}),
        ("nan", ["nan", "<int>"]),
        ("surrogate", {"half": "? here"}),
        ("surrogate text", "? here"),
        ("bytes", "b'\\x00\\xff'"),
        ("unspeakable", ["<Unspeakable>"]),
        ("nothing", None),
    ],
)
def test_what_json_cannot_say_is_kept_as_its_repr(service: Service, what: str, body: Any) -> None:
    done = service.run("say_what_json_cannot", what=what)
    assert done.outcome is Outcome.OK, done.message
    assert done.steps[0].body == body


def test_a_result_that_holds_itself_ends(service: Service) -> None:
    assert service.run("say_what_json_cannot", what="ring").outcome is Outcome.OK


@pytest.mark.thorough
def test_a_read_that_lost_its_session_once_is_tried_again(service: Service, leaf: Device) -> None:
    leaf.faults.drop_on, leaf.faults.drop_times = "show clock", 1
    done = service.run("send_commands", commands=["show clock"])
    assert (done.outcome, done.job.attempt, leaf.journal.logins) == (Outcome.OK, 2, 2)
    kinds = [event.kind.value for event in done.events if event.device]
    assert kinds == ["job.started", "job.retrying", "job.started", "job.finished"]
    assert [step.label for step in done.steps] == ["show clock"]


@pytest.mark.thorough
def test_the_budget_of_attempts_is_kept(service: Service, leaf: Device) -> None:
    leaf.faults.drop_on = "show clock"
    done = service.run("send_commands", commands=["show clock"])
    assert (done.outcome, done.job.attempt, leaf.journal.logins) == (Outcome.FAILED, 2, 2)
    assert done.job.problem is not None
    assert done.job.problem.kind == "SessionLost"


def test_no_attempt_is_put_behind_the_deadline(service: Service, leaf: Device) -> None:
    leaf.faults.slow = {"show clock": 0.7}
    leaf.faults.drop_on = "show clock"
    done = service.run("send_commands", commands=["show clock"], deadline=1.15)
    assert done.job.attempt == 1
    assert done.outcome in (Outcome.FAILED, Outcome.TIMED_OUT)
