"""`python -m tests.scheduler.many`: the whole trial, and its figures as a table."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import machine
from tests.scheduler.many import process, trial


def main() -> int:
    """Run it; 1 where a due time was doubled or lost, or late."""
    parser = argparse.ArgumentParser(prog="python -m tests.scheduler.many", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--crashes", type=int, default=5)
    options = parser.parse_args()
    made_by = machine.described()
    with tempfile.TemporaryDirectory(prefix="netpulse-many-") as folder:
        found = trial.run(Path(folder), options.seed, kills=options.kills, crashes=options.crashes, pause=(0.2, 2.0))
    rows = {
        "kill -9 · crashes of PostgreSQL": f"{found.kills} · {found.crashes}",
        "due times": str(found.due),
        "fired, each with its own run": str(found.fired),
        "covered by the run of a later one": str(found.together),
        "double": str(len(found.double)),
        "missing": str(len(found.missing)),
        "lag, median · worst": f"{sorted(found.lags)[len(found.lags) // 2]:.3f} s · {max(found.lags):.3f} s",
        "lag after a crash, from when PostgreSQL was back": f"{max(found.lags_after_a_crash, default=0.0):.3f} s",
    }
    sys.stdout.write(
        f"Seed {options.seed}; clocks off by {process.how()}; {made_by}.\n\n| figure | seen |\n|---|---|\n"
    )
    sys.stdout.writelines(f"| {name} | {value} |\n" for name, value in rows.items())
    problems = [*found.double, *found.missing, *found.other]
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems or max(found.lags) >= 2.0 else 0


if __name__ == "__main__":
    sys.exit(main())
