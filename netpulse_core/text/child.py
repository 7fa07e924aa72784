"""The process text is rendered and parsed in: `python -m netpulse_core.text.child FD`.

It is asked over a socket, one question at a time, and ends when the other side does. A question that takes longer than
it may ends it by the system's own timer, which no regular expression and no loop of a template can hold up.
"""

import gc
import logging
import resource
import signal
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from netpulse_core.errors import NetPulseError
from netpulse_core.hooks.manager import Plugins
from netpulse_core.settings import Settings
from netpulse_core.text import data, over
from netpulse_core.text.engine import Engine


def main() -> None:
    """Answer until nobody asks."""
    logging.getLogger().addHandler(logging.NullHandler())  # libraries would write what they parse to standard error
    line = over.Line(socket.socket(fileno=int(sys.argv[1])))
    try:
        engine = _engine(line.receive()[0])
    except NetPulseError as error:
        line.send({"error": over.said(error)})
        return
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # records are thousands of new objects, none of them garbage
    line.send({"ready": True})
    while True:
        try:
            question, text = line.receive()
        except OSError:
            return
        line.send(_within(question.pop("seconds"), engine, question, text))


def _engine(told: dict[str, Any]) -> Engine:
    settings = Settings(site=Path(told["site"]), **told["settings"])
    engine = Engine(Plugins.load(settings), told["templates"], largest=told["largest"])
    taken = Path("/proc/self/statm")  # pages of address space this process has already; other systems have no such file
    if taken.exists():
        # A template that repeats a text without end must not take the machine.
        most = int(taken.read_text().split()[0]) * resource.getpagesize() + told["memory"]
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return engine


def _within(seconds: float, engine: Engine, question: dict[str, Any], text: str) -> dict[str, Any]:
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return {"answer": _answered(engine, text, **question)}
    except NetPulseError as error:
        return {"error": over.said(error)}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _answered(engine: Engine, text: str, what: str, given: dict[str, Any]) -> Any:
    match what:
        case "templates":
            return [asdict(one) for one in engine.templates()]
        case "compile":
            return engine.compile(**given)
        case "render":
            return asdict(engine.render(**given))
        case "data":
            return data.answered(**given)
    return engine.parsed(text, **given)


if __name__ == "__main__":
    main()
