"""What nights of compliance cost the ledger: the room they take, and the time to compare them with what stood."""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import batched
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update
from ulid import ULID

from benchmarks.bench import Bench
from benchmarks.figures import Row, compared
from netpulse_core.ledger import blobs, judgements
from netpulse_core.ledger.database import now
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import jobs, outputs, runs
from netpulse_core.model.check import Finding, FindingVerdict, Severity
from netpulse_core.model.run import NewRun
from netpulse_core.model.runbook import Queue

CHECKS = 100
FAILING = 0.05
CHANGED_DEVICES, CHANGED_CHECKS = 0.1, 10
"""Of each night: one finding in a hundred, on one device in ten."""

PEER = 5
"""Nights that every finding is also written as a row: they are all alike, and thirty of them take gigabytes."""

SIDE = "one row a finding"


def measure(bench: Bench) -> Row:
    """Compare folding a night with writing every finding of it as a row."""
    devices, nights = bench.size(5000, 200), bench.size(30, PEER + 1)
    row = Row(
        "compliance", f"{nights} nights of {devices:,} devices and {CHECKS} rules on SQLite, 1 % changed a night."
    )
    samples: dict[str, list[float]] = {}
    fleet, path = Fleet(devices), bench.folder / "compliance.sqlite3"
    with closing(Ledger(f"sqlite:///{path}")) as ledger, closing(_peer(bench.folder / "rows.sqlite3")) as peer:
        ledger.upgrade()
        for night in range(nights):
            bench.tell(f"compliance: night {night + 1} of {nights}")
            run = fleet.night(ledger)
            told = _measured("ours", partial(_fold, ledger, run), partial(_size, ledger, path))
            if night <= PEER:
                told |= _measured("rows", partial(_every, peer, fleet), partial(_size_of, peer))
            for name, value in told.items():
                samples.setdefault(name, []).append(value)
            fleet.change()
        total = _size(ledger, path)
    first = {name: values.pop(0) for name, values in samples.items()}
    shown = {name: values[: len(samples["rows.s"])] for name, values in samples.items()}
    row.figures = [
        compared(shown, f"ours.{unit}", f"rows.{unit}", what=what, against=SIDE, unit=unit)
        for unit, what in (("s", "time of a night"), ("MB", "what a night adds to the file"))
    ]
    took, grew = samples["ours.s"], samples["ours.MB"]
    row.notes += [
        f"The first night, on which all {devices * CHECKS:,} findings are new, took {first['ours.s']:.1f} s "
        f"and {first['ours.MB']:,.0f} MB.",
        f"The other {nights - 1} nights took {sum(took):.1f} s and {sum(grew):,.0f} MB in all, "
        f"the last one {took[-1]:.2f} s.",
        f"With the jobs and outputs of every run the file has {total:,.0f} MB.",
    ]
    return row


class Fleet:
    """What each check says of each device."""

    def __init__(self, devices: int) -> None:
        self._dice = random.Random(7)
        self.findings = {
            f"r{number:05}": [_finding(check, fails=self._dice.random() < FAILING) for check in range(CHECKS)]
            for number in range(devices)
        }
        self._packed: dict[str, blobs.Blob] = {}

    def change(self) -> None:
        """Let the findings of the next night differ."""
        for device in self._dice.sample(sorted(self.findings), int(len(self.findings) * CHANGED_DEVICES)):
            each = self.findings[device]
            for check in self._dice.sample(range(CHECKS), CHANGED_CHECKS):
                each[check] = _finding(check, fails=each[check].verdict is FindingVerdict.PASS)
            self._packed.pop(device, None)

    def night(self, ledger: Ledger) -> str:
        """Record a run that found it, as workers would have, and return the run."""
        run = ledger.runs.accept(_run(list(self.findings)))[0]
        for device, each in self.findings.items():
            if device not in self._packed:
                self._packed[device] = blobs.packed([one.as_data() for one in each])
        with ledger.database.write() as connection:
            self._conclude(connection, run)
        return run

    def _conclude(self, connection: Connection, run: str) -> None:
        done = {"state": "finished", "outcome": "ok", "finished_at": now()}
        connection.execute(update(jobs).where(jobs.c.run_id == run).values(**done))
        blobs.store(connection, {one.hash: one for one in self._packed.values()}, time.time())
        of_run = select(jobs.c.id, jobs.c.device).where(jobs.c.run_id == run)
        rows = [_output(row.id, self._packed[row.device]) for row in connection.execute(of_run)]
        connection.execute(insert(outputs), rows)
        judgements.expect(connection, [run])
        over = {"unfinished": 0, "verdict": "success", "finished_at": now()}
        connection.execute(update(runs).where(runs.c.id == run).values(**over))


def _finding(check: int, *, fails: bool) -> Finding:
    said: dict[str, Any] = {
        "check": f"policy-{check // 10}/rule-{check % 10}", "policy": f"policy-{check // 10}", "version": "1",
        "owner": "netsec@example.net", "severity": Severity.HIGH, "sources": {"running_config": "0" * 64},
    }  # fmt: skip
    if not fails:
        return Finding.passed(found=[f"a line of rule {check}"], **said)
    return Finding.failed("a line is missing", missing=[f"a line of rule {check}"], remediation="a line", **said)


def _run(devices: Sequence[str]) -> NewRun:
    return NewRun(
        id=str(ULID()).lower(), runbook="nightly_compliance", target="*", parameters={}, changes=False,
        queue=Queue.NODE, timeout=300.0, attempts=3, priority=5, deadline=3600.0, caller="schedule:nightly",
        revision="r", idempotency_key=None, fingerprint="f", devices=tuple((one, one) for one in devices),
    )  # fmt: skip


def _output(job: int, blob: blobs.Blob) -> dict[str, Any]:
    said = {"label": "nightly_compliance", "kind": blob.kind, "blob": blob.hash, "diff": "", "error": ""}
    return {"job_id": job, "position": 0, "changed": False, "failed": False, "elapsed": 1.0, "path": [], **said}


def _fold(ledger: Ledger, run: str) -> None:
    while ledger.folding.fold(run):
        pass


def _size(ledger: Ledger, path: Path) -> float:
    with ledger.database.alone() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size / 1e6


def _peer(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    columns = "run TEXT, device TEXT, rule TEXT, at REAL, severity TEXT, version TEXT, verdict TEXT, evidence TEXT"
    connection.execute(f"CREATE TABLE every (id INTEGER PRIMARY KEY, {columns})")
    connection.execute("CREATE INDEX ix_every ON every (device, rule, id)")
    return connection


def _every(peer: sqlite3.Connection, fleet: Fleet) -> None:
    """Write each finding as a row, as many in a transaction as a piece of ours has."""
    run = str(ULID()).lower()
    statement = "INSERT INTO every VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)"
    for some in batched(_rows(fleet.findings, run), 50 * CHECKS):
        peer.execute("BEGIN IMMEDIATE")
        peer.executemany(statement, some)
        peer.execute("COMMIT")


def _rows(findings: Mapping[str, Sequence[Finding]], run: str) -> Iterator[tuple[object, ...]]:
    at = time.time()
    for device, each in findings.items():
        for one in each:
            evidence = None if one.verdict is FindingVerdict.PASS else "0" * 64
            yield run, device, one.check, at, one.severity.value, one.version, one.verdict.value, evidence


def _size_of(peer: sqlite3.Connection) -> float:
    peer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return float(peer.execute("PRAGMA page_count").fetchone()[0] * peer.execute("PRAGMA page_size").fetchone()[0] / 1e6)


def _measured(side: str, call: Callable[[], None], size: Callable[[], float]) -> dict[str, float]:
    """Return how long a call took, and by how many megabytes the file grew."""
    before, began = size(), time.perf_counter()
    call()
    took = time.perf_counter() - began
    return {f"{side}.s": took, f"{side}.MB": max(size() - before, 0.001)}
