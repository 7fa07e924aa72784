"""The folder a site keeps its own in, and secrets in files there: made at first use, for their owner alone."""

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from netpulse_core.errors import SiteError
from netpulse_core.settings import Settings


def state_folder(settings: Settings) -> None:
    """Make the folder for an embedded site, or a SQLite ledger in it; raise SiteError where that cannot be done.

    Processes that have ledger and broker elsewhere keep nothing there: their site folder may be read-only.
    """
    if not settings.embedded and not _holds_the_ledger(settings):
        return
    try:
        settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SiteError(
            f"cannot be made: {error.strerror}",
            path=settings.state,
            hint="the site keeps its ledger and its keys there: let its folder be written to",
        ) from error


def secret_key(settings: Settings) -> bytes:
    """Return the key that signs doorbells and hashes API keys; an embedded site makes its own at first use."""
    given = settings.secret_key.get_secret_value().strip() if settings.secret_key is not None else ""
    if given:  # an empty one, as a variable without a value gives, would sign nothing
        return given.encode()
    if not settings.embedded:
        raise SiteError(
            "no secret key: processes that share a broker must share one",
            key="secret_key",
            hint="set NETPULSE_SECRET_KEY, the same for each process: `openssl rand -hex 32` makes one",
        )
    return private_file(settings.state / "secret.key", lambda: secrets.token_hex(32)).encode()


def private_file(path: Path, make: Callable[[], str]) -> str:
    """Return the text of a file only its owner can read, making it first where it is not there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        beside = _beside(path, make())
        try:
            with suppress(FileExistsError):  # another was quicker: then its text is the text
                os.link(beside, path)
        finally:
            beside.unlink()
    return path.read_text(encoding="utf-8").strip()


def replace(path: Path, text: str) -> None:
    """Put another text into such a file."""
    _beside(path, text).replace(path)


def _beside(path: Path, text: str) -> Path:
    """Write a text beside a file, to take its place in whole: another process must never read it half made."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return Path(beside)


def _holds_the_ledger(settings: Settings) -> bool:
    scheme, _, path = settings.ledger_url.partition(":///")
    return scheme.startswith("sqlite") and Path(path).resolve().is_relative_to(settings.state.resolve())
