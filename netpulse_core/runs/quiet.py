"""Keeping Nornir from logging a job's traceback, which may quote a secret; the failure is an outcome."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from netpulse_core.runs.logged import masked_in_logs
from netpulse_core.runs.redact import Redactor

_here = threading.local()


def _no_job(record: logging.LogRecord) -> bool:
    return not getattr(_here, "in_a_job", False)


# Only where a job runs: a script's own Nornir in this process logs as it always did.
logging.getLogger("nornir.core.task").addFilter(_no_job)


@contextmanager
def quiet(redact: Redactor) -> Iterator[None]:
    """Log nothing of Nornir's from this thread, and of others nothing that its job knows as a secret."""
    _here.in_a_job = True
    try:
        with masked_in_logs(redact):
            yield
    finally:
        _here.in_a_job = False
