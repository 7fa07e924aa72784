"""An SSH server with the ways to log in that OpenSSH here has not: a jump host, a router, or a door that locks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncssh

USERNAME, PASSWORD = "netpulse", "netpulse"
PROMPT = "gw1#"


@dataclass
class Gateway:
    """What the server is, and what reached it."""

    key: asyncssh.SSHKey
    port: int = 0
    host: str = "127.0.0.1"
    passwords: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    forwarded: list[tuple[str, int]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    open: set[asyncssh.SSHServerConnection] = field(default_factory=set)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_until_idle(self, timeout: float = 10.0) -> bool:
        """Wait until nobody is connected; False where somebody still is."""
        with self.changed:
            return self.changed.wait_for(lambda: not self.open, timeout)


@contextmanager
def gateway(
    *,
    methods: Sequence[str] = ("password",),
    authorized: asyncssh.SSHKey | None = None,
    keys: Sequence[asyncssh.SSHKey] = (),
    forwards: bool = True,
    asks: bool = False,
) -> Iterator[Gateway]:
    """Run one on 127.0.0.1, in a thread of its own; `asks` lets everybody in and asks in the session who it is."""
    host_keys = list(keys) or [asyncssh.generate_private_key("ssh-ed25519")]
    seen = Gateway(host_keys[0])
    front = _front(seen, methods, authorized, forwards=forwards, asks=asks)
    loop = asyncio.new_event_loop()

    async def begin() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            seen.host,
            0,
            server_factory=front,
            server_host_keys=host_keys,
            process_factory=lambda process: _router(process, seen, asks=asks),
            gss_host=None,
            line_editor=False,
            login_timeout=30,
        )

    acceptor = loop.run_until_complete(begin())
    seen.port = acceptor.get_port()
    thread = threading.Thread(target=loop.run_forever, name="netpulse-test-gateway")
    thread.start()
    try:
        yield seen
    finally:
        asyncio.run_coroutine_threadsafe(_end(acceptor, seen), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def _front(
    seen: Gateway, methods: Sequence[str], authorized: asyncssh.SSHKey | None, *, forwards: bool, asks: bool
) -> type[asyncssh.SSHServer]:
    class Front(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            self._connection = conn
            with seen.changed:
                seen.open.add(conn)
                seen.changed.notify_all()

        def connection_lost(self, exc: Exception | None) -> None:
            with seen.changed:
                seen.open.discard(self._connection)
                seen.changed.notify_all()

        def begin_auth(self, username: str) -> bool:
            seen.users.append(username)
            # paramiko requests the service again before each further way to log in; OpenSSH takes that, asyncssh not
            vars(self._connection)["_next_service"] = b"ssh-userauth"
            return not asks

        def password_auth_supported(self) -> bool:
            return "password" in methods

        def validate_password(self, username: str, password: str) -> bool:
            seen.passwords.append(password)
            return (username, password) == (USERNAME, PASSWORD)

        def public_key_auth_supported(self) -> bool:
            return authorized is not None

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return authorized is not None and key.public_data == authorized.public_data

        def kbdint_auth_supported(self) -> bool:
            return "keyboard-interactive" in methods

        def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
            return "TACACS+", "", "", [("Password: ", False)]

        def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> Any:
            return self.validate_password(username, responses[0])

        def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
            seen.forwarded.append((dest_host, dest_port))
            return forwards

    return Front


async def _router(process: asyncssh.SSHServerProcess[str], seen: Gateway, *, asks: bool) -> None:
    """A command line that knows three words, behind a login of its own where `asks`."""
    out = process.stdout
    while asks and not await _asked(process, seen):
        out.write("\r\nAuthentication failed\r\n")
    out.write(f"\r\n{PROMPT}")
    async for line in _lines(process, echo=True):
        seen.lines.append(line)
        if line == "exit":
            break
        answer = {"show clock": "12:00:00 UTC\r\n", "": ""}.get(line, "" if line.startswith("terminal") else None)
        out.write(f"{'% Invalid input\r\n' if answer is None else answer}{PROMPT}")
    process.exit(0)


async def _asked(process: asyncssh.SSHServerProcess[str], seen: Gateway) -> bool:
    answers = []
    for question, echo in (("User: ", True), ("Password: ", False)):
        process.stdout.write(f"\r\n{question}")
        async for line in _lines(process, echo=echo):
            answers.append(line)
            break
    seen.passwords.append(answers[-1])
    return answers == [USERNAME, PASSWORD]


async def _lines(process: asyncssh.SSHServerProcess[str], *, echo: bool) -> Any:
    line = ""
    while character := await process.stdin.read(1):
        if character in "\r\n":
            process.stdout.write("\r\n")
            yield line
            line = ""
            continue
        line += character
        if echo:
            process.stdout.write(character)


async def _end(acceptor: asyncssh.SSHAcceptor, seen: Gateway) -> None:
    acceptor.close()
    await acceptor.wait_closed()
    for connection in list(seen.open):
        connection.abort()
        await connection.wait_closed()
    await asyncio.sleep(0)  # transports close on the loop's next turn
