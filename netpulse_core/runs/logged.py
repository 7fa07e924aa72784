"""Secrets masked in what the jobs of this process have logged, by whichever logger."""

import logging
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

from netpulse_core.runs.known import KnownSecrets
from netpulse_core.runs.redact import Redactor

_here = threading.local()
_EXCEPTIONS = logging.Formatter()


class _Said:
    """What a record says, masked once a handler asks for it: what fails then is told without the arguments."""

    def __init__(self, record: logging.LogRecord, redactors: list[Redactor]) -> None:
        self._record = record
        self._redactors = redactors

    def __str__(self) -> str:
        return _masked(self._record.getMessage(), self._redactors)

    def __repr__(self) -> str:
        return _masked(repr(self._record.msg), self._redactors)


class _Masking(logging.Filter):
    """Gives a handler each record without the secrets that are known in this process."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._nodes: tuple[tuple[weakref.ref[KnownSecrets], bytes], ...] = ()

    def learn_from(self, known: KnownSecrets, key: bytes) -> None:
        with self._lock:
            living = [node for node in self._nodes if node[0]() not in (None, known)]
            self._nodes = (*living, (weakref.ref(known), key))

    def forget(self, known: KnownSecrets) -> None:
        with self._lock:
            self._nodes = tuple(node for node in self._nodes if node[0]() not in (None, known))

    def filter(self, record: logging.LogRecord) -> logging.LogRecord:
        redactors = list(self._redactors())
        if not redactors:
            return record
        shown = copy(record)  # the handlers of others get it as it is
        shown.msg, shown.args = _Said(record, redactors), ()
        told = _traceback(record)
        masked = _masked(told, redactors)
        if not told or masked != told:  # a traceback that holds none is left to whatever the handler makes of it
            shown.exc_text, shown.exc_info = masked or None, None
        shown.stack_info = _masked(record.stack_info or "", redactors) or None
        return shown

    def _redactors(self) -> Iterator[Redactor]:
        of_job: Redactor | None = getattr(_here, "redact", None)
        if of_job is not None:
            yield of_job
        for node, key in self._nodes:
            known = node()
            if known is not None and known.learned:
                yield Redactor(key, known, remembers=0)


_masking = _Masking()


def mask_logs(known: KnownSecrets, key: bytes) -> None:
    """Mask these secrets, as more of them are learned too, in what the handlers log that this process has by now.

    They are those of the root logger, which get what all others log, and the one Python has where there are none.
    """
    _masking.learn_from(known, key)
    for handler in (*logging.getLogger().handlers, logging.lastResort):
        if handler is not None:
            handler.addFilter(_masking)


def unmask_logs(known: KnownSecrets) -> None:
    """Leave the log as it is from now on: who knew these secrets has ended."""
    _masking.forget(known)


@contextmanager
def masked_in_logs(redact: Redactor) -> Iterator[None]:
    """Mask in what this thread logs all that its job knows, also what is too short to be masked elsewhere."""
    _here.redact = redact
    try:
        yield
    finally:
        _here.redact = None


def _traceback(record: logging.LogRecord) -> str:
    # Of a record that was made elsewhere it may be anything, and what a filter raises would reach who logs.
    if record.exc_text or not (isinstance(record.exc_info, tuple) and len(record.exc_info) == 3):
        return record.exc_text or ""
    return _EXCEPTIONS.formatException(record.exc_info)


def _masked(text: str, redactors: list[Redactor]) -> str:
    for redact in redactors:
        text = redact.by_value(text)
    return text
