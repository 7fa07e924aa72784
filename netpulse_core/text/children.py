"""The processes text is rendered and parsed in: at most two, started when they are needed, replaced when they die."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from netpulse_core.errors import ServiceError, TemplateFailed
from netpulse_core.onecore import anywhere
from netpulse_core.text import over

MOST = 2
START = 60.0
"""Seconds a process may take to load the plugins, on a busy machine."""
WAIT = 60.0
"""Seconds to wait for a process while others are served."""
GRACE = 1.0
"""Seconds after a question's own bound at which a process that has not ended by its timer is killed."""

_GIVEN = re.compile(r"PATH|HOME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|VIRTUAL_ENV|PYTHON\w+|LD_LIBRARY_PATH")
"""Variables of the environment that a process needs which reads what devices say: all others may be secrets."""


class Children:
    """Asks one of the processes; `told` is what each needs to know to begin."""

    def __init__(self, told: Mapping[str, Any], *, most: int = MOST) -> None:
        self._told = told
        self._free = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._closed = False

    def ask(self, what: str, given: Mapping[str, Any], *, seconds: float) -> Any:
        """Return the answer, or raise what went wrong; a process that takes longer than `seconds` is ended."""
        if not self._free.acquire(timeout=WAIT):
            raise ServiceError("every process that renders and parses is busy", retry_after=WAIT)
        try:
            answer = self._answered(_Question(what, given, seconds))
        except _Ended as error:
            raise TemplateFailed(_called(what, given), [f"{what}: {error.words(seconds)}"]) from None
        finally:
            self._free.release()
        if "error" in answer:
            raise over.heard(answer["error"])
        return answer["answer"]

    def close(self) -> None:
        """End the processes; one that is at work ends when it has answered."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def _answered(self, question: "_Question") -> dict[str, Any]:
        while True:
            with self._lock:
                child, waited = (self._idle.pop(), True) if self._idle else (None, False)
            child = child or _Child(self._told)
            try:
                answer = child.ask(question.data, question.text, seconds=question.seconds + GRACE)
            except _Ended as error:
                child.end()
                if not waited or error.too_late:
                    raise
                continue  # it may have been dead while nobody asked it, so a new one is asked
            except BaseException:
                child.end()
                raise
            self._put_back(child)
            return answer

    def _put_back(self, child: "_Child") -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(child)
                return
        child.end()


class _Question:
    """What is asked: a text, which may be long, beside the rest."""

    def __init__(self, what: str, given: Mapping[str, Any], seconds: float) -> None:
        rest = dict(given)
        self.text: str = rest.pop("text", "")
        self.data = {"what": what, "given": rest, "seconds": seconds}
        self.seconds = seconds


class _Ended(Exception):
    """A process ended, or was ended, instead of answering."""

    def __init__(self, status: int | None) -> None:
        self.status = status

    @property
    def too_late(self) -> bool:
        """Whether it had not answered in time."""
        return self.status in (None, -signal.SIGALRM)

    def words(self, seconds: float) -> str:
        if self.too_late:
            return f"not done within {seconds:g} s, and stopped"
        return f"its process ended by itself (status {self.status})"


class _Child:
    """One process, asked one question at a time."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        ours, theirs = socket.socketpair()
        self._line = over.Line(ours)
        # A session of its own: Ctrl-C and a stopping terminal are for its owner, which lets running jobs finish.
        with anywhere():
            self._process = subprocess.Popen(  # noqa: S603  our own program
                [sys.executable, "-m", "netpulse_core.text.child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                env={name: value for name, value in os.environ.items() if _GIVEN.fullmatch(name)},
            )
        theirs.close()
        try:
            answer = self.ask(told, seconds=START)
        except _Ended as error:
            self.end()
            raise ServiceError(f"no process to render and parse in: {error.words(START)}") from None
        except BaseException:
            self.end()
            raise
        if "error" in answer:
            self.end()
            raise over.heard(answer["error"])

    def ask(self, question: Mapping[str, Any], text: str = "", *, seconds: float) -> dict[str, Any]:
        """Return the answer as data; raise _Ended where it is not there in time."""
        try:
            self._line.send(question, text, seconds=seconds)
            answer: dict[str, Any] = self._line.receive(seconds)[0]
        except TimeoutError:
            raise _Ended(None) from None
        except OSError:
            self.end()
            raise _Ended(self._process.returncode) from None
        return answer

    def end(self) -> None:
        """Kill it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._line.close()


def _called(what: str, given: Mapping[str, Any]) -> str:
    return f"template {given['template']!r}" if given.get("template") else what
