"""How long it takes until a run of two thousand jobs is recorded and answered for."""

import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.figures import Goal, Row, alternated, compared
from benchmarks.side import Side
from benchmarks.sites import generated

JOBS = 2000
LIMIT = "as many rows, one INSERT and its commit"


def measure(bench: Bench) -> Row:
    """Compare accepting a run with inserting as many rows of the same size into the same kind of database."""
    row = Row("acceptance", f"A run of {JOBS:,} jobs, from asking in process until it is durable and its devices rung.")
    site = bench.folder / "acceptance"
    generated(site / "inventory", JOBS)
    with Side("netpulse", site, 1) as side, closing(_database(bench.folder / "bare.sqlite3")) as bare:

        def ours() -> Mapping[str, float]:
            return {"ours": side.ask("accept", target="*")}

        samples = alternated(bench.rounds, [ours, lambda: {"limit": _inserted(bare)}], bench.teller("acceptance"))
    goal = Goal("ours", "≤", 1.0)
    row.figures.append(compared(samples, "ours", "limit", what=f"{JOBS:,} jobs", against=LIMIT, unit="s", goal=goal))
    return row


def _database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, run TEXT, device TEXT, said TEXT)")
    return connection


def _inserted(connection: sqlite3.Connection) -> float:
    said = json.dumps({"state": "queued", "queue": "node", "rank": 1.0, "not_before": 1.0, "deadline_at": 1.0})
    rows = [("01hzzzzzzzzzzzzzzzzzzzzzzz", f"leaf{number}", said) for number in range(JOBS)]
    began = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO bare (run, device, said) VALUES (?, ?, ?)", rows)
    connection.execute("COMMIT")
    return time.perf_counter() - began
