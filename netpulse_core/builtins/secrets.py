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
        return _kept(reference, os.environ[name], f"{name} is set to nothing in the worker's environment")
    if scheme == "file":
        try:
            text = Path(name).read_text(encoding="utf-8-sig")  # an editor's mark is no part of a password
        except OSError as error:
            raise errors.NotFound("secret", reference, hint=error.strerror or str(error)) from error
        except UnicodeDecodeError:  # not its cause either, which holds what was read
            raise errors.NotFound("secret", reference, hint=f"{name} is not UTF-8 text: save it so") from None
        return _kept(reference, text.rstrip("\n"), f"{name} is empty: write the secret into it")
    return None


def _kept(reference: str, secret: str, hint: str) -> str:
    """Return a secret; an empty one would be a login without a password on every device."""
    if not secret:
        raise errors.NotFound("secret", reference, hint=hint)
    return secret
