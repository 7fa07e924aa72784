"""Connections on asyncssh: through which hosts, by which algorithms, and in which thread and process."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import asyncssh
import pytest

from netpulse_core import HostKey, errors
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


def test_two_hops_and_everything_ends_together(server: sshd.Seen) -> None:
    with sshd.running() as one, sshd.running() as two:
        jumps = (parameters(one, device="bastion1"), parameters(two, device="bastion2"))
        with connected(parameters(server, jumps=jumps)) as connection:
            assert ask(connection)
        assert one.forwarded == [("127.0.0.1", two.port)]
        assert two.forwarded == [("127.0.0.1", server.port)]
        assert all(place.wait_until_idle() for place in (server, two, one))


def test_each_hop_s_key_is_verified(server: sshd.Seen) -> None:
    keys = FirstSeen()
    other = asyncssh.generate_private_key("ssh-ed25519")
    with sshd.running() as jump:
        keys.pinned["127.0.0.1", jump.port] = HostKey("ssh-ed25519", other.public_data)
        said = refused(parameters(server, jumps=(parameters(jump, device="bastion1", host_keys=keys),)))
        assert isinstance(said, errors.HostKeyChanged)
        assert "jump host bastion1" in str(said)
        assert jump.users == []
        assert server.open == set()


def test_a_hop_that_fails_is_named(server: sshd.Seen) -> None:
    with sshd.running(forwards=False) as closed, sshd.running() as jump:
        hop = parameters(jump, device="bastion1")
        said = refused(parameters(server, jumps=(replace(hop, password="wrong-secret"),)))
        assert isinstance(said, errors.AuthenticationFailed)
        assert "jump host bastion1" in str(said)
        said = refused(parameters(server, jumps=(replace(hop, port=free_port()),)))
        assert isinstance(said, errors.Unreachable)
        assert "jump host bastion1" in str(said)
        said = refused(parameters(server, jumps=(parameters(closed, device="bastion2"),)))
        assert isinstance(said, errors.Unreachable)
        assert closed.wait_until_idle()
        said = refused(parameters(server, jumps=(hop,), password="wrong-secret"))
        assert isinstance(said, errors.AuthenticationFailed)
        assert "jump host" not in str(said)
        assert jump.wait_until_idle()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize(
    "offers",
    [
        {"kex_algs": ["diffie-hellman-group14-sha1"]},
        {"kex_algs": ["diffie-hellman-group1-sha1"], "encryption_algs": ["aes128-cbc"], "mac_algs": ["hmac-sha1"]},
        {"signs": "ssh-rsa"},
    ],
)
def test_old_algorithms_are_used_only_where_the_inventory_says_so(offers: dict[str, Any]) -> None:
    with sshd.running(key=asyncssh.generate_private_key("ssh-rsa"), **offers) as server:
        given = parameters(server)
        said = refused(given)
        assert not isinstance(said, errors.Unreachable | errors.TimedOut | errors.AuthenticationFailed)
        assert not said.retryable
        assert "legacy_algorithms: true" in said.hint
        assert server.users == []
        with connected(replace(given, extras={"legacy_algorithms": True})) as connection:
            assert ask(connection)


def test_a_server_that_says_nothing_times_out(server: sshd.Seen) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = refused(parameters(server, port=silent.getsockname()[1]), timeout=0.5)
    assert isinstance(said, errors.TimedOut)


def test_an_abort_from_another_thread_ends_what_waits() -> None:
    async def wait(connection: asyncssh.SSHClientConnection) -> None:
        await connection.wait_closed()

    with sshd.running() as server, connected(parameters(server)) as connection:
        timer = threading.Timer(0.1, transport.abort, [connection])
        timer.start()
        transport.run(wait(connection), timeout=PATIENCE)
        assert server.wait_until_idle()
        timer.join()


def test_a_timeout_cancels_what_it_waited_for() -> None:
    import asyncio

    cancelled = threading.Event()

    async def for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(TimeoutError):
        transport.run(for_ever(), timeout=0.05)
    assert cancelled.wait(PATIENCE)


def test_the_loop_never_waits_for_itself() -> None:
    async def inner() -> int:
        return 1

    async def outer() -> int:
        return transport.run(inner(), timeout=1)

    with pytest.raises(RuntimeError, match="wait for itself"):
        transport.run(outer(), timeout=PATIENCE)


def test_a_forked_child_has_a_loop_of_its_own_and_ends() -> None:
    code = """
import os, sys
from netpulse_core.builtins.asyncssh_transport import run
async def one(): return 1
assert run(one(), timeout=5) == 1
child = os.fork()
if not child:
    os._exit(0 if run(one(), timeout=5) == 1 else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], timeout=60, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_asyncssh_is_not_loaded_by_knowing_the_transport() -> None:
    code = "import sys; import netpulse_core.builtins.asyncssh_transport; print('asyncssh' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
