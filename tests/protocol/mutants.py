"""The protocol with one rule taken out at a time, and the tests that must notice."""

from dataclasses import dataclass
from pathlib import Path

CORE = Path("netpulse_core")
LEDGER = CORE / "ledger"


@dataclass(frozen=True, slots=True)
class Edit:
    """One place of a file, as it is and as the bug would have it."""

    file: Path
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug and where to look for it."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


_IN_DOUBT_HOLDS = "state IN ('running', 'pushing', 'in_doubt')"
_INDEX = LEDGER / "migrations/versions/0017_diagnostic_reads.py"
"""Where the index is made that holds a device."""

_NO_UNIQUE = Edit(
    _INDEX,
    '"ux_jobs_device_held", "jobs", ["device_key"], unique=True',
    '"ux_jobs_device_held", "jobs", ["device_key"], unique=False',
)
_NO_LOOK = Edit(
    LEDGER / "claiming.py",
    "            *undisturbed(),\n",
    "",
)

MUTANTS = (
    Mutant("no device lock", (_NO_UNIQUE, _NO_LOOK), ("tests/ledger/test_claims.py", "tests/ledger/test_races.py")),
    Mutant(
        "the index without in_doubt",
        (
            Edit(_INDEX, _IN_DOUBT_HOLDS, "state IN ('running', 'pushing')"),
            Edit(LEDGER / "tables.py", '("running", "pushing", "in_doubt")]', '("running", "pushing")]'),
        ),
        ("tests/ledger/test_crossing.py", "tests/ledger/test_protocol.py"),
    ),
    Mutant(
        "a lost push is queued again",
        (
            Edit(
                LEDGER / "reaping.py",
                "running = held(), jobs.c.state == JobState.RUNNING.value, jobs.c.node.not_in(living)",
                "running = jobs.c.state.in_(['running', 'pushing']), jobs.c.node.not_in(living)",
            ),
            Edit(
                LEDGER / "reaping.py",
                ".where(jobs.c.id.in_([row.id for row in rows]), jobs.c.state == JobState.RUNNING.value)",
                ".where(jobs.c.id.in_([row.id for row in rows]))",
            ),
        ),
        ("tests/ledger/test_crossing.py", "tests/ledger/test_protocol.py"),
    ),
    Mutant(
        "a late conclusion is accepted",
        (
            Edit(
                LEDGER / "conclusions.py",
                "for row in rows if (row.id, row.fence) in fences}",
                "for row in rows for fence in [dict(fences)[row.id]]}",
            ),
            Edit(LEDGER / "conclusions.py", "return {(row.id, row.fence): row", "return {(row.id, fence): row"),
        ),
        ("tests/ledger/test_conclusions.py",),
    ),
    Mutant(
        "the gate does not ask for the fence",
        (Edit(LEDGER / "claims.py", "                    jobs.c.fence == claim.fence,\n", ""),),
        ("tests/ledger/test_crossing.py",),
    ),
    Mutant(
        "the gate does not ask for the deadline",
        (Edit(LEDGER / "claims.py", "                    jobs.c.deadline_at > now(),\n", ""),),
        ("tests/ledger/test_crossing.py",),
    ),
    Mutant(
        "the gate does not ask for the lease",
        (
            Edit(
                LEDGER / "claims.py",
                "                    exists().where(nodes.c.id == node, nodes.c.lease_until > now()),\n",
                "",
            ),
        ),
        ("tests/ledger/test_crossing.py",),
    ),
    Mutant(
        "the gate does not ask for a cancel",
        (Edit(LEDGER / "claims.py", "                    jobs.c.cancel_at.is_(None),\n", ""),),
        ("tests/ledger/test_crossing.py", "tests/ledger/test_protocol.py"),
    ),
    Mutant(
        "the gate does not ask for freezes",
        (Edit(LEDGER / "claims.py", "                    ~frozen.frozen(true()),\n", ""),),
        ("tests/ledger/test_freezes.py", "tests/ledger/test_protocol.py"),
    ),
    Mutant(
        "a change is claimed while its device is frozen",
        (Edit(LEDGER / "claiming.py", "ready = and_(ready, ~freezing.frozen(freezing.of_its_run()))", "pass"),),
        ("tests/ledger/test_freezes.py", "tests/ledger/test_protocol.py"),
    ),
    Mutant(
        "what was cancelled is tried again where its worker gives it back",
        (
            Edit(
                LEDGER / "conclusions.py",
                "if retry and job.cancel_at is not None:",
                "if retry and False:",
            ),
        ),
        ("tests/ledger/test_stopping.py", "tests/ledger/test_protocol.py"),
    ),
    Mutant(
        "what was cancelled is queued again where its worker dies",
        (
            Edit(LEDGER / "reaping.py", "[row for row in taken if row.cancel_at is not None]", "[]"),
            Edit(LEDGER / "reaping.py", "[row for row in taken if row.cancel_at is None]", "taken"),
        ),
        ("tests/ledger/test_reaping.py", "tests/ledger/test_protocol.py"),
    ),
    Mutant(
        "a cancel ends a change that has begun",
        (
            Edit(
                LEDGER / "stopping.py",
                "queued = [row for row in rows if row.state == JobState.QUEUED]",
                "queued = [row for row in rows if row.state in {JobState.QUEUED, JobState.PUSHING}]",
            ),
        ),
        ("tests/ledger/test_stopping.py", "tests/ledger/test_protocol.py"),
    ),
    Mutant(
        "a retry after the point of no return",
        (
            Edit(
                LEDGER / "conclusions.py",
                " and job.state == JobState.RUNNING.value",
                "",
            ),
        ),
        ("tests/ledger/test_conclusions.py",),
    ),
    Mutant(
        "a refused login is tried again",
        (Edit(CORE / "runs/explain.py", "error.retryable\n", "(error.retryable or isinstance(error, _NO_SESSION))\n"),),
        ("tests/runs/test_outcomes.py",),
    ),
    Mutant(
        "a lease from this machine's clock",
        (Edit(LEDGER / "nodes.py", "lease_until=now() + LEASE", 'lease_until=__import__("time").time() + LEASE'),),
        ("tests/ledger/test_claims.py",),
    ),
    Mutant(
        "a change that has begun goes over into another life of its worker",
        (
            Edit(
                LEDGER / "nodes.py",
                "jobs.c.node.in_(after), jobs.c.state == JobState.RUNNING.value",
                "jobs.c.node.in_(after)",
            ),
        ),
        ("tests/ledger/test_nodes.py",),
    ),
    Mutant(
        "doubts are looked into past the brake",
        (
            Edit(
                CORE / "runs/reconciling.py",
                "workshop.credentials(doubt.device, self._resolve)",
                "workshop.credentials(doubt.device, self._resolve, in_change=lambda: True)",
            ),
        ),
        ("tests/worker/test_doubts_and_logins.py",),
    ),
    Mutant(
        "a reaper that trusts leases after an outage",
        (Edit(CORE / "worker/reaper.py", "        self._up_since = self._clock()\n", "        pass\n"),),
        ("tests/worker/test_reaper.py",),
    ),
    Mutant(
        "a reaper that takes a ledger which hung for one that was up",
        (Edit(CORE / "worker/reaper.py", "            self.ledger_was_away()\n", "            pass\n"),),
        ("tests/worker/test_reaper.py",),
    ),
    Mutant(
        "the first byte goes before the point of no return",
        (
            Edit(
                CORE / "sessions/lent.py",
                "        self._gate.cross(self._loan.recorded(), before)\n        return True\n",
                "        return True\n",
            ),
        ),
        ("tests/sessions/test_gate.py",),
    ),
    Mutant(
        "a change goes on although others judge its device by now",
        (Edit(CORE / "worker/gate.py", "            self._overtime.refuse()\n", "            pass\n"),),
        ("tests/worker/test_gate.py",),
    ),
    Mutant(
        "a change begins in a history that the ledger has left",
        (Edit(CORE / "ledger/claims.py", "                    *self._database.same_timeline(),\n", ""),),
        ("tests/ledger/test_timeline.py",),
    ),
    Mutant(
        "the device is read while the old session may still write",
        (
            Edit(
                CORE / "runs/reconciling.py",
                "                for session in self._doubt.sessions:\n                    self._end(session)\n",
                "",
            ),
        ),
        ("tests/worker/test_reconciling.py",),
    ),
    Mutant(
        "whoever looked into a doubt before may still say what became of it",
        (Edit(LEDGER / "reconciling.py", "jobs.c.fence == doubt.fence, ", ""),),
        ("tests/ledger/test_reconciling.py", "tests/ledger/test_protocol.py"),
    ),
    Mutant(
        "a diagnostic read does not ask what holds the device",
        (
            Edit(
                LEDGER / "holding.py",
                """beside = and_(jobs.c.diagnostic.is_not(None), holder.c.state == literal_column("'in_doubt'"))""",
                "beside = jobs.c.diagnostic.is_not(None)",
            ),
        ),
        ("tests/ledger/test_diagnosing.py", "tests/ledger/test_protocol.py"),
    ),
    Mutant(
        "a job is claimed although a diagnostic read is at work",
        (
            Edit(
                LEDGER / "holding.py",
                "        jobs.c.device_key.not_in(select(reader.c.device_key).where(diagnoses(reader))),\n",
                "",
            ),
        ),
        ("tests/ledger/test_diagnosing.py", "tests/ledger/test_protocol.py"),
    ),
    Mutant(
        "a diagnostic read on a session that others had",
        (Edit(CORE / "runs/job.py", "own_session=claim.diagnostic or (", "own_session=("),),
        ("tests/worker/test_diagnosing.py",),
    ),
    Mutant(
        "a change is claimed outside its maintenance window",
        (Edit(LEDGER / "claiming.py", "            ready = and_(ready, ~windows.stopped())\n", "            pass\n"),),
        ("tests/ledger/test_windows.py",),
    ),
    Mutant(
        "a maintenance window that has closed is not asked for at the point of no return",
        (Edit(LEDGER / "claims.py", "                    ~windowed.stopped_in_hand(),\n", ""),),
        ("tests/ledger/test_windows.py",),
    ),
    Mutant(
        "a change that does not fit its maintenance window",
        (
            Edit(
                LEDGER / "windowed.py",
                "fits = window_stretches.c.ends_at - jobs.c.claimed_at >= func.coalesce(jobs.c.expected, 0.0)",
                "fits = window_stretches.c.ends_at > 0",
            ),
        ),
        ("tests/ledger/test_windows.py",),
    ),
    Mutant(
        "a spoilt session is lent again",
        (
            Edit(
                CORE / "sessions/lent.py",
                "unspoilt = not self.poisoned and self.session.way.state is SessionState.CONNECTED",
                "unspoilt = True",
            ),
        ),
        ("tests/sessions/test_reuse.py",),
    ),
)
