"""An SSH server of asyncssh, for what OpenSSH is too careful to be: broken algorithms, dialogues, a jump host."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncssh

USERNAME = "netpulse"
PASSWORD = "netpulse"


@dataclass
class Seen:
    """What reached the server: each password, each user, each address somebody wanted to go on to."""

    port: int = 0
    key: asyncssh.SSHKey | None = None
    passwords: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    forwarded: list[tuple[str, int]] = field(default_factory=list)
    open: set[asyncssh.SSHServerConnection] = field(default_factory=set)
    _gone: threading.Condition = field(default_factory=threading.Condition)

    def wait_until_idle(self, timeout: float = 10.0) -> bool:
        """Wait until nobody is connected; False where somebody still is."""
        with self._gone:
            return self._gone.wait_for(lambda: not self.open, timeout)


@contextmanager
def running(
    *,
    methods: Sequence[str] = ("password",),
    prompts: Sequence[Sequence[tuple[str, bool]]] = ((("Password: ", False),),),
    public_key: asyncssh.SSHKey | None = None,
    key: asyncssh.SSHKey | None = None,
    signs: str = "",
    acts: Callable[[asyncssh.SSHServerProcess[bytes]], Awaitable[None]] | None = None,
    forwards: bool = True,
    **options: Any,
) -> Iterator[Seen]:
    """A server on 127.0.0.1, in a thread of its own.

    `prompts` are the rounds of a keyboard-interactive dialogue; `signs` is the one way the host key signs;
    `acts` is what the server does in a session, in bytes and without a terminal of its own.
    """
    host_key = key or asyncssh.generate_private_key("ssh-ed25519")
    seen = Seen(key=host_key)

    pair = asyncssh.load_keypairs([host_key])[0]
    if signs:
        pair.host_key_algorithms = [signs.encode()]

    class Front(asyncssh.SSHServer):
        def __init__(self) -> None:
            self._round = 0

        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            self._connection = conn
            seen.open.add(conn)

        def connection_lost(self, exc: Exception | None) -> None:
            with seen._gone:
                seen.open.discard(self._connection)
                seen._gone.notify_all()

        def begin_auth(self, username: str) -> bool:
            seen.users.append(username)
            return True

        def password_auth_supported(self) -> bool:
            return "password" in methods

        def validate_password(self, username: str, password: str) -> bool:
            seen.passwords.append(password)
            return (username, password) == (USERNAME, PASSWORD)

        def public_key_auth_supported(self) -> bool:
            return public_key is not None

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return public_key is not None and key.public_data == public_key.public_data

        def kbdint_auth_supported(self) -> bool:
            return "keyboard-interactive" in methods

        def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
            return "TACACS+", "", "", list(prompts[0])

        def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> Any:
            shown = [one for (_, echo), one in zip(prompts[self._round], responses, strict=True) if echo]
            hidden = [one for (_, echo), one in zip(prompts[self._round], responses, strict=True) if not echo]
            seen.passwords.extend(hidden)
            if any(one != PASSWORD for one in hidden) or any(one != USERNAME for one in shown):
                return False
            self._round += 1
            return True if self._round == len(prompts) else ("", "", "", list(prompts[self._round]))

        def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
            seen.forwarded.append((dest_host, dest_port))
            return forwards

    def echo(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write(f"you asked for {process.command}\n")
        process.exit(0)

    loop = asyncio.new_event_loop()

    async def begin() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Front,
            server_host_keys=[pair],
            process_factory=acts or echo,
            **({"encoding": None, "line_editor": False} if acts else {}),
            gss_host=None,
            login_timeout=30,
            **options,
        )

    acceptor = loop.run_until_complete(begin())
    seen.port = acceptor.get_port()
    thread = threading.Thread(target=loop.run_forever, name="netpulse-test-sshd")
    thread.start()
    try:
        yield seen
    finally:
        asyncio.run_coroutine_threadsafe(_end(acceptor, seen), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def _end(acceptor: asyncssh.SSHAcceptor, seen: Seen) -> None:
    acceptor.close()
    await acceptor.wait_closed()
    for connection in list(seen.open):
        connection.abort()
        await connection.wait_closed()
    await asyncio.sleep(0)  # transports close on the loop's next turn
