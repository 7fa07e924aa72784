"""Files up and down: the hash compared before and after, the file put in its place whole or not at all."""

import asyncio
import contextlib
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import IO, TYPE_CHECKING, Any

from netpulse_core import File, errors
from netpulse_core.builtins.linux import remote
from netpulse_core.builtins.linux.process import PIECE, CommandResult

if TYPE_CHECKING:
    import asyncssh

Shell = Callable[..., Awaitable[CommandResult]]
"""Runs a command: `shell(command, content=..., stdout=...)`; sudo is settled already."""

_MODE = re.compile(r"0?[0-7]{3,4}")
_USUAL_MODE = "0644"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A file that was asked for; `changed` says whether the server's had to be."""

    path: str
    """Where it is on the server, links followed."""
    sha256: str
    size: int
    mode: str
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remote:
    path: str
    kind: str
    mode: str = ""
    uid: str = ""
    gid: str = ""
    size: int = 0
    sha256: str = ""


def checked_path(path: str, device: str) -> str:
    """Return a path; raise CommandRejected where it could mean more than one place."""
    if not path.startswith("/") or path.endswith("/") or any(sign in path for sign in "\0\n\r"):
        said = f"nothing was sent: {path!r} is not the whole path of a file, from the root on"
        raise errors.CommandRejected(said, device=device)
    return path


def checked_mode(mode: str | None, device: str) -> str | None:
    """Return permissions as octal digits; raise CommandRejected where they are none."""
    if mode is not None and not _MODE.fullmatch(mode):
        said = f"nothing was sent: {mode!r} is not octal permissions such as 0644"
        raise errors.CommandRejected(said, device=device)
    return mode


class Mover:
    """Moves files over one link; with `as_other` through the shell of another user, else over SFTP."""

    def __init__(self, link: "asyncssh.SSHClientConnection", shell: Shell, *, device: str, as_other: bool) -> None:
        self._link, self._shell, self._device, self._as_other = link, shell, device, as_other

    async def put(self, source: File, path: str, mode: str | None) -> Transfer:
        """Put a file in its place unless it is there already; permissions it has stay unless `mode` says others."""
        there = await self._state(path)
        if there.kind == "other":
            raise self._refused(f"{there.path} is there and is no file")
        wanted = (mode or there.mode or _USUAL_MODE).rjust(4, "0")
        if there.sha256 == source.sha256:
            changed = there.mode.rjust(4, "0") != wanted
            if changed:
                await self._ask(f"chmod {wanted} -- {quote(there.path)}")
        else:
            changed = True
            await (self._put_as_other if self._as_other else self._put_over_sftp)(source, there, wanted)
        return Transfer(path=there.path, sha256=source.sha256, size=source.size, mode=wanted, changed=changed)

    async def get(self, path: str, local: Path, most: int | None) -> Transfer:
        """Bring a file here; raise CommandRejected where it is none, or changed while it was read."""
        for _ in range(2):
            there = await self._state(path)
            if there.kind != "file":
                raise self._refused(f"{path} is not a file: {there.kind}")
            if most is not None and there.size > most:
                raise self._refused(f"{path} has {there.size} bytes, and at most {most} are taken")
            digest, size = await self._fetched(there.path, local, most)
            if digest == there.sha256:
                return Transfer(path=there.path, sha256=digest, size=size, mode=there.mode.rjust(4, "0"), changed=False)
        raise self._refused(f"{path} changed while it was read, twice", hint="copy it aside first, and take the copy")

    async def state(self, path: str) -> str:
        """Return the SHA-256 of a file, or an empty text where there is none."""
        return (await self._state(path)).sha256

    async def _state(self, path: str) -> _Remote:
        lines = (await self._ask(remote.state(path))).splitlines()
        place, said = lines[0], lines[1].split()
        if said[0] != "file":
            return _Remote(path=place, kind=said[0])
        _, mode, uid, gid, size = said
        return _Remote(path=place, kind="file", mode=mode, uid=uid, gid=gid, size=int(size), sha256=lines[2].split()[0])

    async def _put_as_other(self, source: File, there: _Remote, mode: str) -> None:
        owner = f"{there.uid}:{there.gid}" if there.kind == "file" else ""
        command = remote.replace(there.path, size=source.size, sha256=source.sha256, mode=mode, owner=owner)
        with source.path.open("rb") as content:
            await self._ask(command, content=_pieces(content))

    async def _put_over_sftp(self, source: File, there: _Remote, mode: str) -> None:
        if there.kind == "file" and there.uid != (await self._ask("id -u")).strip():
            raise self._refused(
                f"{there.path} belongs to another user, and replaced it would be yours", hint="put it with sudo"
            )
        folder = there.path.rpartition("/")[0]
        beside = f"{folder}/.netpulse.{secrets.token_hex(8)}"
        async with self._link.start_sftp_client() as sftp:
            try:
                await self._sftp(sftp.put(str(source.path), beside), "it could not be written")
                if await self.state(beside) != source.sha256:
                    raise self._refused("it came with another hash, and nothing was replaced", hint="try again")
                await self._sftp(sftp.chmod(beside, int(mode, 8)), "its permissions could not be set")
                await self._sftp(sftp.posix_rename(beside, there.path), "it could not be put in its place")
            except errors.CommandRejected:
                await self._forget(sftp, beside)
                raise

    async def _fetched(self, path: str, local: Path, most: int | None) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        with local.open("wb") as content:

            def take(piece: bytes) -> None:
                nonlocal size
                size += len(piece)
                if most is not None and size > most:
                    raise self._refused(f"{path} has more than {most} bytes")
                digest.update(piece)
                self._write(content, piece)

            if self._as_other:
                await self._ask(f"cat -- {quote(path)}", stdout=take)
            else:
                await self._read_over_sftp(path, take)
        return digest.hexdigest(), size

    def _write(self, content: IO[bytes], piece: bytes) -> None:
        try:
            content.write(piece)
        except OSError as error:  # which would be taken for the server's
            raise errors.NetPulseError(f"a file cannot be written here: {error.strerror or error}") from error

    async def _read_over_sftp(self, path: str, take: Callable[[bytes], None]) -> None:
        async with self._link.start_sftp_client() as sftp:
            file = await self._sftp(sftp.open(path, "rb"), "it could not be read")
            async with file:
                while piece := await self._sftp(file.read(PIECE * 4), "it could not be read"):
                    take(piece)

    async def _ask(self, command: str, **given: Any) -> str:
        result = await self._shell(command, **given)
        if not result.ok:
            words = " ".join(result.stderr.split())[-300:] or f"status {result.exit_status}"
            raise self._refused(f"{words}; nothing was replaced")
        return result.stdout

    async def _sftp(self, work: Awaitable[Any], problem: str) -> Any:
        import asyncssh  # noqa: PLC0415

        try:
            return await work
        except asyncssh.SFTPConnectionLost as error:
            raise errors.SessionLost(f"{problem}: the session ended", device=self._device) from error
        except asyncssh.SFTPError as error:
            raise self._refused(f"{problem}: {error.reason}; nothing was replaced") from error

    async def _forget(self, sftp: "asyncssh.SFTPClient", path: str) -> None:
        import asyncssh  # noqa: PLC0415

        with contextlib.suppress(asyncssh.Error):  # it was never there, or cannot be reached; its name says whose it is
            await sftp.remove(path)

    def _refused(self, said: str, hint: str = "") -> errors.CommandRejected:
        return errors.CommandRejected(said, device=self._device, hint=hint)


async def _pieces(content: IO[bytes]) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    while piece := await loop.run_in_executor(None, content.read, PIECE * 4):
        yield piece
