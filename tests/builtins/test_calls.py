"""Which lines a call sends is known before it is made, and none hides behind another."""

from typing import Any

import pytest

from netpulse_core import errors
from netpulse_core.builtins.netmiko.driver import Netmiko

driver = Netmiko()


def test_the_lines_of_a_call_are_known_before_it_is_made() -> None:
    assert driver.lines("send_command", ("show version\n",), {}) == ("show version",)
    assert driver.lines("send_command", ("show version\n",), {"normalize": False}) == ("show version\n",)
    assert driver.lines("send_command", ("show version",), {"normalize": False}) == ("show version…",)
    assert driver.lines("send_command_timing", (), {"command_string": "reload"}) == ("reload",)
    assert driver.lines("send_multiline", ([["copy a b", "x"], ["y", ""]],), {}) == ("copy a b", "y")
    assert driver.lines("send_multiline_timing", (), {"commands": ["a", "b"]}) == ("a", "b")
    assert driver.lines("enable", (), {}) == ("enable",)
    assert driver.lines("enable", (), {"cmd": "reload"}) == ("reload",)
    assert driver.lines("exit_enable_mode", ("reload",), {}) == ("reload",)
    calls: list[tuple[str, tuple[Any, ...]]] = [
        ("send_command", ()),
        ("send_command", (7,)),
        ("send_multiline", (iter(["a"]),)),
    ]
    for method, args in calls:
        with pytest.raises(errors.InvalidParameters):
            driver.lines(method, args, {})


class Changing(str):
    """A text that is one thing when it is looked at and another when it is sent."""

    __slots__ = ()

    def rstrip(self, *_: Any) -> str:
        return "show version"


def is_a_read(method: str, *args: Any, **kwargs: Any) -> bool:
    """Whether a call is let through in a job that only reads."""
    return all(driver.is_read("cisco_ios", line) for line in driver.lines(method, args, kwargs))


def test_no_call_hides_a_change_behind_a_read() -> None:
    assert is_a_read("send_command", "show version")
    assert is_a_read("send_command", "show version\n", expect_string="#")
    assert is_a_read("enable")
    hidden: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
        ("send_command", ("show version",), {"normalize": False}),  # the next line would continue it
        ("send_command", ("show version\nreload\n",), {"normalize": False}),
        ("send_command", ("show version\rreload",), {}),
        ("send_command", ("show run | redirect flash:x",), {}),
        ("send_command_timing", ("show version ; reload",), {}),
        ("send_command_expect", ("do reload",), {}),
        ("enable", ("show version",), {"pattern": "ersion"}),  # the secret would be typed into it
        ("enable", (), {"enable_pattern": "x"}),
        ("enable", ("enable", "x"), {}),
        ("exit_enable_mode", (), {"exit_command": "reload"}),
        ("send_multiline", ([["show version", ""], ["reload", ""]],), {}),
        ("netpulse_exchange", ("reload", "#", 5), {}),
    ]
    for method, args, kwargs in hidden:
        assert not is_a_read(method, *args, **kwargs), (method, args, kwargs)
    refused: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
        ("send_command", (Changing("reload"),), {}),
        ("send_command", (b"reload",), {}),
        ("send_multiline", ([Changing("reload")],), {}),
        ("send_multiline", ([[]],), {}),
        ("send_multiline", ({"reload": ""},), {}),
        ("enable", (Changing("reload"),), {}),
        ("netpulse_exchange", (), {"command": "reload"}),
        ("send_command", ("reload",), {"comand_string": "x"}),  # before the gate, so that nobody need doubt
    ]
    for method, args, kwargs in refused:
        with pytest.raises(errors.InvalidParameters):
            driver.lines(method, args, kwargs)
