"""How many jobs a second a node can claim and conclude."""

import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from typing import Protocol

import psycopg

from benchmarks import postgres
from benchmarks.bench import Bench
from benchmarks.figures import Goal, Row, alternated, compared
from benchmarks.work import Work
from netpulse_core.ledger.ledger import Ledger

SENTENCE = "Jobs claimed and concluded by one node, each with an output of 1.5 kB, every turn durable on the disk."
LIMIT = "one UPDATE and its commit"
BATCHES = (1, 8, 64)
GOAL = Goal("ours", "≥", 2500)
"""Of reads concluded in batches."""
STATEMENT = "UPDATE bare SET value = value + 1 WHERE id = 1"


class Cursor(Protocol):
    """What the limit needs of a connection: statements that commit themselves."""

    def execute(self, statement: str) -> object:
        """Run one statement."""


def measure(bench: Bench) -> Row:
    """Compare turns with the cheapest transaction the same database can make durable."""
    row = Row("ledger", SENTENCE)
    path = bench.folder / "ledger.sqlite3"
    work = Work(Ledger(f"sqlite:///{path}"))
    with closing(work.ledger), closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as bare:
        bare.execute("PRAGMA synchronous=FULL")
        _compare(bench, row, "SQLite", work, bare)
    missing = postgres.lacking()
    if missing is not None:
        row.notes.append(f"PostgreSQL was not measured: {missing}.")
        return row
    bench.tell("ledger: starting PostgreSQL")
    with postgres.running() as server:
        work = Work(Ledger(server.sqlalchemy_url))
        with closing(work.ledger), psycopg.connect(server.conninfo, autocommit=True) as connection:
            _compare(bench, row, "PostgreSQL", work, connection.cursor())
    return row


def _compare(bench: Bench, row: Row, name: str, work: Work, bare: Cursor) -> None:
    bare.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, value INTEGER)")
    bare.execute("INSERT INTO bare VALUES (1, 0)")
    seconds = bench.size(10, 3) / 10

    def turns(batch: int) -> Mapping[str, float]:
        return {f"batch {batch}": work.rate(batch, seconds)}

    def limit() -> Mapping[str, float]:
        return {LIMIT: _rate(lambda: bare.execute(STATEMENT), seconds)}

    sides: list[Callable[[], Mapping[str, float]]] = [limit, *(partial(turns, batch) for batch in BATCHES)]
    samples = alternated(bench.rounds, sides, bench.teller(f"ledger on {name}"))
    row.figures += [
        compared(
            samples,
            f"batch {batch}",
            LIMIT,
            what=f"{name}, batches of {batch}",
            against=LIMIT,
            unit="jobs/s",
            goal=GOAL if batch == max(BATCHES) else None,
        )
        for batch in BATCHES
    ]


def _rate(call: Callable[[], object], seconds: float) -> float:
    number, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        call()
        number += 1
    return number / passed
