"""What a node shows of its sessions: soon after it happened, not more often, and never too much at once."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from netpulse_core.broker.seen import sessions_of
from netpulse_core.lab import Device, Lab
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.session import NodeSessions, SessionState
from netpulse_core.worker import showcase
from tests.runs.service import SECRET, Service, eventually, serving

pytestmark = pytest.mark.thorough


def shown(service: Service) -> NodeSessions:
    return sessions_of(service.netpulse.broker, service.netpulse.nodes(), service.node.name)


def states(service: Service) -> dict[str, SessionState]:
    return {seen.device: seen.state for seen in shown(service).sessions}


def test_a_node_shows_itself_from_the_start_and_what_happens_soon(lab: Lab, tmp_path: Path) -> None:
    with serving(lab, tmp_path, node="w1") as service:
        assert (shown(service).name, shown(service).total) == ("w1", 0)
        assert service.run("ask", "leaf*", commands=["show clock"]).jobs[0].outcome is Outcome.OK
        eventually(lambda: shown(service).counters["command_complete"] == 4)
        now = shown(service)
        assert now.node == service.node.id
        assert [seen.device for seen in now.sessions] == ["leaf1", "leaf2", "leaf3", "leaf4"]
        assert {seen.state for seen in now.sessions} == {SessionState.CONNECTED}
        assert all(seen.uses == 1 and seen.idle is not None for seen in now.sessions)
        assert now.moves[0].at >= now.moves[-1].at
        assert SECRET not in repr(now)


def test_a_command_under_way_and_a_failed_login_are_seen(lab: Lab, leaf: Device, tmp_path: Path) -> None:
    leaf.faults.slow = {"show version": 3.0}
    lab.devices["leaf2"].faults.refuse_login = True
    with serving(lab, tmp_path) as service:
        run = service.submit("ask", "leaf1,leaf2", commands=["show version"])
        eventually(lambda: states(service).get("leaf1") is SessionState.EXECUTING)
        service.wait(run)
        eventually(lambda: states(service) == {"leaf1": SessionState.CONNECTED, "leaf2": SessionState.FAILED})


def test_where_nothing_happens_nothing_is_shown_again_but_to_renew_it(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showcase, "PACE", 0.02)
    monkeypatch.setattr(showcase, "RENEWED", 600.0)
    with serving(lab, tmp_path) as service:
        service.run("ask", commands=["show clock"])
        eventually(lambda: shown(service).counters["command_complete"] == 1)
        before = shown(service).at
        time.sleep(0.3)
        assert shown(service).at == before
        monkeypatch.setattr(showcase, "RENEWED", 0.1)
        eventually(lambda: shown(service).at > before)


def test_of_very_many_sessions_those_at_work_are_shown(
    lab: Lab, leaf: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showcase, "MOST_SESSIONS", 1)
    with serving(lab, tmp_path) as service:
        service.run("ask", "leaf2,leaf3", commands=["show clock"])
        leaf.faults.slow = {"show version": 2.0}
        run = service.submit("ask", "leaf1", commands=["show version"])
        eventually(lambda: any(seen.state is SessionState.EXECUTING for seen in service.node.pool.sessions()))
        now = showcase.look(service.node.pool, service.node, {})
        assert (now.total, [seen.device for seen in now.sessions]) == (3, ["leaf1"])
        service.wait(run)


def test_the_longest_that_can_be_shown_is_less_than_a_megabyte(lab: Lab, tmp_path: Path) -> None:
    from netpulse_core.broker.seen import _JSON

    with serving(lab, tmp_path) as service:
        service.run("ask", commands=["show clock"])
        now = showcase.look(service.node.pool, service.node, {})
    many = replace(now, sessions=[now.sessions[0]] * showcase.MOST_SESSIONS, moves=[now.moves[0]] * showcase.MOST_MOVES)
    assert len(_JSON.dump_json(many)) < 1_000_000
