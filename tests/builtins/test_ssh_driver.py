"""The ssh driver on devices that talk in pieces, late, unasked, ask back and fall silent."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from netpulse_core import errors
from netpulse_core.builtins.ssh import shell
from netpulse_core.lab import Device
from tests.builtins.actors import Pieces, session
from tests.builtins.ssh_sessions import Connect, connect, driver

__all__ = ["connect"]


def until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.005)


def test_an_answer_in_pieces_is_whole() -> None:
    pieces: Pieces = [
        b"first\r\nr1",
        0.02,
        b"#not the end\r\n\xc3",
        0.02,
        b"\xa4 r1# said so\r\n",
        0.05,
        b"r1#show\r\nlast\r\n",
    ]
    with session({"show it": pieces}) as connection:
        assert connection.send_command("show it") == "first\nr1#not the end\nä r1# said so\nr1#show\nlast"
        assert driver.at_rest(connection)


def test_a_long_answer_that_pauses_at_what_looks_like_the_prompt_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "SETTLE_IN_VAIN", 60.0)  # however busy the machine is
    long = b"".join(b"line %d\r\n" % number for number in range(400))
    with session({"show it": [long, b"r1#", 0.4, b"show it\r\n", b"the end\r\n"]}) as connection:
        assert connection.send_command("show it").endswith("line 399\nr1#show it\nthe end")


@pytest.mark.parametrize("noise", [b"\x1b[?2004l\r", b"\x1b[K\x1b[24;1H", b"\x00\x00", b"\x07"])
def test_what_a_terminal_would_not_show_is_not_in_the_answer(noise: bytes) -> None:
    with session({"show it": [noise, b"an", noise, b"swer\r\n", noise]}, prompt=noise + b"r1#") as connection:
        assert connection.send_command("show it").strip("\n").replace("\n", "") == "answer"
        assert driver.at_rest(connection)


def test_no_answer_holds_what_came_before_it_was_asked() -> None:
    log = b"\r\n*Nov 23 12:00:00: %LINK-3-UPDOWN: down\r\n"
    with session({"one": [b"1\r\n", b"r1#", 0.1, log, b"..."], "two": [b"2\r\n"]}) as connection:
        assert connection.send_command("one") == "1"
        until(lambda: not driver.at_rest(connection))
        assert connection.send_command("two") == "2"
        assert driver.at_rest(connection)


def test_a_log_line_that_brings_the_prompt_again_leaves_it_at_rest() -> None:
    with session({"one": [b"1\r\n", b"r1#", 0.1, b"\r\n*Nov 23: %SYS-5: hello\r\nr1#", b"..."]}) as connection:
        assert connection.send_command("one") == "1"
        until(lambda: b"hello" in connection._line.shell._buffer)
        assert driver.at_rest(connection)


def test_a_banner_that_looks_like_a_prompt_is_none() -> None:
    greeting = [b"\r\n#### keep out ####\r\nr9#", 0.1, b" is not me\r\nr9>\r\n", 0.05, b"r1#"]
    with session({"show it": [b"mine\r\n"]}, greeting=greeting) as connection:
        assert connection.find_prompt() == "r1#"
        assert connection.send_command("show it") == "mine"


def test_after_a_timeout_nothing_more_is_asked_and_nothing_late_is_believed() -> None:
    with session({"slow": [0.8, b"late\r\n"], "next": [b"next\r\n"]}) as connection:
        with pytest.raises(errors.TimedOut, match=r"within 0\.2 s"):
            connection.send_command("slow", read_timeout=0.2)
        assert not driver.alive(connection)
        assert not driver.at_rest(connection)
        with pytest.raises(EOFError) as caught:
            connection.send_command("next")
        assert isinstance(driver.translate(caught.value, "r1"), errors.SessionLost)


def test_a_question_is_told_and_never_answered() -> None:
    with session({"reload": [b"Proceed with reload? [confirm]", b"..."]}) as connection:
        with pytest.raises(errors.CommandRejected, match="nothing was answered: 'Proceed with reload"):
            connection.send_command("reload")
        assert not driver.alive(connection)


def test_a_login_that_ends_at_a_question_says_so() -> None:
    with pytest.raises(errors.TimedOut, match="but at 'Password:'"), session({}, greeting=[b"\r\nPassword: "]):
        pass


def test_two_threads_ask_one_after_the_other(connect: Connect, device: Device) -> None:
    connection = connect()
    heard: dict[str, str] = {}
    device.faults.slow = {"show": 0.05}
    asked = [f"show running-config | include {word}" for word in ("hostname", "ntp", "snmp", "router bgp")]

    def ask(command: str) -> None:
        heard[command] = connection.send_command(command)

    threads = [threading.Thread(target=ask, args=[command]) for command in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert all(command.rpartition(" ")[2] in heard[command] for command in asked)
    assert driver.at_rest(connection)


def test_a_session_the_device_drops_is_an_error_at_once(connect: Connect, device: Device) -> None:
    connection = connect()
    device.faults.drop_on = "show clock"
    with pytest.raises(EOFError) as caught:
        connection.send_command("show clock", read_timeout=60)
    assert isinstance(driver.translate(caught.value, "leaf1"), errors.SessionLost)
    assert not driver.alive(connection)


def test_a_session_that_dies_while_idle_is_dead(connect: Connect, device: Device) -> None:
    connection = connect()
    device.hang_up()
    until(lambda: not driver.alive(connection))
    with pytest.raises(errors.SessionLost):
        driver.probe(connection, timeout=5)


def test_no_line_free_is_told_as_such(connect: Connect, device: Device) -> None:
    device.vty_lines = 1
    try:
        connect()
        with pytest.raises(Exception) as caught:  # noqa: PT011  any error of the library below
            connect()
    finally:
        device.vty_lines = 16
    said = driver.translate(caught.value, "leaf1")
    assert isinstance(said, errors.SessionLost)
    assert "VTY" in said.hint


def test_nothing_is_typed_to_say_goodbye(connect: Connect, device: Device) -> None:
    connection = connect()
    connection.send_command("show clock")
    typed = list(device.journal.sessions[0].lines)
    assert typed == ["terminal width 511", "terminal length 0", "show clock"]  # one line a command, no prompt asked for
    assert driver.at_rest(connection)
    driver.close(connection)
    assert device.journal.wait_until_idle()
    assert device.journal.sessions[0].lines == typed


@pytest.mark.parametrize("line", ["show clock\nreload", "show cl?", "show \x1b", "x" * 300])
def test_a_line_the_device_would_read_otherwise_is_refused(connect: Connect, device: Device, line: str) -> None:
    connection = connect()
    typed = len(device.journal.sessions[0].lines)
    with pytest.raises(errors.InvalidParameters):
        connection.send_command(line)
    with pytest.raises(errors.InvalidParameters):
        connection.send_config(["ntp server 10.0.0.9", line])
    assert len(device.journal.sessions[0].lines) == typed
    assert driver.at_rest(connection)


def test_what_it_calls_a_read() -> None:
    assert driver.is_read("ios", "show version")
    assert driver.is_read("junos", "set cli complete-on-space off")
    assert driver.is_read("linux", "uname -a")
    for line in ("configure terminal", "show run | redirect flash:x", "reload", "show version\nreload", "no such"):
        assert not driver.is_read("ios", line)
    assert not driver.is_read("no_such_platform", "show version")
    assert driver.lines("send_command", ("show version",), {}) == ("show version",)
    assert driver.lines("send_command", (), {"command": "reload"}) == ("reload",)
    with pytest.raises(errors.InvalidParameters):
        driver.lines("send_command", (1,), {})


def test_asyncssh_is_not_loaded_by_knowing_the_driver() -> None:
    code = (
        "import sys; from netpulse_core.builtins.ssh import register_drivers;"
        "register_drivers()[0].is_read('ios', 'show clock'); print('asyncssh' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
