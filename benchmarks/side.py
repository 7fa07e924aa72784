"""A side of a comparison: a process that is asked in lines of JSON and answers in lines of JSON."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

LONGEST = 300.0
"""Seconds after which a side that does not answer is ended."""


class SideFailed(Exception):
    """A side ended, or raised, instead of answering; the message holds its last words."""


class Side:
    """One side, from `python -m benchmarks.sides.NAME`; it is killed at the end, for all it has is thrown away."""

    def __init__(self, name: str, *arguments: object) -> None:
        self._name = name
        self._words = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  closed with the side
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", f"benchmarks.sides.{name}", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            text=True,
        )

    def __enter__(self) -> Self:
        try:
            self._answer()  # it has imported what it measures with, and is ready
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._words.close()

    def ask(self, what: str, **given: Any) -> Any:
        """Have the side do one thing and return what it says of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"what": what, "given": given}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        watchdog = threading.Timer(LONGEST, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        if not line:
            self._process.wait()
            self._words.seek(0)
            raise SideFailed(f"benchmarks.sides.{self._name} ended:\n{self._words.read()[-3000:]}")
        return json.loads(line)


def serve(answers: Mapping[str, Callable[..., Any]]) -> None:
    """Answer what is asked on standard input until it ends, which it also does when the asking process dies."""
    answered, sys.stdout = sys.stdout, sys.stderr
    print("null", file=answered, flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(answers[question["what"]](**question["given"])), file=answered, flush=True)
    os._exit(0)  # threads of sessions would hold the process up
