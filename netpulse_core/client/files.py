"""Files over REST: sent and fetched in pieces, their hashes compared on both ways."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from netpulse_core.client import nouns, wire
from netpulse_core.client.failures import check, content, unreached
from netpulse_core.client.wire import Call, Page
from netpulse_core.errors import ServiceError
from netpulse_core.files import PREFIX, File, chunks, safe_name, understood
from netpulse_core.model.file import StoredFile

ALL = "/v1/files"


def _listed(after: str | int | None) -> Call[Page[StoredFile]]:
    return Call(path=ALL, params={"after": after}, read=wire.paged("files", _stored))


def _removed(name: str) -> Call[str]:
    return Call(method="DELETE", path=_of(name), read=lambda data: str(data["removed"]), again=False)


def _stored(data: Any) -> StoredFile:
    return nouns.noun(StoredFile, data)


def _of(reference: str) -> str:
    return f"{ALL}/{wire.quoted(reference)}"


def _too_large(error: httpx.TransportError, address: str) -> ServiceError:
    problem = unreached(error, address)
    if not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        problem.hint = "the file may be larger than the service's `max_file_size`"
    return problem


async def _pieces(file: File) -> AsyncIterator[bytes]:
    with file.path.open("rb") as body:
        pieces = chunks(body)
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield piece


class _Fetched:
    """A file under way: written beside its place, compared, and put there whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = hashlib.sha256()
        self._size = 0
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        self._beside = Path(beside)
        self._file = os.fdopen(handle, "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
        self._beside.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        """Take what came."""
        self._digest.update(piece)
        self._size += len(piece)
        self._file.write(piece)

    def placed(self, response: httpx.Response, reference: str) -> File:
        """Put the file in its place, if it is what the service promised."""
        promised, found = response.headers.get("etag", "").strip('"'), self._digest.hexdigest()
        if found != promised:
            raise ServiceError(f"file {reference}: what came has the hash {found}, not {promised}", hint="try again")
        self._file.close()
        self._beside.replace(self._path)
        name = understood(reference).name
        return File(name=name, sha256=found, size=self._size, local=self._path)


class Files:
    """The files of a service: `client.files`."""

    def __init__(self, http: httpx.Client, ask: Callable[[Call[Any]], Any], address: str) -> None:
        self._http, self._ask, self._address = http, ask, address

    def list(self) -> Iterator[StoredFile]:
        """Yield the files that have a name, by name."""
        after: str | int | None = ""
        while after is not None:
            page: Page[StoredFile] = self._ask(_listed(after))
            yield from page.items
            after = page.next

    def put(self, path: Path | str, name: str = "") -> StoredFile:
        """Keep a local file under a name, its own where none is given; a known name means this content from now on."""
        file = File.at(path, name)
        return self._put(file, str(file))

    def send(self, path: Path | str) -> str:
        """Keep a local file for the run that is asked for next; return the reference that names it there."""
        file = File.at(path)
        self._put(file, f"{PREFIX}{file.sha256}")
        return f"{safe_name(file.name)}@{PREFIX}{file.sha256}"

    def get(self, reference: str, path: Path | str) -> File:
        """Write a kept file's content to a path, whole or not at all, and return what it is."""
        try:
            with _Fetched(Path(path)) as fetched, self._http.stream("GET", _of(reference)) as response:
                if not response.is_success:
                    response.read()
                    check(response)
                for piece in response.iter_bytes():
                    fetched.write(piece)
                return fetched.placed(response, reference)
        except httpx.TransportError as error:
            raise unreached(error, self._address) from error

    def remove(self, name: str) -> None:
        """Forget a name; what runs named by it stays."""
        self._ask(_removed(name))

    def _put(self, file: File, reference: str) -> StoredFile:
        try:
            with file.path.open("rb") as body:
                return _stored(content(self._http.put(_of(reference), content=body)))
        except httpx.TransportError as error:
            raise _too_large(error, self._address) from error


class AsyncFiles:
    """The files of a service, awaited."""

    def __init__(self, http: httpx.AsyncClient, ask: Callable[[Call[Any]], Any], address: str) -> None:
        self._http, self._ask, self._address = http, ask, address

    async def list(self) -> AsyncIterator[StoredFile]:
        """Yield the files that have a name, by name."""
        after: str | int | None = ""
        while after is not None:
            page: Page[StoredFile] = await self._ask(_listed(after))
            for file in page.items:
                yield file
            after = page.next

    async def put(self, path: Path | str, name: str = "") -> StoredFile:
        """Keep a local file under a name, its own where none is given; a known name means this content from now on."""
        file = await asyncio.to_thread(File.at, path, name)
        return await self._put(file, str(file))

    async def send(self, path: Path | str) -> str:
        """Keep a local file for the run that is asked for next; return the reference that names it there."""
        file = await asyncio.to_thread(File.at, path)
        await self._put(file, f"{PREFIX}{file.sha256}")
        return f"{safe_name(file.name)}@{PREFIX}{file.sha256}"

    async def get(self, reference: str, path: Path | str) -> File:
        """Write a kept file's content to a path, whole or not at all, and return what it is."""
        try:
            with _Fetched(Path(path)) as fetched:
                async with self._http.stream("GET", _of(reference)) as response:
                    if not response.is_success:
                        await response.aread()
                        check(response)
                    async for piece in response.aiter_bytes():
                        await asyncio.to_thread(fetched.write, piece)
                    return fetched.placed(response, reference)
        except httpx.TransportError as error:
            raise unreached(error, self._address) from error

    async def remove(self, name: str) -> None:
        """Forget a name; what runs named by it stays."""
        await self._ask(_removed(name))

    async def _put(self, file: File, reference: str) -> StoredFile:
        headers = {"Content-Length": str(file.size)}
        try:
            return _stored(content(await self._http.put(_of(reference), content=_pieces(file), headers=headers)))
        except httpx.TransportError as error:
            raise _too_large(error, self._address) from error
