"""The certificate a service shows, out of the file that may hold its chain and its key too."""

import re
from pathlib import Path

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def shown(path: Path | None) -> str:
    """Return the first certificate of a PEM file, which is the service's own, and nothing else of it; or no text.

    A file that is missing, or that this user may not read, has none.
    """
    try:
        found = _BLOCK.search(path.read_text(encoding="latin-1")) if path is not None else None
    except OSError:
        return ""
    return f"{found[0]}\n" if found is not None else ""
