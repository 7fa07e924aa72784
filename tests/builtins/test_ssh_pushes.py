"""The ssh driver where it changes: modes, dialogues, and what a push leaves behind."""

from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, Turn, errors
from netpulse_core.lab import Device, Lab
from netpulse_core.testing.trust import FirstSeen
from tests.builtins.actors import Pieces, session
from tests.builtins.ssh_sessions import Connect, connect, driver

__all__ = ["connect"]


def test_enable_with_a_secret_and_without() -> None:
    with Lab.running(count=1, secret="hidden-netpulse", privileged=False) as lab:
        device = next(iter(lab.devices.values()))
        given = ConnectionParameters(
            device=device.name,
            address=device.address,
            port=device.port,
            username="netpulse",
            password="netpulse",
            platform="ios",
            host_keys=FirstSeen(),
        )
        connection = driver.open(given, timeout=10)
        assert connection.find_prompt() == f"{device.name}>"
        push = connection.send_config(["ntp server 10.0.0.9"])
        assert "no line was sent" in str(push.error)
        assert not push.changed
        driver.close(connection)

        connection = driver.open(replace(given, extras={"secret": "hidden-netpulse"}), timeout=10)
        assert connection.find_prompt() == f"{device.name}#"
        assert driver.at_rest(connection)
        assert connection.send_config(["ntp server 10.0.0.9"]).error is None
        driver.close(connection)

        with pytest.raises(errors.AuthenticationFailed) as caught:
            driver.open(replace(given, extras={"secret": "wrong-netpulse"}), timeout=10)
        assert "netpulse" not in str(caught.value)


def test_a_dialogue(connect: Connect, device: Device) -> None:
    connection = connect()
    answers = connection.send_dialog([Turn("write erase", r"\[confirm\]"), Turn("", "")])
    assert answers[0].endswith("Continue? [confirm]")
    assert "Erase of nvram: complete" in answers[1]
    assert device.machine.startup == ""
    assert driver.at_rest(connection)


def test_a_dialogue_ends_where_the_prompt_comes_instead(connect: Connect, device: Device) -> None:
    connection = connect()
    turns = [Turn("write memory", r"\[confirm\]"), Turn("y", "")]
    assert connection.send_dialog(turns) == ["Building configuration...\n[OK]"]
    assert "y" not in device.journal.sessions[0].lines
    assert connection.send_dialog([Turn("bogus", ""), Turn("show clock", "")])[0].startswith("% Unknown command")
    assert "show clock" not in device.journal.sessions[0].lines
    assert driver.at_rest(connection)


def test_a_dialogue_answers_no_other_question(connect: Connect, device: Device) -> None:
    connection = connect()
    startup = device.machine.startup
    with pytest.raises(errors.TimedOut, match="did not come; the device asks"):
        connection.send_dialog([Turn("write erase", "Really"), Turn("", "")])
    assert not driver.alive(connection)
    assert device.machine.startup == startup


def test_a_push_that_leaves_configuration_mode_goes_no_further(connect: Connect, device: Device) -> None:
    connection = connect()
    push = connection.send_config(["ntp server 10.0.0.9", "end", "reload"])
    assert "line 2 of 3 left configuration mode: 'end'; what follows it was not sent" in str(push.error)
    assert (push.changed, push.accepted) == (True, 2)
    assert "reload" not in device.journal.commands
    assert driver.at_rest(connection)


def test_a_push_that_is_asked_back_tells_what_stands() -> None:
    answers: dict[str, Pieces] = {
        "configure terminal": [b"r1(config)#", b"..."],
        "no crypto": [b"Are you sure? [yes/no]: ", b"..."],
    }
    with session({**answers, "ntp": [b"r1(config)#", b"..."]}) as connection:
        push = connection.send_config(["ntp", "no crypto", "more"])
        assert "the 1 taken is in the running configuration, unsaved" in str(push.error)
        assert (push.changed, push.accepted) == (True, 1)
        assert not driver.alive(connection)


def test_a_commit_that_is_asked_back_afterwards_is_told_as_one() -> None:
    answers: dict[str, Pieces] = {
        "configure exclusive": [b"netops@mx1#", b"..."],
        "set system ntp": [b"netops@mx1#", b"..."],
        "commit": [b"commit complete\r\nnetops@mx1#", b"..."],
        "exit configuration-mode": [b"Exit with uncommitted changes? [yes,no] (yes) ", b"..."],
    }
    stage: dict[str, Any] = {"platform": "junos", "prompt": b"netops@mx1>", "greeting": (b"\r\nnetops@mx1>",)}
    with session(answers, **stage) as connection:
        push = connection.send_config(["set system ntp"])
        assert "the lines were committed before that" in str(push.error)
        assert "nothing was committed" not in str(push.error)
        assert (push.changed, push.committed) == (True, "commit complete")
        assert not driver.alive(connection)
    with session({**answers, "commit": [b"Really? [yes,no] ", b"..."]}, **stage) as connection:
        push = connection.send_config(["set system ntp"])
        assert "nothing was committed" in str(push.error)
        assert (push.changed, push.committed) == (False, "")
