"""A job that its worker died under runs alone in a process, and what it does there it does to nobody else."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import netpulse_core
from netpulse_core.lab import Device, Lab
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState
from netpulse_core.text import over
from netpulse_core.worker import frames
from tests.runs.service import Service, eventually, hurry, serving

pytestmark = pytest.mark.thorough

SUSPECT = (
    "CREATE TRIGGER suspect AFTER INSERT ON jobs BEGIN UPDATE jobs SET crashes = 1, attempt = 1 WHERE id = NEW.id; END"
)
"""Every job looks as if a worker had died under its first attempt."""


CORE = Path(netpulse_core.__file__).parent

WATCHED = {"events": ["job.in_doubt"], "url": "https://pager.example.net/"}
"""An endpoint that none of these jobs tells anything."""


@pytest.fixture
def pager(tmp_path: Path) -> Path:
    """The secret of a webhook, in a file that is there when the node starts."""
    (path := tmp_path / "pager.secret").write_text("hunter2-of-the-pager")
    return path


@pytest.fixture
def service(lab: Lab, tmp_path: Path, pager: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    hurry(monkeypatch)
    monkeypatch.setattr("netpulse_core.worker.alone.OVERTIME", 0.7)
    plugins = {"webhooks": {"endpoints": {"pager": {**WATCHED, "secret": f"file:{pager}"}}}}
    with serving(lab, tmp_path, grace=60.0, plugins=plugins) as serves:
        with serves.netpulse.ledger.database.write() as connection:
            connection.execute(text(SUSPECT))
        yield serves


def why(service: Service, run: str) -> str:
    """What the run's only job says of its last attempt."""
    (job,) = service.netpulse.jobs(run)
    return job.problem.message if job.problem else ""


def _children() -> list[int]:
    """The processes that jobs run alone in, of this test's own."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words, stat = (path / "cmdline").read_bytes(), (path / "stat").read_text()
        except OSError:
            continue
        if b"netpulse_core.worker.child" in words and int(stat.rpartition(")")[2].split()[1]) == os.getpid():
            found.append(int(path.name))
    return found


@pytest.mark.thorough
def test_it_does_what_it_would_have_done_in_a_session_of_its_own(service: Service, leaf: Device) -> None:
    done = service.run("nested", name="leaf", within=90)
    assert (done.outcome, done.job.attempt, done.job.session_reused) == (Outcome.OK, 2, False)
    assert [(step.label, step.path) for step in done.steps][1:] == [
        ("first", ((1, "outer"), (0, "first"))),
        ("second", ((1, "outer"), (1, "second"))),
        ("outer", ((1, "outer"),)),
        ("nested", ()),
    ]
    assert done.steps[-1].body == "leaf 1"
    assert leaf.journal.logins == 1
    assert len(service.node.pool) == 0
    assert leaf.journal.wait_until_idle()


@pytest.mark.thorough
def test_a_change_passes_the_gate_of_its_node(service: Service, leaf: Device) -> None:
    done = service.run("set_ntp", servers=["192.0.2.1"], within=90)
    assert done.outcome is Outcome.CHANGED
    assert [one.kind for one in done.events].count(EventKind.JOB_PUSHING) == 1
    assert leaf.journal.commands.count("ntp server 192.0.2.1") == 1


@pytest.mark.thorough
def test_a_read_is_still_stopped_at_the_gate(service: Service, leaf: Device) -> None:
    done = service.run("misuse", how="send_config_set", within=90)
    assert done.outcome is Outcome.REJECTED
    assert not [line for line in leaf.journal.commands if "hostname" in line]


def replace_the_code(folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str) -> None:
    """Have the processes that begin from now on run other code than their worker, as after an upgrade in place."""
    shutil.copytree(CORE, folder / "netpulse_core", ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "netpulse_core" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    monkeypatch.chdir(folder)


@pytest.mark.thorough
def test_one_whose_process_is_killed_before_the_job_began_is_handed_back(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill = "    import os, signal\n\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    before = "    pool, alarm = sessions("
    replace_the_code(tmp_path / "new", monkeypatch, "worker/child.py", before, kill + before)
    run = service.submit("ask", commands=["show clock"])
    eventually(lambda: "ended before it had begun: killed by SIGKILL" in why(service, run), within=60)
    assert service.state(run) is JobState.QUEUED


@pytest.mark.thorough
def test_code_that_was_replaced_under_its_worker_is_no_job_to_be_quarantined(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leaf: Device
) -> None:
    replace_the_code(tmp_path / "new", monkeypatch, "model/run.py", "    crashes: int = 0\n", "    deaths: int = 0\n")
    done = service.run("ask", commands=["show clock"], within=90)
    assert done.outcome is Outcome.FAILED
    assert "does not understand its job" in done.message
    assert done.job.problem is not None
    assert "restart this worker" in done.job.problem.hint
    assert not leaf.journal.logins


@pytest.mark.thorough
@pytest.mark.parametrize(("runbook", "outcome"), [("ask", Outcome.FAILED), ("set_ntp", Outcome.IN_DOUBT)])
def test_one_that_says_more_than_can_be_taken_in_is_not_quarantined(
    service: Service, monkeypatch: pytest.MonkeyPatch, runbook: str, outcome: Outcome
) -> None:
    told: dict[str, dict[str, Any]] = {
        "ask": {"commands": ["show running-config"]},
        "set_ntp": {"servers": [f"192.0.2.{n}" for n in range(40)]},
    }
    monkeypatch.setattr(over, "LARGEST", 700)
    done = service.run(runbook, within=90, **told[runbook])
    assert done.outcome is outcome
    assert "where 700 are taken at most" in done.message


@pytest.mark.thorough
def test_one_killed_beside_others_runs_once_more_beside_none_before_it_is_quarantined(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("netpulse_core.worker.alone.LATER", 1.0)
    told: dict[str, Any] = {"how": "kill", "mark": str(tmp_path / "mark"), "who": "leaf1"}
    run = service.submit("end_the_process", "leaf1,leaf2", **told)
    done = {job.device: job for job in service.wait(run, within=120).jobs}
    assert {name: job.outcome for name, job in done.items()} == {"leaf1": Outcome.QUARANTINED, "leaf2": Outcome.OK}
    marks = Counter(path.name.split(".")[1] for path in tmp_path.glob("mark.*"))
    assert marks == {"leaf1": 2, "leaf2": 1}
    beside = [one.body for one in service.netpulse.events(run) if one.kind is EventKind.JOB_RETRYING]
    assert any("beside none" in body["problem"]["message"] for body in beside)
    assert done["leaf1"].attempt == 2


@pytest.mark.thorough
@pytest.mark.parametrize(("how", "said"), [("exit", "exit status 7"), ("kill", "killed by SIGKILL")])
def test_what_ends_its_process_is_quarantined_and_its_node_lives(service: Service, how: str, said: str) -> None:
    done = service.run("end_at_once", how=how, within=90)
    assert done.outcome is Outcome.QUARANTINED
    assert said in done.message
    assert service.netpulse.nodes()[0].alive
    assert service.netpulse.nodes()[0].id == service.node.id


@pytest.mark.thorough
def test_what_ends_its_process_in_a_change_is_in_doubt(service: Service) -> None:
    done = service.run("end_in_a_change", how="exit", within=90)
    assert (done.outcome, done.job.state) == (Outcome.IN_DOUBT, JobState.IN_DOUBT)
    assert "in the middle of the change: exit status 7" in done.message
    assert done.job.problem is not None
    assert "netpulse resolve" in done.job.problem.hint


@pytest.mark.thorough
def test_what_hangs_with_its_whole_process_is_killed_and_timed_out(service: Service) -> None:
    done = service.run("hold_the_interpreter", within=90)
    assert done.outcome is Outcome.TIMED_OUT
    assert "not done within 1 s, and was killed" in done.message
    eventually(lambda: not _children())


@pytest.mark.thorough
def test_a_node_that_stops_hands_it_back_and_ends_its_process(service: Service, leaf: Device) -> None:
    run = service.submit("ask", commands=["show clock"], pause=60.0)
    eventually(lambda: "show clock" in leaf.journal.commands, within=60)
    assert service.node.stop() is True
    assert service.state(run) is JobState.QUEUED
    eventually(lambda: not _children())
    with service.netpulse.ledger.database.read() as connection:
        assert connection.execute(text("SELECT attempt, crashes FROM jobs")).one() == (1, 1)


@pytest.mark.thorough
def test_it_does_not_run_on_a_site_that_has_changed_on_disk(service: Service, leaf: Device, tmp_path: Path) -> None:
    (tmp_path / "templates" / "hello.j2").write_text("another revision\n")
    done = service.run("ask", commands=["show clock"], within=90)
    assert done.outcome is Outcome.BLOCKED
    assert "this worker has" in done.message
    assert not leaf.journal.logins


@pytest.mark.thorough
def test_it_is_not_to_blame_for_a_file_that_went_away_after_its_node_started(service: Service, pager: Path) -> None:
    pager.unlink()
    done = service.run("ask", commands=["show clock"], within=90)
    assert (done.outcome, done.message) == (Outcome.OK, "")


@pytest.mark.thorough
def test_no_more_than_a_few_run_at_once(service: Service, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netpulse_core.worker.node.AT_ONCE", 1)
    run = service.submit("ask", "leaf1,leaf2", commands=["show clock"], pause=1.0)
    most = 0
    until = time.monotonic() + 90
    while not service.netpulse.get(run).finished and time.monotonic() < until:
        most = max(most, sum(job.state is JobState.RUNNING for job in service.netpulse.jobs(run)))
        time.sleep(0.02)
    assert most == 1
    assert {job.outcome for job in service.netpulse.jobs(run)} == {Outcome.OK}


@pytest.mark.thorough
def test_one_whose_node_died_while_it_started_ends_in_silence(service: Service) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        child = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "netpulse_core.worker.child", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stderr=subprocess.PIPE,
        )
    with ours:
        over.Line(ours).send(frames.of_settings(service.netpulse.settings))
    said = child.communicate(timeout=90)[1].decode()
    assert "Traceback" not in said
    assert child.returncode == 0
