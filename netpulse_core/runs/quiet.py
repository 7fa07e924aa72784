"""Keeping Nornir from logging a job's traceback, which may quote a secret; the failure is an outcome."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_here = threading.local()


def _no_job(record: logging.LogRecord) -> bool:
    return not getattr(_here, "in_a_job", False)


# Only where a job runs: a script's own Nornir in this process logs as it always did.
logging.getLogger("nornir.core.task").addFilter(_no_job)


@contextmanager
def quiet() -> Iterator[None]:
    """Log nothing of Nornir's from this thread."""
    _here.in_a_job = True
    try:
        yield
    finally:
        _here.in_a_job = False
