"""The parsed inventory kept as JSON beside the ledger, because reading it back is ten times faster than YAML."""

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from netpulse_core.inventory.secrets import clear_secrets

FORMAT = 1
"""Raised when the meaning of what is kept changes, so that no version reads another's snapshots."""


def name_of(content: bytes) -> str:
    """Return the name under which a snapshot of this content is kept."""
    return hashlib.sha256(b"%d\0" % FORMAT + content).hexdigest()[:32]


def read(folder: Path, name: str) -> Any:
    """Return the documents kept under this name, or None: a missing, foreign or broken snapshot is no news."""
    try:
        seal, _, body = (folder / f"{name}.json").read_bytes().partition(b"\n")
    except OSError:
        return None
    if seal != _seal(body):
        return None
    return json.loads(body)


def write(folder: Path, name: str, documents: Any) -> None:
    """Keep these documents and forget older ones; keep none that hold a clear secret or that JSON cannot say.

    A state folder that cannot be written costs time at the next start, and nothing else.
    """
    if next(clear_secrets(documents), None) is not None:
        return
    try:
        body = json.dumps(documents, ensure_ascii=False, separators=(",", ":")).encode()
    except (TypeError, UnicodeEncodeError):
        return
    if json.loads(body) != documents:
        return  # a key that is a number comes back as text
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(folder / f"{name}.json", _seal(body) + b"\n" + body)
        for old in folder.glob("*.json"):
            if old.stem != name:
                old.unlink(missing_ok=True)


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")  # only its owner can read it
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _seal(body: bytes) -> bytes:
    return b'"%s"' % hashlib.sha256(body).hexdigest().encode()
