"""Connections on asyncssh: what reaches a server before its key is believed, who is let in, and through which hosts."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from netpulse_core import ConnectionParameters, HostKey, errors
from netpulse_core.builtins import asyncssh_transport as transport
from netpulse_core.testing.trust import FirstSeen
from tests.builtins.connecting import PATIENCE, ask, connected, parameters, refused
from tests.servers import sshd
from tests.servers.process import free_port


@pytest.fixture(scope="module")
def server() -> Iterator[sshd.Seen]:
    with sshd.running() as seen:
        yield seen


@pytest.fixture(autouse=True)
def _nothing_seen(server: sshd.Seen) -> None:
    server.passwords.clear()
    server.users.clear()
    server.forwarded.clear()


def test_a_password_opens_a_connection_that_answers(server: sshd.Seen) -> None:
    with connected(parameters(server)) as connection:
        assert ask(connection) == "you asked for date\n"
        name = transport.session_name(connection, sshd.USERNAME)
        assert name is not None
        assert name.startswith("tcp 127.0.0.1:")
    assert server.wait_until_idle()
    assert transport.session_name(connection, sshd.USERNAME) is None
    assert server.passwords == [sshd.PASSWORD]


def test_an_unknown_key_is_pinned_as_it_is(server: sshd.Seen) -> None:
    keys = FirstSeen()
    with connected(parameters(server, host_keys=keys)):
        assert server.key is not None
        assert keys.pinned == {("127.0.0.1", server.port): HostKey("ssh-ed25519", server.key.public_data)}


def test_a_changed_key_is_refused_before_a_user_is_named(server: sshd.Seen) -> None:
    keys = FirstSeen()
    other = asyncssh.generate_private_key("ssh-ed25519")
    keys.pinned["127.0.0.1", server.port] = HostKey("ssh-ed25519", other.public_data)
    said = refused(parameters(server, host_keys=keys))
    assert isinstance(said, errors.HostKeyChanged)
    assert not said.retryable
    assert server.wait_until_idle()
    assert server.users == []
    assert server.passwords == []


def test_nothing_known_refuses_every_key(server: sshd.Seen) -> None:
    given = ConnectionParameters(
        device="leaf1", address="127.0.0.1", port=server.port, username="netpulse", password="netpulse", platform=None
    )
    assert isinstance(refused(given), errors.HostKeyChanged)
    assert server.users == []


def test_the_device_is_asked_for_the_kind_of_key_that_is_pinned() -> None:
    rsa, ed = (asyncssh.generate_private_key(kind) for kind in ("ssh-rsa", "ssh-ed25519"))
    for pinned in (rsa, ed):
        keys = FirstSeen()
        with sshd.running(key=ed) as server:
            keys.pinned["127.0.0.1", server.port] = HostKey(pinned.get_algorithm(), pinned.public_data)
            if pinned is ed:
                with connected(parameters(server, host_keys=keys)) as connection:
                    assert ask(connection)
                continue
            said = refused(parameters(server, host_keys=keys))
            assert isinstance(said, errors.HostKeyChanged)
            assert "ssh-ed25519" in str(said)
            assert server.users == []


def test_an_rsa_key_is_believed_again() -> None:
    keys = FirstSeen()
    with sshd.running(key=asyncssh.generate_private_key("ssh-rsa")) as server:
        for _ in range(2):
            with connected(parameters(server, host_keys=keys)) as connection:
                assert ask(connection)
    assert next(iter(keys.pinned.values())).algorithm == "ssh-rsa"


def test_a_slow_ledger_does_not_hold_up_other_connections(server: sshd.Seen) -> None:
    asked, go = threading.Event(), threading.Event()

    class Slow(FirstSeen):
        def verify(self, device: str, address: str, port: int, key: HostKey) -> None:
            asked.set()
            assert go.wait(PATIENCE)

    def open_slowly() -> None:
        with connected(parameters(server, host_keys=Slow())):
            pass

    thread = threading.Thread(target=open_slowly)
    thread.start()
    assert asked.wait(PATIENCE)
    with connected(parameters(server)) as connection:
        assert ask(connection)
    assert server.passwords == [sshd.PASSWORD]  # of the second; the first still waits
    go.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert server.passwords == [sshd.PASSWORD] * 2


@pytest.mark.parametrize("before", [False, True])
def test_a_ledger_that_is_too_slow_is_not_the_devices_doing(server: sshd.Seen, before: bool) -> None:
    class Slow(FirstSeen):
        def known(self, address: str, port: int) -> tuple[HostKey, ...]:
            time.sleep(0.3)
            return ()

    def ask_in_time() -> None:
        given, deadline = parameters(server, host_keys=Slow()), time.monotonic() + 0.2
        believed = transport.known(given, deadline=deadline) if before else None
        transport.run(transport.connect(given, believed, deadline=deadline), timeout=PATIENCE)

    with pytest.raises(errors.LoginDelayed, match="not looked up in time; nothing was sent") as caught:
        ask_in_time()
    assert (caught.value.waits_on, caught.value.device) == ("ledger", "leaf1")
    assert server.users == []


def test_what_the_ledger_says_goes_through_unchanged(server: sshd.Seen) -> None:
    class Away(FirstSeen):
        def verify(self, device: str, address: str, port: int, key: HostKey) -> None:
            raise errors.ServiceError("the ledger is away")

    with (
        pytest.raises(errors.ServiceError, match="the ledger is away"),
        connected(parameters(server, host_keys=Away())),
    ):
        pass
    assert server.users == []


def test_a_wrong_password_is_sent_once(server: sshd.Seen) -> None:
    said = refused(parameters(server, password="wrong-secret"))
    assert isinstance(said, errors.AuthenticationFailed)
    assert "user 'netpulse'" in str(said)
    assert server.passwords == ["wrong-secret"]


@pytest.mark.parametrize("methods", [("password", "keyboard-interactive"), ("keyboard-interactive",)])
def test_a_wrong_password_is_not_tried_by_every_method(methods: tuple[str, ...]) -> None:
    with sshd.running(methods=methods) as server:
        assert isinstance(refused(parameters(server, password="wrong-secret")), errors.AuthenticationFailed)
        assert server.passwords == ["wrong-secret"]


@pytest.mark.parametrize(
    "prompts",
    [
        [[("Password: ", False)]],
        [[("TACACS+ Username: ", True), ("TACACS+ Password: ", False)]],
        [[("login: ", True)], [("Enter PASSCODE: ", False)], []],
    ],
)
def test_dialogues_are_answered(prompts: list[list[tuple[str, bool]]]) -> None:
    with sshd.running(methods=("keyboard-interactive",), prompts=prompts) as server:
        with connected(parameters(server)) as connection:
            assert ask(connection)
        assert server.passwords == [sshd.PASSWORD]


@pytest.mark.parametrize("asked", [[("Verification token: ", False)], [("Your favourite colour? ", True)]])
def test_a_question_that_is_not_understood_gets_no_secret(asked: list[tuple[str, bool]]) -> None:
    with sshd.running(methods=("keyboard-interactive",), prompts=[asked]) as server:
        assert isinstance(refused(parameters(server)), errors.AuthenticationFailed)
        assert server.passwords == []


def test_a_second_question_for_the_password_gets_none() -> None:
    prompts = [[("Password: ", False)], [("Password: ", False)]]
    with sshd.running(methods=("keyboard-interactive",), prompts=prompts) as server:
        assert isinstance(refused(parameters(server)), errors.AuthenticationFailed)
        assert server.passwords == [sshd.PASSWORD]


def write_key(folder: Path, passphrase: str | None = None) -> tuple[Path, asyncssh.SSHKey]:
    key, path = asyncssh.generate_private_key("ssh-ed25519"), folder / "key"
    key.write_private_key(path, passphrase=passphrase, rounds=1, ignore_few_rounds=True)
    path.chmod(0o600)
    return path, key


@pytest.mark.parametrize("passphrase", [None, "open sesame"])
def test_a_key_from_a_file(tmp_path: Path, passphrase: str | None) -> None:
    path, key = write_key(tmp_path, passphrase)
    with sshd.running(public_key=key) as server:
        extras = {"use_keys": True, "key_file": str(path), "passphrase": passphrase}
        with connected(parameters(server, extras=extras, password=None)) as connection:
            assert ask(connection)
        assert server.passwords == []


def test_a_refused_key_leaves_the_password(tmp_path: Path) -> None:
    path, _ = write_key(tmp_path)
    with sshd.running(public_key=asyncssh.generate_private_key("ssh-ed25519")) as server:
        with connected(parameters(server, extras={"key_file": str(path)})) as connection:
            assert ask(connection)
        assert server.passwords == [sshd.PASSWORD]


def test_keys_that_cannot_be_read_are_named(server: sshd.Seen, tmp_path: Path) -> None:
    path, _ = write_key(tmp_path, "open sesame")
    (tmp_path / "text").write_text("not a key")
    for extras, why in (
        ({"key_file": str(tmp_path / "none")}, "no such file"),
        ({"key_file": str(tmp_path / "text")}, "not a private key"),
        ({"key_file": str(path)}, "encrypted"),
        ({"key_file": str(path), "passphrase": "wrong-secret"}, "passphrase is wrong"),
    ):
        said = refused(parameters(server, extras=extras))
        assert why in str(said), why
        assert "key_file" in said.hint
    assert server.users == []


def test_an_agent_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, key = write_key(tmp_path)
    socket = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        environment = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
        limit = time.monotonic() + PATIENCE
        while subprocess.run(["ssh-add", "-q", str(path)], env=environment, capture_output=True).returncode:
            assert time.monotonic() < limit
            time.sleep(0.02)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        with sshd.running(public_key=key) as server:
            given = parameters(server, extras={"allow_agent": True}, password=None)
            with connected(given) as connection:
                assert ask(connection)
            assert isinstance(refused(replace(given, extras={})), errors.AuthenticationFailed)
    finally:
        agent.kill()
        agent.wait()


def test_a_port_where_nobody_listens_is_unreachable(server: sshd.Seen) -> None:
    said = refused(parameters(server, port=free_port()))
    assert isinstance(said, errors.Unreachable)
    assert "connection refused" in str(said)
    said = refused(parameters(server, address="no.such.host.invalid"))
    assert isinstance(said, errors.Unreachable)
