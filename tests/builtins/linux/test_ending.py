"""Ending another session of a real server: that one, with all that runs in it, and no other."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, DeviceSession
from netpulse_core.builtins.linux.driver import Linux
from netpulse_core.testing import opened
from tests.runs.service import eventually
from tests.servers.linux import LinuxServer

driver = Linux()


def named(connection: Any, **changed: Any) -> DeviceSession:
    found = DeviceSession(driver="linux", name=driver.device_session(connection), age=1.0)
    return replace(found, **changed)


def test_a_session_and_what_it_started_is_ended_and_no_other(
    parameters: ConnectionParameters, server: LinuxServer
) -> None:
    with opened(driver, parameters) as pushing, opened(driver, parameters) as other, opened(driver, parameters) as ours:
        thread = threading.Thread(target=_fails, args=(pushing, "sleep 301 & sleep 300"))
        thread.start()
        beside = threading.Thread(target=_fails, args=(other, "sleep 302"))
        beside.start()
        eventually(lambda: server.arguments().count("sleep 30") >= 3)
        recorded = named(pushing)
        assert driver.end_session(ours, recorded, timeout=10)
        thread.join(20)
        assert not thread.is_alive()
        running = server.arguments()
        assert "sleep 300" not in running
        assert "sleep 301" not in running
        assert "sleep 302" in running
        assert driver.end_session(ours, recorded, timeout=10), "it is gone, and that can be told"
        driver.abort(other)
        beside.join(20)


def test_what_cannot_be_told_is_not_said(parameters: ConnectionParameters) -> None:
    with opened(driver, parameters) as ours:
        assert not driver.end_session(ours, named(ours, name=None), timeout=5)
        assert not driver.end_session(ours, named(ours, name="tcp 192.0.2.77:4242 as netops"), timeout=5)
        assert driver.end_session(ours, named(ours), timeout=5), "the port is ours now"


def test_a_later_session_with_the_same_port_is_left_alone(parameters: ConnectionParameters) -> None:
    with opened(driver, parameters) as later, opened(driver, parameters) as ours:
        thread = threading.Thread(target=_fails, args=(later, "sleep 303"))
        thread.start()
        eventually(lambda: not later.is_idle)
        assert driver.end_session(ours, named(later, age=9000.0), timeout=10)
        assert driver.alive(later)
        driver.abort(later)
        thread.join(20)


def _fails(connection: Any, command: str) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011  it is ended under it
        connection.run(command, timeout=400)
