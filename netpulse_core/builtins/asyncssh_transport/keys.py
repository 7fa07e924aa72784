"""Private keys from files, read once: decrypting one costs up to a second."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncssh

_KEPT = 64
_USUAL = ("id_ed25519", "id_ecdsa", "id_rsa")


class BadKey(Exception):
    """A private key cannot be read; the message says which and why, never what is in it."""


def load(path: str | None, passphrase: str | None) -> "list[asyncssh.SSHKeyPair]":
    """Return the key pairs of one file, or of the user's usual files where it is None; raises BadKey."""
    files = [Path(path).expanduser()] if path else [Path.home() / ".ssh" / name for name in _USUAL]
    return [pair for file in files if path or file.exists() for pair in _pairs(file, passphrase)]


def _pairs(file: Path, passphrase: str | None) -> "tuple[asyncssh.SSHKeyPair, ...]":
    try:
        state = file.stat()
    except OSError as error:
        raise BadKey(f"{file}: {(error.strerror or 'unreadable').lower()}") from error
    return _read(file, state.st_mtime_ns, state.st_size, passphrase)


@lru_cache(maxsize=_KEPT)
def _read(file: Path, _changed: int, _size: int, passphrase: str | None) -> "tuple[asyncssh.SSHKeyPair, ...]":
    import asyncssh  # noqa: PLC0415

    try:
        return tuple(asyncssh.load_keypairs(str(file), passphrase=passphrase))
    except OSError as error:
        raise BadKey(f"{file}: {(error.strerror or 'unreadable').lower()}") from error
    except asyncssh.KeyEncryptionError as error:
        raise BadKey(f"{file}: the passphrase is wrong") from error
    except (asyncssh.KeyImportError, ValueError) as error:
        why = "it is encrypted, and no passphrase was given" if passphrase is None and "ncrypted" in str(error) else ""
        raise BadKey(f"{file}: {why or 'not a private key'}") from error
