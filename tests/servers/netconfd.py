"""A real NETCONF server (yuma123's netconfd) behind an SSH front end of asyncssh, in one thread of the tests."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import socket
import tempfile
import termios
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import asyncssh

from tests.servers.process import Process, ServerMissing, free_port

PROGRAM = "/usr/sbin/netconfd"
USERNAME, PASSWORD = "netpulse", "tests-netconf-password"
GUEST = "guest"
"""May log in and read, and change nothing: the server's access control (RFC 8341) says so by itself."""

# What netconf-subsystem says to netconfd's socket before it passes bytes on; the magic is in its source.
_MAGIC = "x56o8937ab17eg922z34rwhobskdbyswfehkpsqq3i55a0an960ccw24a4ek864aOpal1t2p"
_END = b"]]>]]>"
_STARTUP = """\
<nc:config xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0">
<nacm xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-acm"><enable-nacm>true</enable-nacm></nacm>
</nc:config>
"""
"""Without it, the first commit takes the access control away."""
_CONNECT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ncx-connect xmlns="http://netconfcentral.org/ns/yuma-ncx" version="1"'
    ' user="{user}" address="127.0.0.1" magic="{magic}" transport="ssh" port="{port}" />\n]]>]]>'
)


def lacking() -> str | None:
    """What netconfd needs and this machine has not; nothing when it can run."""
    return None if shutil.which(PROGRAM) else "netconfd is not installed"


class NetconfServer:
    """netconfd with candidate, confirmed commit and validation, at `port` of 127.0.0.1."""

    def __init__(self, target: str = "candidate", *, saves: bool = True) -> None:
        reason = lacking()
        if reason is not None:
            raise ServerMissing(reason)
        self.port = free_port()
        self.target = target
        self.logins: list[str] = []
        """The user of each attempt, granted or not."""
        self.freeze_at = b""
        """What freezes netconfd when a client sends it, before it arrives; once."""
        self.folder = Path(tempfile.mkdtemp(prefix="netpulse-netconfd-"))
        self._startup = self.folder / "startup.xml"
        self._startup.write_text(_STARTUP)
        self._under = _as_nobody(self.folder)
        if not saves:
            os.chown(self._startup, 0, 0)  # then a commit that is to be kept is refused
        self._socket = self.folder / "ncx.sock"
        self._process: Process | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="netpulse-test-netconf")
        self._thread.start()
        self.start()
        self._front = self._here(_listen(self))

    def start(self) -> None:
        """Start netconfd with what it saved."""
        self._socket.unlink(missing_ok=True)
        command = [
            *self._under, PROGRAM, "--module=iana-if-type", "--module=ietf-interfaces",
            f"--startup={self._startup}",
            f"--port={self.port}", f"--ncxserver-sockname={self._socket}", f"--superuser={USERNAME}",
            f"--target={self.target}", "--log-level=warn",
        ]  # fmt: skip
        self._process = Process(command, self.folder / "log")
        self._process.wait_until(self._listens, "netconfd")

    def _listens(self) -> bool:
        """Whether it takes connections: its socket is there a moment before."""
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self._socket)) == 0

    def reset(self) -> None:
        """Start it again with the configuration it began with; every session ends."""
        self.freeze_at = b""
        self.stop()
        self._startup.write_text(_STARTUP)
        self.start()

    def stop(self) -> None:
        """End it at once, as a power cut does."""
        if self._process is not None:
            self._process.end(signal.SIGKILL)
            self._process = None

    def freeze(self) -> None:
        """Stop it where it stands: SSH still answers, NETCONF does not."""
        assert self._process is not None
        self._process.freeze()

    def look_at(self, data: bytes) -> None:
        """Freeze where this is what was waited for."""
        if self.freeze_at and self.freeze_at in data:
            self.freeze_at = b""
            self.freeze()

    def thaw(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop all of it for good."""
        self._here(_close(self._front))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        self.thaw()
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _here[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)


class _Front(asyncssh.SSHServer):
    """Logs two users in, and counts who tried."""

    def __init__(self, server: NetconfServer) -> None:
        self._server = server

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self._server.logins.append(username)
        return username in (USERNAME, GUEST) and password == PASSWORD


async def _listen(server: NetconfServer) -> asyncssh.SSHAcceptor:
    async def serve(process: asyncssh.SSHServerProcess[bytes]) -> None:
        if process.subsystem != "netconf":
            process.exit(127)
            return
        reader, writer = await asyncio.open_unix_connection(server._socket)
        user = process.get_extra_info("username")
        writer.write(_CONNECT.format(user=user, magic=_MAGIC, port=server.port).encode())
        try:
            both = [
                asyncio.ensure_future(_copy_requests(server, process.stdin, writer)),
                asyncio.ensure_future(_copy(reader, process.stdout)),
            ]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for one in both:
                one.cancel()
        finally:
            writer.close()
            process.exit(0)

    return await asyncssh.listen(
        "127.0.0.1",
        server.port,
        server_factory=lambda: _Front(server),
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        process_factory=serve,
        encoding=None,
        gss_host=None,
    )


async def _copy(source: Any, sink: Any) -> None:
    with contextlib.suppress(OSError, asyncssh.Error):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()


async def _copy_requests(server: NetconfServer, source: Any, sink: asyncio.StreamWriter) -> None:
    """Copy, and let netconfd read the greeting alone: it loses a request that it reads together with it."""
    with contextlib.suppress(OSError, asyncssh.Error):
        while data := await source.read(65536):
            server.look_at(data)
            greeting, end, rest = data.partition(_END)
            sink.write(greeting + end)
            await sink.drain()
            unread = sink.get_extra_info("socket").fileno()
            # the kernel tells nobody that a socket was read
            while end and any(fcntl.ioctl(unread, termios.TIOCOUTQ, bytes(4))):  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            sink.write(rest)
            await sink.drain()


async def _close(front: asyncssh.SSHAcceptor) -> None:
    front.close()
    await front.wait_closed()
    await asyncio.sleep(0)


def _as_nobody(folder: Path) -> list[str]:
    """What to put before the command: it writes where it stands, and into its user's home, which nobody has none of."""
    there = f'cd {folder} && exec "$@"'
    if os.geteuid() != 0:
        return ["sh", "-c", there, "sh"]
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.iterdir()):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    entry = f"nobody:x:{nobody.pw_uid}:{nobody.pw_gid}::{folder}:/bin/sh\n"
    (folder / "passwd").write_text(f"root:x:0:0::/root:/bin/sh\n{entry}")
    user = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return ["unshare", "--mount", "sh", "-c", f"mount --bind {folder}/passwd /etc/passwd && {there}", "sh", *user]
