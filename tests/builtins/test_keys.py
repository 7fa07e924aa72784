"""Keys that a prompt acts on: what a device of the lab makes of them, and that no line with one leaves."""

from collections.abc import Callable
from typing import Any

import pytest

from netpulse_core import Turn, errors
from netpulse_core.builtins.netmiko.commandline import NetmikoLine
from netpulse_core.lab import Device

Connect = Callable[[], Any]


@pytest.mark.parametrize("keys", ["do wri?te mem", "do wri\x0cte mem", "do wr\tite mem"])
def test_a_device_takes_other_lines_than_are_sent_where_keys_are_acted_on(
    connect: Connect, device: Device, keys: str
) -> None:
    session = connect()
    session.config_mode()
    session.write_channel(f"{keys}\n")
    session.read_until_pattern(r"\[OK\]")
    assert "[OK]" in session.channel.tail


@pytest.mark.parametrize("line", ["sho?w clock", "sh\tow clock"])
def test_no_line_with_one_is_typed_by_a_runbook(connect: Connect, device: Device, line: str) -> None:
    session = connect()
    seen = list(device.journal.commands)
    typed = NetmikoLine(session, "leaf1")
    for call in (
        lambda: typed.send_command(line),
        lambda: typed.send_config(["hostname x", f"do {line}"]),
        lambda: typed.send_dialog([Turn("show version", ""), Turn(line, "")]),
    ):
        with pytest.raises(errors.CommandRejected, match="nothing was sent"):
            call()
    assert device.journal.commands == seen


def test_a_banner_asks_what_it_likes_and_so_does_an_answer(connect: Connect, device: Device) -> None:
    typed = NetmikoLine(connect(), "leaf1")
    assert typed.send_config(["banner motd #", "who are you?", "#"]).error is None
    assert "who are you?" in device.running_config


@pytest.mark.parametrize("line", [" banner title Welcome", " banner file bootflash:x.html", ' banner "Login ok"'])
def test_a_line_of_a_portal_begins_no_banner(connect: Connect, device: Device, line: str) -> None:
    typed = NetmikoLine(connect(), "leaf1")
    with pytest.raises(errors.CommandRejected, match="nothing was sent"):
        typed.send_config([line, "do wri?te mem", "We ban it: o, b"])  # in a banner, keys would be let through
    assert line.strip() not in [one.strip() for one in device.journal.commands]
