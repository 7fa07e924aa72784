"""Parsing outputs with ntc_templates as it is, or as NetPulse does: `text ntc|netpulse SITE`."""

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.outputs import PLATFORM, large, small
from benchmarks.side import serve
from benchmarks.stopwatch import walls

Parse = Callable[[str, str], list[Any]]


def main() -> None:
    """Time what is asked; every way must find the same records."""
    serve(_netpulse(Path(sys.argv[2])) if sys.argv[1] == "netpulse" else {"plain": _timed(_ntc())})


def _ntc() -> Parse:
    from ntc_templates.parse import parse_output

    return lambda command, text: list(parse_output(PLATFORM, command, text))


def _netpulse(folder: Path) -> dict[str, Any]:
    from netpulse_core import settings
    from netpulse_core.hooks.manager import Plugins
    from netpulse_core.text.engine import Engine
    from netpulse_core.text.over import unpacked
    from netpulse_core.text.service import Text

    told = settings.load(folder)
    engine, text = Engine(Plugins.load(told), {}), Text(told, None)

    def within(command: str, output: str) -> list[Any]:
        made = engine.parsed(output, platform=PLATFORM, command=command)
        return unpacked(made["names"], made["rows"])

    def asked(command: str, output: str) -> list[Any]:
        return list(text.parse(output, platform=PLATFORM, command=command).records)

    return {"within": _timed(within), "asked": _timed(asked)}


def _timed(parse: Parse) -> Callable[..., dict[str, Any]]:
    """Return what times parsing each output once it is warm, and says what was found."""

    def measure(lines: int, times: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for command, text in (large(lines) if lines else small()).items():
            records = parse(command, text)
            took = median(walls(times, lambda command=command, text=text: parse(command, text)))  # type: ignore[misc]
            found[command] = [took * 1000, hashlib.sha256(json.dumps(records).encode()).hexdigest(), len(records)]
        return found

    return measure


if __name__ == "__main__":
    main()
