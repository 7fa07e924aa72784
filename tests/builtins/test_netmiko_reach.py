"""How netmiko sessions reach a device: through which hosts, whose key is believed, and with which credentials."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.builtins.netmiko.prompts import ask
from netpulse_core.lab import Device
from netpulse_core.testing import opened, refusal
from netpulse_core.testing.relay import relayed
from netpulse_core.testing.trust import FirstSeen
from tests.servers.gateway import Gateway, gateway
from tests.servers.process import free_port

driver = Netmiko()
SECRET = "wrong-netpulse-secret"


def to(server: Gateway, name: str = "gw1", **other: Any) -> ConnectionParameters:
    """How to log in to a gateway."""
    usual: dict[str, Any] = {"username": "netpulse", "password": "netpulse", "platform": "cisco_ios"}
    usual["host_keys"] = FirstSeen()
    return ConnectionParameters(device=name, address=server.host, port=server.port, **{**usual, **other})


@pytest.fixture
def jumps() -> Iterator[list[Gateway]]:
    """Two hosts to go through."""
    with gateway() as first, gateway() as second:
        yield [first, second]


def until(condition: Callable[[], object]) -> None:
    limit = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.mark.parametrize("count", [1, 2])
def test_jump_hosts_are_gone_through_and_close_with_the_session(
    parameters: ConnectionParameters, device: Device, jumps: list[Gateway], count: int
) -> None:
    through = tuple(to(one, f"jump{number}") for number, one in enumerate(jumps[:count], 1))
    session = driver.open(replace(parameters, jumps=through), timeout=15)
    assert ask(session, "show privilege", 10) == "Current privilege level is 15"
    assert driver.alive(session)
    assert driver.at_rest(session)
    assert driver.device_session(session) is None  # the device sees the jump host's end
    assert jumps[count - 1].forwarded == [(device.address, device.port)]
    if count == 2:
        assert jumps[0].forwarded == [(jumps[1].host, jumps[1].port)]
    driver.close(session)
    assert all(one.wait_until_idle() for one in jumps)
    assert device.journal.wait_until_idle()
    assert device.journal.sessions[0].ending == "exit"


def test_an_abort_breaks_all_hops(parameters: ConnectionParameters, device: Device, jumps: list[Gateway]) -> None:
    through = tuple(to(one, f"jump{number}") for number, one in enumerate(jumps, 1))
    session = driver.open(replace(parameters, jumps=through), timeout=15)
    device.faults.slow = {"show version": 60.0}
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            ask(session, "show version", 60)
        except (EOFError, OSError) as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    until(lambda: "show version" in device.journal.commands)
    driver.abort(session)
    thread.join(20)
    assert not thread.is_alive()
    assert isinstance(driver.translate(caught[0], "leaf1"), errors.SessionLost)
    assert not driver.alive(session)
    assert all(one.wait_until_idle() for one in jumps)
    driver.close(session)


@pytest.mark.parametrize("which", [0, 1])
def test_what_goes_wrong_at_a_hop_names_it(
    parameters: ConnectionParameters, jumps: list[Gateway], which: int, device: Device
) -> None:
    good = [to(one, f"jump{number}") for number, one in enumerate(jumps, 1)]

    def through(changed: ConnectionParameters) -> errors.DeviceError:
        path = tuple(changed if number == which else hop for number, hop in enumerate(good))
        said = refusal(driver, replace(parameters, jumps=path))
        assert all(one.wait_until_idle() for one in jumps)
        assert SECRET not in f"{said} {said.hint}"
        return said

    name = f"jump{which + 1}"

    hop = good[which]
    refused, away = through(replace(hop, password=SECRET)), through(replace(hop, port=free_port()))
    assert isinstance(refused, errors.AuthenticationFailed)
    assert isinstance(away, errors.Unreachable)
    assert f"jump host {name}, 127.0.0.1 port" in str(refused)
    assert ("jump host jump1", "jump1 does not reach 127.0.0.1 port ")[which] in str(away)
    other = FirstSeen()
    other.verify("x", hop.address, hop.port or 0, FirstKey)
    before = len(jumps[which].passwords)
    changed = through(replace(hop, host_keys=other))
    assert isinstance(changed, errors.HostKeyChanged)
    assert name in str(changed)
    assert len(jumps[which].passwords) == before
    assert device.journal.logins == 0


FirstKey = __import__("netpulse_core").HostKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519another")


def test_a_jump_host_that_forwards_nothing_says_so(parameters: ConnectionParameters) -> None:
    with gateway(forwards=False) as closed:
        said = refusal(driver, replace(parameters, jumps=(to(closed, "jump1"),)))
    assert isinstance(said, errors.Unreachable)
    assert "jump host jump1" in str(said)
    assert f"jump1 does not reach {parameters.address} port {parameters.port}" in str(said)


@pytest.mark.thorough
def test_a_jump_host_that_is_silent_is_left_in_time(parameters: ConnectionParameters, jumps: list[Gateway]) -> None:
    with relayed(jumps[0].host, jumps[0].port) as wire, wire.silenced():
        hop = replace(to(jumps[0], "jump1"), address=wire.host, port=wire.port)
        said = refusal(driver, replace(parameters, jumps=(hop,)), timeout=1.5)
    assert isinstance(said, errors.TimedOut)
    assert "jump1" in str(said)


def test_a_changed_key_is_refused_before_a_credential_is_sent() -> None:
    keys = FirstSeen()
    with gateway() as first:
        parameters = to(first, host_keys=keys)
        with opened(driver, parameters) as session:
            assert ask(session, "show clock", 10) == "12:00:00 UTC"
    with gateway() as other:
        keys.pinned[other.host, other.port] = keys.pinned[first.host, first.port]
        said = refusal(driver, replace(parameters, port=other.port))
        assert isinstance(said, errors.HostKeyChanged)
        assert not said.retryable
        assert other.wait_until_idle()
        assert (other.users, other.passwords) == ([], [])


def test_a_key_nobody_knows_is_not_believed() -> None:
    with gateway() as server:
        bare = ConnectionParameters(
            device="gw1", address=server.host, port=server.port, username="netpulse", password="netpulse",
            platform="cisco_ios",
        )  # fmt: skip
        assert isinstance(refusal(driver, bare), errors.HostKeyChanged)
        assert server.passwords == []


@pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"])
def test_a_device_with_several_keys_is_asked_for_the_pinned_one(kind: str) -> None:
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    several = [rsa, *(asyncssh.generate_private_key(name) for name in ("ssh-ed25519", "ecdsa-sha2-nistp256"))]
    one = next(key for key in several if key.get_algorithm() == kind)
    keys = FirstSeen()
    with gateway(keys=[one]) as alone:
        with opened(driver, to(alone, host_keys=keys)) as session:
            assert driver.at_rest(session)
        pinned = keys.pinned[alone.host, alone.port]
    assert pinned.algorithm == kind
    assert pinned.blob == one.public_data
    with gateway(keys=several) as server:
        keys.pinned[server.host, server.port] = pinned
        with opened(driver, to(server, host_keys=keys)) as session:
            assert driver.at_rest(session)
    with gateway(keys=[key for key in several if key is not one]) as changed:
        keys.pinned[changed.host, changed.port] = pinned
        assert isinstance(refusal(driver, to(changed, host_keys=keys)), errors.HostKeyChanged)
        assert changed.passwords == []


@pytest.fixture
def key(tmp_path: Path) -> asyncssh.SSHKey:
    """A key pair, its private half under a passphrase in `key`."""
    made = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    # not OpenSSH's form, whose passphrase takes seconds on a busy machine, once for each kind of key paramiko tries
    made.write_private_key(str(tmp_path / "key"), "pkcs1-pem", passphrase="netpulse-phrase")
    made.write_private_key(str(tmp_path / "open"))
    (tmp_path / "open").chmod(0o600)
    return made


def test_a_key_file_opens_the_door(key: asyncssh.SSHKey, tmp_path: Path) -> None:
    extras = {"use_keys": True, "key_file": str(tmp_path / "key"), "passphrase": "netpulse-phrase"}
    with gateway(methods=(), authorized=key) as server:
        with opened(driver, to(server, password=None, extras=extras)) as session:
            assert ask(session, "show clock", 10) == "12:00:00 UTC"
        wrong = to(server, password=None, extras={**extras, "passphrase": SECRET})
        said = refusal(driver, wrong)
        assert isinstance(said, errors.AuthenticationFailed)
        assert SECRET not in f"{said} {said.hint}"


def test_a_jump_host_takes_a_key(parameters: ConnectionParameters, key: asyncssh.SSHKey, tmp_path: Path) -> None:
    with gateway(methods=(), authorized=key) as server:
        hop = to(server, "jump1", password=None, extras={"key_file": str(tmp_path / "open")})
        with opened(driver, replace(parameters, jumps=(hop,))) as session:
            assert driver.at_rest(session)


def test_an_agent_opens_the_door(key: asyncssh.SSHKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        # Its socket is there before it listens. Status 2: it cannot be reached.
        until(lambda: subprocess.run(["ssh-add", "-l"], capture_output=True, check=False).returncode != 2)
        add = ["ssh-add", "-q", str(tmp_path / "open")]
        subprocess.run(add, check=True, env=dict(os.environ), capture_output=True)
        with gateway(methods=(), authorized=key) as server:
            with opened(driver, to(server, password=None, extras={"allow_agent": True})) as session:
                assert driver.at_rest(session)
            assert isinstance(refusal(driver, to(server, password=None)), errors.AuthenticationFailed)
    finally:
        agent.terminate()
        agent.wait(10)


def test_a_dialogue_for_the_password_is_held() -> None:
    with gateway(methods=("keyboard-interactive",)) as server:
        with opened(driver, to(server)) as session:
            assert driver.at_rest(session)
        assert isinstance(refusal(driver, to(server, password=SECRET)), errors.AuthenticationFailed)
        assert server.passwords[0] == "netpulse"
        assert server.passwords.count(SECRET) == 1


def test_a_login_inside_the_session_is_made_once() -> None:
    with gateway(asks=True) as server:
        with opened(driver, to(server, platform="cisco_wlc")) as session:
            assert driver.at_rest(session)
        assert server.passwords == ["netpulse"]
        assert isinstance(
            refusal(driver, to(server, platform="cisco_wlc", password=SECRET)), errors.AuthenticationFailed
        )
        assert server.passwords == ["netpulse", SECRET]


@pytest.mark.parametrize(
    ("call", "args", "given"),
    [
        ("send_command", ("show version",), {"read_timeout": 1.0}),
        pytest.param("send_command_timing", ("show version",), {"read_timeout": 1.0}, marks=pytest.mark.thorough),
        pytest.param("find_prompt", (), {}, marks=pytest.mark.thorough),
        pytest.param("exit_enable_mode", (), {}, marks=pytest.mark.thorough),
    ],
)
def test_a_dead_line_ends_a_call_in_its_time(
    parameters: ConnectionParameters, call: str, args: tuple[str, ...], given: dict[str, float]
) -> None:
    with relayed(parameters.address, parameters.port or 0) as wire:
        over = replace(parameters, address=wire.host, port=wire.port)
        with opened(driver, over) as session, wire.silenced():
            began = time.monotonic()
            with pytest.raises(Exception) as caught:  # noqa: PT011  any error of any library below
                getattr(session, call)(*args, **given)
            assert time.monotonic() - began < 20  # netmiko alone takes 44 s
            assert isinstance(driver.translate(caught.value, "leaf1"), errors.TimedOut)


def test_silence_is_noticed_by_the_kernel(parameters: ConnectionParameters) -> None:
    with opened(driver, replace(parameters, keepalive=7.0)) as session:
        import socket

        raw = session.remote_conn.get_transport().sock
        assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 7
        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 14000
        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
