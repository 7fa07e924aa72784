"""The eapi driver against a small EOS: commands as data, and pushes of which all stands or nothing."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from netpulse_core import CommandLine, ConnectionParameters, Driver, Turn, errors
from netpulse_core.builtins.eapi.driver import Eapi
from netpulse_core.testing import DriverContract, refusal
from tests.servers.certificates import Authority
from tests.servers.device_https import PASSWORD, USERNAME, Handler, HttpsDevice
from tests.servers.eos import START, Eos

driver = Eapi()


@pytest.fixture
def reaching(by_password: ConnectionParameters) -> ConnectionParameters:
    return replace(by_password, platform="eos", extras={"ca_file": by_password.extras["ca_file"]})


@pytest.fixture
def eos(device: HttpsDevice) -> Eos:
    return device.eos


@pytest.fixture
def switch(reaching: ConnectionParameters, device: HttpsDevice) -> Iterator[Any]:
    connection = driver.open(reaching, timeout=10)
    device.asked.clear()
    device.eos.commands.clear()
    yield connection
    driver.close(connection)


class TestTheContract(DriverContract):
    """As every driver."""

    @pytest.fixture(autouse=True)
    def _device(self, device: HttpsDevice) -> None:
        self.device = device

    @pytest.fixture
    def driver(self) -> Driver:
        return driver

    @pytest.fixture
    def parameters(self, reaching: ConnectionParameters) -> ConnectionParameters:
        return reaching

    def read(self, connection: Any) -> object:
        return connection.run_commands(["show version"])

    def silenced(self) -> AbstractContextManager[None]:
        return self.device.silenced()


def failed_in(device: HttpsDevice, wanted: str, reply: Callable[[Handler], None]) -> None:
    """Let the call that holds this command come to this; others are answered."""

    def answer(handler: Handler) -> None:
        if wanted.encode() in device.asked[-1].body:
            reply(handler)
        else:
            handler.usual(device.asked[-1].body)

    device.answers["/command-api"] = answer


def test_commands_are_answered_with_data_or_text(switch: Any) -> None:
    version, hostname = switch.run_commands(["show version", "show hostname"])
    assert (version["version"], version["modelName"]) == ("4.31.2F", "vEOS")
    assert hostname["hostname"] == "leaf1"
    assert switch.send_command("show clock") == "Sun Nov 29 19:00:00 2026"
    assert switch.send_command("show running-config").splitlines()[0] == "hostname leaf1"


def test_a_refused_command_is_told_with_its_code(switch: Any, eos: Eos) -> None:
    with pytest.raises(errors.CommandRejected, match=r"'show nonsense' refused: Invalid input .*1002"):
        switch.run_commands(["show version", "show nonsense", "show hostname"])
    assert eos.commands == ["enable", "show version", "show nonsense"]
    with pytest.raises(errors.CommandRejected, match="1003 has no JSON: ask for text"):
        switch.run_commands(["show clock"])
    answer = switch.send_command("show nonsense")
    assert "Invalid input" in (switch.refusal(answer) or "")
    assert switch.refusal(switch.send_command("show clock")) is None
    assert switch.refusal("% BGP inactive") is None  # an answer, and no refusal


def test_a_refusal_after_a_change_is_no_plain_refusal(switch: Any, eos: Eos) -> None:
    with pytest.raises(errors.DeviceError, match="what came before it was run") as caught:
        switch.run_commands(["configure session x", "hostname leaf9", "commit", "show nonsense"])
    assert not isinstance(caught.value, errors.CommandRejected)
    assert "hostname leaf9" in eos.running


def test_lines_are_committed_together_and_saved_when_asked(switch: CommandLine, eos: Eos) -> None:
    push = switch.send_config(["interface Ethernet1", "   description to spine1", "ntp server 192.0.2.2"])
    assert push.error is None
    assert push.changed
    assert push.accepted == 3
    assert [one.line for one in push.lines][2] == "ntp server 192.0.2.2"
    assert eos.running[-3:] == ["interface Ethernet1", "   description to spine1", "ntp server 192.0.2.2"]
    assert eos.startup == list(START)
    assert eos.sessions == {}
    push = switch.send_config(["ntp server 192.0.2.3"], save=True)
    assert push.changed
    assert eos.startup == eos.running
    assert "Copy completed" in push.committed


def test_lines_that_stand_already_change_nothing(switch: CommandLine, eos: Eos) -> None:
    push = switch.send_config(["ntp server 192.0.2.1"])
    assert push.error is None
    assert not push.changed
    assert push.accepted == 1
    assert "commit" not in eos.commands
    assert eos.sessions == {}


def test_of_a_push_with_a_refused_line_nothing_stands(switch: CommandLine, eos: Eos) -> None:
    eos.running = [*START, "ntp server 192.0.2.9"]  # somebody else's, not saved
    push = switch.send_config(["ntp server 192.0.2.2", "nonsense", "ntp server 192.0.2.3"], save=True)
    assert isinstance(push.error, errors.CommandRejected)
    assert "line 2 of 3 refused: 'nonsense'" in str(push.error)
    assert "nothing was committed" in str(push.error)
    assert push.accepted == 1
    assert [one.line for one in push.lines] == ["ntp server 192.0.2.2", "nonsense"]
    assert not push.changed
    assert eos.running == [*START, "ntp server 192.0.2.9"]
    assert eos.startup == list(START)
    assert eos.sessions == {}
    assert "ntp server 192.0.2.3" not in eos.commands


def test_a_secret_in_a_refused_line_is_not_told(switch: CommandLine) -> None:
    push = switch.send_config(["bogus user x secret netpulse-secret"])
    assert "netpulse-secret" not in str(push.error)


def test_a_refused_commit_leaves_nothing(switch: CommandLine, eos: Eos) -> None:
    eos.refuses_commit = True
    push = switch.send_config(["hostname leaf9"])
    assert "a check did not pass" in str(push.error)
    assert not push.changed
    assert eos.running == list(START)
    assert eos.sessions == {}


def test_too_many_sessions_are_told(switch: CommandLine, eos: Eos) -> None:
    eos.sessions = {f"s{number}": [] for number in range(5)}
    push = switch.send_config(["hostname leaf9"])
    assert "Maximum number of pending sessions" in str(push.error)
    assert push.accepted == 0
    assert len(eos.sessions) == 5


@pytest.mark.parametrize(
    "line", ["commit", "comm", " abort", "ab", "end", "configure terminal", "conf t", "banner motd"]
)
def test_a_line_that_would_end_the_session_is_not_sent(switch: CommandLine, eos: Eos, line: str) -> None:
    with pytest.raises(errors.CommandRejected, match="nothing was sent"):
        switch.send_config(["hostname leaf9", line])
    assert eos.commands == []


def test_a_push_that_breaks_off_before_its_commit_leaves_no_session(
    switch: CommandLine, device: HttpsDevice, eos: Eos
) -> None:
    failed_in(device, "diffs", lambda handler: handler.raw(b""))
    with pytest.raises(errors.SessionLost):
        switch.send_config(["hostname leaf9"])
    assert eos.running == list(START)
    assert eos.sessions == {}


def test_a_commit_whose_answer_is_lost_is_not_sent_again(switch: CommandLine, device: HttpsDevice, eos: Eos) -> None:
    def commit_and_die(handler: Handler) -> None:
        eos.answer(json.loads(device.asked[-1].body))
        handler.raw(b"")

    failed_in(device, '"commit"', commit_and_die)
    with pytest.raises(errors.SessionLost):
        switch.send_config(["hostname leaf9"])
    assert eos.running[0] == "hostname leaf9"
    assert eos.commands.count("commit") == 1


def test_the_enable_secret_is_sent_and_a_wrong_one_told(
    reaching: ConnectionParameters, device: HttpsDevice, eos: Eos
) -> None:
    eos.secret = "right-netpulse-secret"
    said = refusal(driver, reaching)
    assert isinstance(said, errors.AuthenticationFailed)
    assert "`secret`" in said.hint
    wrong = refusal(driver, replace(reaching, extras={**reaching.extras, "secret": "wrong-netpulse-secret"}))
    assert isinstance(wrong, errors.AuthenticationFailed)
    assert "wrong-netpulse-secret" not in f"{wrong}{wrong.hint}"
    right = driver.open(replace(reaching, extras={**reaching.extras, "secret": eos.secret}), timeout=10)
    assert right.send_command("show running-config")
    driver.close(right)


def test_what_is_not_eapi_is_told(reaching: ConnectionParameters, device: HttpsDevice) -> None:
    answers: list[Any] = [{"ok": True}, [], "x", {"result": []}, {"error": {"code": -32600, "message": PASSWORD}}]
    for said in answers:
        device.answers["/command-api"] = partial(Handler.say, status=200, data=said)
        error = refusal(driver, reaching)
        assert "show management api" in error.hint
        assert PASSWORD not in str(error)


def test_commands_are_judged_as_on_the_command_line() -> None:
    assert driver.lines("run_commands", (["show version", "show hostname"],), {}) == ("show version", "show hostname")
    assert driver.lines("send_command", (), {"command": "reload"}) == ("reload",)
    assert driver.is_read(None, "show version")
    for changing in ("reload", "configure session x", "bash rm", "show version > flash:x", "commit"):
        assert not driver.is_read("eos", changing)
    wrong: list[Any] = [None, [], "show version", ["show version\nreload"], [7], [""], [{"cmd": "reload"}]]
    for commands in wrong:
        with pytest.raises(errors.InvalidParameters):
            driver.lines("run_commands", (commands,), {})


def test_a_dialogue_is_refused(switch: CommandLine) -> None:
    with pytest.raises(errors.CommandRejected, match="no terminal"):
        switch.send_dialog([Turn("reload", "confirm")])
    with pytest.raises(errors.InvalidParameters, match="format"):
        driver.lines("run_commands", (["show version"],), {"format": "xml"})
    with pytest.raises(errors.CommandRejected, match="no terminal"):
        driver.lines("send_dialog", ([],), {})


def test_a_banner_is_one_command_with_its_text(switch: CommandLine, device: HttpsDevice) -> None:
    push = switch.send_config(["banner motd", "keep out", "EOF", "hostname leaf9"])
    assert push.accepted == 0  # the small EOS has no banners
    assert b'{"cmd": "banner motd", "input": "keep out\\nEOF"}' in device.asked[0].body


def test_aristas_own_library_takes_the_small_eos_for_one(device: HttpsDevice, authority: Authority) -> None:
    import pyeapi

    wrapped = pyeapi.connect(
        host=device.host,
        port=device.port,
        username=USERNAME,
        password=PASSWORD,
        transport="https",
        context=ssl.create_default_context(cafile=authority.ca_file),
    )
    _, answer = wrapped.execute(["enable", "show hostname"])["result"]
    assert answer["hostname"] == "leaf1"
    with pytest.raises(pyeapi.eapilib.CommandError, match="invalid command") as caught:
        wrapped.execute(["show nonsense"])
    assert caught.value.error_code == 1002
    wrapped.transport.close()


def test_the_running_configuration_is_read_whole(switch: Any, eos: Eos) -> None:
    read = driver.configuration(switch, timeout=30)
    assert read is not None
    assert [line for line in read.splitlines() if line in START] == list(START)
    assert eos.commands == ["enable", "show running-config"]
