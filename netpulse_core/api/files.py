"""Files that runs name: sent and fetched as they are, in pieces, and known by the hash of their content."""

import base64
import hashlib
import tempfile
from dataclasses import replace
from typing import IO, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import Field

from netpulse_core.api.identity import Asking, Controller
from netpulse_core.api.requests import STORABLE
from netpulse_core.api.schemas import Answer, Instant
from netpulse_core.errors import InvalidParameters
from netpulse_core.files import CHUNK, File, understood

router = APIRouter(prefix="/files", tags=["files"])

OCTETS = "application/octet-stream"

Named = Annotated[
    str,
    Path(
        pattern=STORABLE,
        description="`image.bin`, `sha256:HASH` or `image.bin@sha256:HASH`.",
        examples=["image.bin"],
    ),
]
BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}}}
}
CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The content; `Repr-Digest` is its hash (RFC 9530).", "content": {OCTETS: {}}}
}


class StoredFile(Answer):
    """A kept file; `reference` is how a run names it so that nothing can change under it."""

    name: str = Field(description="Empty where it is known by its hash alone.")
    sha256: str
    size: int
    reference: str
    created_at: Instant
    created_by: str
    sealed: bool = Field(description="It came from a device: fetching it takes `configs.reveal`.")


class StoredFiles(Answer):
    """Named files by name; `next` asks for the page that follows."""

    files: list[StoredFile]
    next: str | None


class Removed(Answer):
    """The name that means nothing any more."""

    removed: str


@router.get("", response_model=StoredFiles)
def page(
    netpulse: Controller,
    caller: Asking,
    name: Annotated[str | None, Query(pattern=STORABLE, description="This one alone.")] = None,
    after: Annotated[str, Query(pattern=STORABLE, description="Last name of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> Response:
    """List the files that have a name."""
    found = netpulse.filing.page(caller, after=after, limit=limit + 1, name=name)
    shown = [StoredFile.of(file) for file in found[:limit]]
    return StoredFiles(files=shown, next=shown[-1].name if len(found) > limit else None).response()


@router.put("/{file:path}", status_code=201, response_model=StoredFile, openapi_extra=BODY)
async def put(file: Named, request: Request, netpulse: Controller, caller: Asking) -> Response:
    """Keep a file. A known name means this content from now on; runs accepted before keep theirs.

    Named by its hash, it is compared, and kept without a name for the run that will name it within the hour.
    """
    wanted = understood(file)
    await run_in_threadpool(netpulse.filing.require_own, caller, wanted.name)
    with tempfile.TemporaryFile() as spooled:
        digest, size = await _read(request, spooled)
        if wanted.sha256 not in ("", digest):
            raise InvalidParameters("file", [f"the content has the hash {digest}, not {wanted.sha256}"])
        whole = replace(wanted, sha256=digest, size=size)
        stored = await run_in_threadpool(netpulse.ledger.files.put, spooled, whole, caller.name)
    return StoredFile.of(stored).response(201)


@router.get("/{file:path}", response_class=Response, responses=CONTENT)
def fetch(file: Named, netpulse: Controller, caller: Asking) -> Response:
    """Fetch a file's content; that of a device takes `configs.reveal`, and is in the audit."""
    found, pieces = netpulse.filing.content(caller, understood(file))
    headers = {
        "Content-Length": str(found.size),
        "ETag": f'"{found.sha256}"',
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(found.sha256)).decode()}:",
    }
    return StreamingResponse(pieces, media_type=OCTETS, headers=headers)


@router.delete("/{file:path}", response_model=Removed)
def remove(file: Named, netpulse: Controller, caller: Asking) -> Response:
    """Forget a name; the content stays while a run or another name needs it."""
    name = _name_alone(file)
    netpulse.filing.require_own(caller, name)
    netpulse.ledger.files.remove(name, caller.name)
    return Removed(removed=file).response()


def _name_alone(reference: str) -> str:
    wanted: File = understood(reference)
    if wanted.sha256:
        raise InvalidParameters("file", [f"{reference!r} is a hash: only a name can be removed"])
    return wanted.name


async def _read(request: Request, spooled: IO[bytes]) -> tuple[str, int]:
    """Write the body to a file and return its hash and size; a thread is asked once for each megabyte."""
    digest, size, waiting = hashlib.sha256(), 0, bytearray()

    def write() -> None:
        digest.update(waiting)
        spooled.write(waiting)
        waiting.clear()

    async for piece in request.stream():
        waiting += piece
        size += len(piece)
        if len(waiting) >= CHUNK:
            await run_in_threadpool(write)
    await run_in_threadpool(write)
    return digest.hexdigest(), size
