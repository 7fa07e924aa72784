"""Scrapli on Junos, as its published examples say: a candidate of one's own, and a commit that was really made."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from netpulse_core import Push
from netpulse_core.builtins.scrapli.driver import Scrapli
from netpulse_core.testing.device import FakeDevice, running
from tests.builtins.test_dialects import junos

TAKEN = "set system ntp server 192.0.2.1"


@contextmanager
def pushed(lines: list[str], **told: Any) -> Iterator[tuple[Push, FakeDevice]]:
    driver = Scrapli()
    with running(junos(**told), name="mx1") as device:
        connection = driver.open(device.parameters("juniper_junos"), timeout=20)
        try:
            yield connection.push(lines, save=True, read_timeout=10), device
        finally:
            driver.close(connection)


def test_nobody_elses_lines_are_committed() -> None:
    with pushed([TAKEN]) as (push, device):
        assert (push.error, push.changed) == (None, True)
        assert "configure exclusive" in device.lines
        assert "configure" not in device.lines
        assert device.lines.count("commit") == 1


def test_nobody_elses_lines_are_thrown_away_after_a_refused_line() -> None:
    with pushed([TAKEN, "colour blue"]) as (push, device):
        assert push.error is not None
        assert not push.changed
        assert "configure" not in device.lines
        assert "commit" not in device.lines
        assert "rollback 0" in device.lines


@pytest.mark.parametrize("answer", ["", "error: configuration check-out failed"])
def test_what_junos_does_not_call_committed_is_not(answer: str) -> None:
    with pushed([TAKEN], commit=answer) as (push, device):
        assert push.error is not None
        assert "nothing was committed" in str(push.error)
        assert not push.changed
        assert "rollback 0" in device.lines
