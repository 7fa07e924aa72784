"""`python -m tests.faults`: put NetPulse through many seeds, and say what came of it."""

import argparse
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks import machine
from tests.faults import seed, table
from tests.faults.campaign import ROOT, Campaign, Seed, code
from tests.faults.sizes import CAMPAIGN

PAGE, DATA = ROOT / "docs" / "faults.md", ROOT / "docs" / "faults.json"
BEGIN, END = "<!-- seeds: begin -->", "<!-- seeds: end -->"
WHOLE = 20
"""Seeds of each ledger that the page is written from; fewer are only printed."""


def arguments() -> argparse.ArgumentParser:
    """Return what may be asked on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=WHOLE, help=f"how many of each ledger ({WHOLE})")
    parser.add_argument("--first", type=int, default=1, help="the first of them (1)")
    parser.add_argument("--ledger", choices=list(CAMPAIGN), help="one of them; both when it is not given")
    parser.add_argument("--at-once", type=int, default=3, help="seeds beside each other (3)")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "faults", help="where results are kept")
    parser.add_argument("--keep", action="store_true", help="keep logs and journal of a good seed too")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    return parser


def main() -> int:
    """Run what is asked for; 1 where anything was violated or a seed came to no result."""
    options = arguments().parse_args()
    if options.one:
        return _one(options.one, options.out, keep=options.keep)
    made_by, kinds = machine.described(), [options.ledger] if options.ledger else list(CAMPAIGN)
    # In turns, so that what runs beside each other is not all of one kind.
    wanted: list[Seed] = [
        (kind, number) for number in range(options.first, options.first + options.seeds) for kind in kinds
    ]
    campaign = Campaign(options.folder, wanted, at_once=options.at_once, keep=options.keep)
    campaign.run()
    made = table.markdown(campaign.results, f"{made_by}; code {code()}")
    print(f"\n{made}\n")
    if len(campaign.results) == len(wanted) >= WHOLE * len(CAMPAIGN):
        _write(made, campaign)
    for problem in campaign.problems:
        print(problem, file=sys.stderr)
    print(table.total(campaign.results))
    return 1 if campaign.problems else 0


def _one(which: list[str], out: Path, *, keep: bool) -> int:
    """Run one seed; a SIGTERM takes down what it has started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a SIGTERM"))
    kind = next(known for known in CAMPAIGN if known == which[0])
    result = seed.run(kind, int(which[1]), CAMPAIGN[kind], keep=keep)
    out.write_text(json.dumps({"code": code(), **asdict(result)}, indent=1))
    return 0


def _write(made: str, campaign: Campaign) -> None:
    """Bring the page and the data it is made from up to date."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{made}\n{END}{rest.partition(END)[2]}")
    ordered = sorted(campaign.results, key=lambda one: (one["kind"], one["seed"]))
    DATA.write_text(json.dumps(ordered, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
