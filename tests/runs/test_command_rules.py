"""Whatever a runbook works out, no line leaves that the caller of its run may not send."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.lab import Device, Lab
from netpulse_core.model.caller import Caller, Scope
from netpulse_core.model.commandpolicy import CommandPolicy
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, RerunRequest, RunRequest
from netpulse_core.model.runbook import Queue
from netpulse_core.model.schedule import Due, Schedule
from netpulse_core.worker import frames
from tests.api.hooking import signed
from tests.api.service import serving as over_http
from tests.runs.service import SECRET, VARIABLE, Done, Service, serving

RULES = {
    "all": {"deny": ["reload*", "ntp server 192.0.2.66"]},
    "operator": {"allow": ["show clock", "show version"]},
}
CLOCK = Caller(name="bot", role="admin", scope=Scope(commands=("show clock", "ntp server *")))
ANN = Caller(name="ann", role="admin")
OTTO = Caller(name="otto", role="operator")
RECORDED = [{"whose": "caller", "name": "bot", "allow": ["show clock"], "deny": []}]
SIGNS = "the-hook's-own-secret-0123456789"
HOOK = """
runbook: works_out_reads
target: role=leaf
device: device
parameters: {words: [users]}
role: operator
secret: env:HOOK_SECRET
"""
PLUGIN_LINES = {"terminal width 511", "terminal length 0", "exit", ""}


@pytest.fixture(scope="module")
def ruled_service(one_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, SECRET)
        with serving(one_lab, tmp_path_factory.mktemp("ruled"), commands=RULES, connect_timeout=5.0) as service:
            yield service


@pytest.fixture
def ruled(ruled_service: Service, lab: Lab) -> Iterator[Service]:
    """A site with rules for everybody and for a role; it has no session open."""
    yield ruled_service
    ruled_service.node.pool.drain()


def run(service: Service, caller: Caller, runbook: str, **parameters: Any) -> Done:
    request = RunRequest(runbook=runbook, target="leaf1", parameters=parameters, deadline=60.0)
    return service.wait(service.netpulse.submit(request, caller).run)


def sent(device: Device) -> list[str]:
    return [line.strip() for line in device.journal.commands if line.strip() not in PLUGIN_LINES]


def test_a_line_that_was_worked_out_is_refused_to_a_role(ruled: Service, leaf: Device) -> None:
    done = run(ruled, OTTO, "works_out_reads", words=["clock", "users"])
    assert done.outcome is Outcome.REJECTED
    assert "role 'operator' may not send this: 'show users' is none of the lines that are allowed" in done.message
    assert sent(leaf) == ["show clock"]
    assert run(ruled, OTTO, "works_out_reads", words=["clock", "version"]).outcome is Outcome.OK


def test_a_line_that_was_worked_out_is_refused_to_a_key(ruled: Service, leaf: Device) -> None:
    done = run(ruled, CLOCK, "works_out_reads", words=["version"])
    assert done.outcome is Outcome.REJECTED
    assert "bot is narrowed: 'show version' is none of the lines that are allowed: show clock" in done.message
    assert done.job.problem is not None
    assert done.job.problem.kind == "LineRefused"
    assert "a key whose scope allows it" in done.job.problem.hint
    assert sent(leaf) == []


def test_a_runbook_that_looks_away_is_rejected_all_the_same(ruled: Service, leaf: Device) -> None:
    done = run(ruled, CLOCK, "works_out_and_looks_away", word="version")
    assert done.outcome is Outcome.REJECTED
    assert "'show version'" in done.message
    assert sent(leaf) == ["show clock"]


@pytest.mark.parametrize("runbook", ["works_out_config", "works_out_blocks", "push_plainly"])
def test_a_block_with_a_denied_line_stays_before_the_point_of_no_return(
    ruled: Service, leaf: Device, runbook: str
) -> None:
    servers = ["192.0.2.1", "192.0.2.66"]
    all_given: dict[str, dict[str, Any]] = {
        "works_out_config": {"servers": servers},
        "works_out_blocks": {"blocks": [servers]},
        "push_plainly": {"lines": [f"ntp server {server}" for server in servers]},
    }
    done = run(ruled, ANN, runbook, **all_given[runbook])
    assert done.outcome is Outcome.REJECTED
    assert "nobody may send this: 'ntp server 192.0.2.66' is denied by 'ntp server 192.0.2.66'" in done.message
    assert (leaf.journal.configured, leaf.journal.applied) == (0, [])
    assert "configure terminal" not in sent(leaf)
    assert not done.job.device_session  # it is written with the point of no return


def test_the_line_that_saves_is_one_of_the_block(ruled: Service, leaf: Device) -> None:
    done = run(ruled, CLOCK, "works_out_config", servers=["192.0.2.1"], save=True)
    assert done.outcome is Outcome.REJECTED
    assert "'write mem'" in done.message
    assert leaf.journal.configured == 0
    assert run(ruled, CLOCK, "works_out_config", servers=["192.0.2.1"]).outcome is Outcome.CHANGED
    assert "ntp server 192.0.2.1" in leaf.running_config


def test_a_dialogue_with_a_denied_turn_is_not_begun(ruled: Service, leaf: Device) -> None:
    done = run(ruled, ANN, "works_out_dialog", sent=["show clock", "rel in 5"])
    assert done.outcome is Outcome.REJECTED
    assert "'rel in 5' is denied by 'reload*'" in done.message
    assert sent(leaf) == []


def test_what_was_sent_before_a_refused_block_is_not_called_rejected(ruled: Service, leaf: Device) -> None:
    done = run(ruled, ANN, "works_out_blocks", blocks=[["192.0.2.1"], ["192.0.2.66"]])
    assert done.outcome is Outcome.PARTIAL
    assert "ntp server 192.0.2.1" in leaf.running_config
    assert "192.0.2.66" not in leaf.running_config


@pytest.mark.parametrize(
    ("method", "given", "says"),
    [
        ("write_channel", ["reload\n"], "'reload' is denied"),
        ("write_channel", ["rel"], "cannot be seen before"),
        ("send_command", ["show clock\nreload"], "a control character"),
        ("send_command", ["show clock ; reload"], "'show clock ; reload' is denied by 'reload*'"),
        ("send_config_set", ["hostname x\ndo reload"], "'do reload' is denied"),
        ("write_channel", ["do ?qreload\n"], "'?' asks for help"),
        ("send_command", ["re?load"], "'?' asks for help"),
        ("send_config_set", [["do re?load"]], "'?' asks for help"),
        ("send_config_set", [["do r\teload"]], "a TAB completes"),
        ("send_config_set", [["do rel\x0coad"]], "a control character"),
        ("send_config_set", [["banner motd #", "do re?load", "#"]], "'do re?load' is denied by"),
        ("save_config", ["reload"], "'reload' is denied"),
        ("config_mode", ["reload"], "cannot be seen before"),
        ("set_base_prompt", [], "cannot be seen before"),
    ],
)
def test_there_is_no_way_around_what_is_denied(
    ruled: Service, leaf: Device, method: str, given: list[Any], says: str
) -> None:
    done = run(ruled, ANN, "calls", method=method, given=given)
    assert done.outcome is Outcome.REJECTED
    assert says in done.message
    assert sent(leaf) == []


def test_a_connection_of_no_driver_is_not_opened(ruled: Service, leaf: Device) -> None:
    done = run(ruled, ANN, "calls", method="exec_command", given=["show clock"], driver="paramiko")
    assert done.outcome is Outcome.REJECTED
    assert "which lines are sent over connection 'paramiko' cannot be seen" in done.message
    assert leaf.journal.connections == 0


def test_an_older_answer_to_a_line_that_may_not_be_sent_is_not_told(ruled: Service, leaf: Device) -> None:
    open_eyes = Caller(name="eva", role="admin")
    assert run(ruled, open_eyes, "send_commands", commands=["show version"]).outcome is Outcome.OK
    done = run(ruled, CLOCK, "tests_recalls", command="show version")
    assert done.outcome is Outcome.REJECTED
    assert leaf.journal.commands.count("show version") == 1
    assert not any(step.body for step in done.steps)


def test_a_run_is_held_to_the_rules_it_was_accepted_under(
    ruled: Service, leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    netpulse = ruled.netpulse
    freeze = netpulse.freezing.begin(ANN, "leaf1", "so that the run waits", reads_too=True)
    request = RunRequest(runbook="works_out_reads", target="leaf1", parameters={"words": ["version"]})
    accepted = netpulse.submit(request, CLOCK).run
    monkeypatch.setattr(netpulse.access, "_commands", {})
    netpulse.freezing.thaw(freeze.id, ANN)
    assert ruled.wait(accepted).outcome is Outcome.REJECTED
    with_nothing = netpulse.rerun(RerunRequest(run=accepted), Caller(name="eva", role="admin"))
    assert ruled.wait(with_nothing.run).outcome is Outcome.OK
    narrowed = netpulse.rerun(RerunRequest(run=with_nothing.run, outcomes=(Outcome.OK,)), CLOCK)
    assert ruled.wait(narrowed.run).outcome is Outcome.REJECTED
    said = [one.body for one in netpulse.ledger.audit.page(limit=50) if one.object == accepted]
    assert any("ntp server *" in str(body.get("commands")) for body in said)


def test_a_schedule_is_held_to_the_rules_of_its_role(ruled: Service, leaf: Device) -> None:
    request = RunRequest(runbook="works_out_reads", target="leaf1", parameters={"words": ["users"]})
    schedule = Schedule(name="nightly", request=request, every=3600.0, role="operator")
    [known] = ruled.netpulse.ledger.schedules.know([schedule])
    fire = ruled.netpulse.firing.fire(Due(schedule=schedule, digest=known.digest, due_at=1.0))
    assert fire is not None
    assert fire.run
    done = ruled.wait(fire.run)
    assert (done.outcome, ruled.netpulse.get(fire.run).caller) == (Outcome.REJECTED, "schedule:nightly")
    assert "role 'operator' may not send this: 'show users'" in done.message
    assert sent(leaf) == []


def test_a_webhook_in_is_held_to_the_rules_of_its_role(
    ruled: Service, leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", SIGNS)
    folder = ruled.netpulse.site.path / "schedules" / "hooks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "down.yaml").write_text(HOOK)
    body = b'{"device": "leaf1"}'
    received = ruled.netpulse.hooking.receive("down", signed(body, SIGNS), body)
    (one,) = received.runs
    done = ruled.wait(one.run)
    assert (done.outcome, ruled.netpulse.get(one.run).caller) == (Outcome.REJECTED, "hook:down")
    assert "role 'operator' may not send this: 'show users'" in done.message
    assert sent(leaf) == []


@pytest.mark.thorough
def test_the_command_line_against_a_service_is_held_to_the_rules_of_its_key(
    ruled: Service, leaf: Device, tmp_path: Path
) -> None:
    key = ruled.netpulse.ledger.keys.create("bot", "admin", by="test", scope=CLOCK.scope).key
    words = ["run", "works_out_reads", "-t", "leaf1", "-p"]
    with over_http(ruled.netpulse) as (_, port):

        def said(*more: str) -> subprocess.CompletedProcess[str]:
            env = {**os.environ, "NETPULSE_API_KEY": key, "NETPULSE_URL": f"http://127.0.0.1:{port}"}
            command = [sys.executable, "-m", "netpulse_core", *words, *more]
            return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=env)

        refused, let_through = said("words=version"), said("words=clock")
    assert refused.returncode == 4, refused.stderr
    assert "rejected" in refused.stdout
    assert "bot is narrowed: 'show version' is none of the lines that are allowed" in " ".join(refused.stdout.split())
    assert let_through.returncode == 0, let_through.stdout + let_through.stderr
    assert sent(leaf) == ["show clock"]


def test_a_run_alone_in_a_process_is_told_its_rules() -> None:
    claim = Claim(
        job=1, run="r", device="d", key="k", fence=1, attempt=1, runbook="b", parameters={}, changes=False,
        queue=Queue.NODE, timeout=1.0, attempts=1, caller="bot", rank=0.0, deadline_at=1.0, pushes=0, crashes=1,
        left=1.0, commands=CommandPolicy.of(RECORDED).data(),  # type: ignore[union-attr]
    )  # fmt: skip
    told = frames.claim(json.loads(json.dumps(frames.of_claim(claim))))
    policy = CommandPolicy.of(told.commands)
    assert policy is not None
    assert policy.data() == RECORDED
    assert policy.refusal(["show version"]) is not None
