"""Secret references that need no store: `env:NAME` and `file:PATH`."""

import os
from pathlib import Path

from netpulse_core import errors, hookimpl


@hookimpl(trylast=True)
def resolve_secret(reference: str) -> str | None:
    """Read a variable of the worker's environment, or a file without its last newline."""
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        if name not in os.environ:
            raise errors.NotFound("secret", reference, hint=f"set {name} in the worker's environment")
        return os.environ[name]
    if scheme == "file":
        try:
            return Path(name).read_text(encoding="utf-8").rstrip("\n")
        except OSError as error:
            raise errors.NotFound("secret", reference, hint=error.strerror or str(error)) from error
    return None
