"""`python -m benchmarks [NAME...]`: measure, and say what reaches its goal."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from benchmarks import machine, report
from benchmarks.bench import Bench
from benchmarks.figures import Row
from benchmarks.rows import (
    acceptance,
    compliance,
    devices,
    fleet,
    inventory,
    latency,
    ledger,
    recovery,
    rest,
    sessions,
    text,
    workers,
)

ROWS: Mapping[str, Callable[[Bench], Row]] = {
    "sessions": sessions.measure,
    "devices": devices.measure,
    "latency": latency.measure,
    "fleet": fleet.measure,
    "ledger": ledger.measure,
    "acceptance": acceptance.measure,
    "workers": workers.measure,
    "recovery": recovery.measure,
    "rest": rest.measure,
    "inventory": inventory.measure,
    "text": text.measure,
    "compliance": compliance.measure,
}


def arguments() -> argparse.ArgumentParser:
    """Return what may be asked on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ROWS)}; all when none is given")
    parser.add_argument("--quick", action="store_true", help="smaller, in under 90 seconds; good for a first look")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print everything that was measured as JSON")
    shape.add_argument("--markdown", action="store_true", help="print the tables of docs/performance.md")
    return parser


def main() -> int:
    """Measure what is asked for and print it."""
    parser = arguments()
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in ROWS]
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(ROWS)}")
    tables = not (options.json or options.markdown)
    console, began, line = _console(), time.monotonic(), machine.described()
    if tables:
        console.print(line)
    rows = [_measured(name, options.quick, console if tables else None) for name in options.names or ROWS]
    if options.json:
        print(json.dumps(report.data(line, rows), indent=2))
    elif options.markdown:
        print(report.markdown(line, rows))
    else:
        console.print(f"\nmeasured in {time.monotonic() - began:.0f} s; a ratio above 1 is in NetPulse's favour")
    return 0


def _console() -> Console:
    """Return standard output; piped, it has room for the tables and no colours."""
    console = Console()
    return console if console.is_terminal else Console(width=160)


def _measured(name: str, quick: bool, console: Console | None) -> Row:
    """Measure one row; on a terminal, say on standard error how far it is."""
    errors = Console(stderr=True)
    with (
        tempfile.TemporaryDirectory(prefix="netpulse-bench-") as folder,
        errors.status(name) as status,
    ):
        row = ROWS[name](Bench(quick=quick, folder=Path(folder), tell=status.update))
    if console is not None:
        report.show(console, row)
    return row


if __name__ == "__main__":
    sys.exit(main())
