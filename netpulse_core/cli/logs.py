"""Where log lines of this process go: stderr, and nowhere near an answer."""

import logging
import sys
import time

LIBRARIES = (
    "alembic", "apscheduler", "asyncssh", "httpcore", "httpx", "huey", "ncclient", "netmiko", "paramiko",
    "pyeapi", "scrapli", "uvicorn", "uvicorn.access",
)  # fmt: skip
"""They quote what they send and are told, passwords among it: below WARNING they are never heard."""


def to_stderr(level: str) -> None:
    """Write log lines from this level on, with instants in UTC."""
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    least = max(logging.WARNING, logging.getLogger().level)
    hush()
    for library in map(logging.getLogger, LIBRARIES):  # their news is not ours; who is quieter already stays so
        library.setLevel(max(least, library.level))


def hush() -> None:
    """Silence what a connection that ends says of it: it is an error of ours, with its cause, and would be told twice.

    Of a process of NetPulse's own; who uses our drivers from a program of theirs may want to hear it.
    """
    logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL)
