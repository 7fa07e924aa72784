"""The tables. Instants are seconds since 1970 by the database's clock, so that both databases compare them alike."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
    literal_column,
    text,
)

metadata = MetaData()
counter = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows itself only under INTEGER

QUEUED = text("state = 'queued'")
_AT_WORK = "state IN ('running', 'pushing', 'in_doubt')"
HELD = text(_AT_WORK)
HOLDS = text(f"{_AT_WORK} AND behind IS NULL AND diagnostic IS NULL")
DIAGNOSES = text(f"{_AT_WORK} AND diagnostic IS NOT NULL")
UNFINISHED = text("verdict IS NULL")
WAITS = text("waits_on IS NOT NULL")
BEHIND = text("behind IS NOT NULL")
WITH_OUTPUTS = text("outputs_removed_at IS NULL")
WITH_EVENTS = text("events_removed_at IS NULL")
WITH_BOOK = text("book IS NOT NULL")
SEALED = text("wrapped IS NOT NULL")
UNPLACED, PLACED = text("position IS NULL"), text("position > 0")

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("runbook", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("parameters", JSON, nullable=False),
    # Where secrets stand in them, those are empty, these have marks instead, and all of them are sealed.
    Column("shown", JSON(none_as_null=True)),
    Column("key_id", Text),
    Column("wrapped", LargeBinary),
    Column("sealed", LargeBinary),
    Column("changes", Boolean, nullable=False),
    Column("queue", Text, nullable=False),
    Column("timeout", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("caller", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("schedule", Text),
    Column("repeats", Text),
    Column("idempotency_key", Text),
    Column("fingerprint", Text, nullable=False),
    Column("accepted_at", Double, nullable=False),
    Column("deadline_at", Double, nullable=False),
    Column("finished_at", Double),
    Column("override_window", Text),
    # The command rules its caller was held to when it was accepted; written once, and never after.
    Column("commands", JSON(none_as_null=True)),
    Column("devices", Integer, nullable=False),
    Column("unfinished", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("verdict", Text),
    Column("outputs_removed_at", Double),
    Column("events_removed_at", Double),
    UniqueConstraint("caller", "idempotency_key", name="ux_runs_idempotency"),
    Index("ix_runs_accepted", "accepted_at"),
    Index("ix_runs_unfinished", "caller", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
    Index("ix_runs_finished", "finished_at"),
    Index("ix_runs_runbook", "runbook", "finished_at"),
    Index("ix_runs_with_outputs", "finished_at", sqlite_where=WITH_OUTPUTS, postgresql_where=WITH_OUTPUTS),
    Index("ix_runs_with_events", "finished_at", sqlite_where=WITH_EVENTS, postgresql_where=WITH_EVENTS),
    Index("ix_runs_sealed", "key_id", sqlite_where=SEALED, postgresql_where=SEALED),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", counter, primary_key=True, autoincrement=True),
    Column("run_id", Text, ForeignKey("runs.id"), nullable=False),
    Column("device", Text, nullable=False),
    Column("device_key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("outcome", Text),
    Column("queue", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("rank", Double, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("node", Text),
    Column("not_before", Double, nullable=False),
    Column("deadline_at", Double, nullable=False),
    Column("claimed_at", Double),
    Column("pushing_at", Double),
    Column("cancel_at", Double),
    Column("finished_at", Double),
    Column("device_session", Text),
    Column("session_reused", Boolean),
    Column("elapsed", Double),
    Column("problem", JSON(none_as_null=True)),
    Column("waits_on", Text),
    Column("expected", Double),
    # In doubt behind another doubt of the same device, which holds it for both: only a restored ledger makes these.
    Column("behind", Boolean),
    # A read that a person asked for of a device in doubt: it holds nothing, and runs beside the doubt.
    Column("diagnostic", Boolean),
    UniqueConstraint("run_id", "device", name="ux_jobs_run_device"),
    Index("ix_jobs_device", "device", "run_id"),
    # The schema itself holds the device: whoever is second gets an IntegrityError, whatever the code believed.
    Index("ux_jobs_device_held", "device_key", unique=True, sqlite_where=HOLDS, postgresql_where=HOLDS),
    Index("ux_jobs_device_diagnosed", "device_key", unique=True, sqlite_where=DIAGNOSES, postgresql_where=DIAGNOSES),
    Index("ix_jobs_queued", "rank", "id", sqlite_where=QUEUED, postgresql_where=QUEUED),
    Index("ix_jobs_queued_device", "device_key", "rank", sqlite_where=QUEUED, postgresql_where=QUEUED),
    Index("ix_jobs_queued_deadline", "deadline_at", sqlite_where=QUEUED, postgresql_where=QUEUED),
    Index("ix_jobs_node", "node", sqlite_where=HELD, postgresql_where=HELD),
    Index("ix_jobs_behind", "device_key", sqlite_where=BEHIND, postgresql_where=BEHIND),
    Index("ix_jobs_waits_on", "waits_on", sqlite_where=WAITS, postgresql_where=WAITS),
)


def queued(alias: FromClause = jobs) -> ColumnElement[bool]:
    """Whether a job waits; written as the index is, because SQLite uses a partial index only for its very words."""
    return alias.c.state == literal_column("'queued'")


def held(alias: FromClause = jobs) -> ColumnElement[bool]:
    """Whether a job is at work or in doubt; written as the indexes are, for the same reason."""
    return alias.c.state.in_([literal_column(f"'{state}'") for state in ("running", "pushing", "in_doubt")])


def holds(alias: FromClause = jobs) -> ColumnElement[bool]:
    """Whether a job is the one that holds its device; what is in doubt behind it is none, nor is a diagnostic read."""
    return and_(held(alias), alias.c.behind.is_(None), alias.c.diagnostic.is_(None))


pushes = Table(
    "pushes",
    metadata,
    Column("job_id", counter, ForeignKey("jobs.id"), primary_key=True, autoincrement=False),
    Column("sessions", JSON, nullable=False),
    Column("baseline", LargeBinary),
    Column("reconciler", Text),
    Column("look_at", Double),
    Column("tries", Integer, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("key", Text, primary_key=True),
    Column("fence", BigInteger, nullable=False),
    Column("pushes", BigInteger, nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("fifo_only", Boolean, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("lease_until", Double, nullable=False),
    Column("draining", Boolean, nullable=False),
    Column("stopped_at", Double),
    Column("sessions", Integer, nullable=False),
    Column("book", Text),
    Index("ix_nodes_book", "lease_until", sqlite_where=WITH_BOOK, postgresql_where=WITH_BOOK),
)

placements = Table(
    "placements",
    metadata,
    Column("device_key", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("placed_at", Double, nullable=False),
    Index("ix_placements_node", "node"),
)

blobs = Table(
    "blobs",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("coding", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("stored_at", Double),
)

file_contents = Table(
    "file_contents",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("asked_at", Double, nullable=False),
    # Of what was fetched from a device: its data key, and the key of the store that wraps it.
    Column("key_id", Text),
    Column("wrapped", LargeBinary),
)

file_chunks = Table(
    "file_chunks",
    metadata,
    Column("sha256", Text, ForeignKey("file_contents.sha256"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("name", Text, primary_key=True),
    Column("sha256", Text, ForeignKey("file_contents.sha256"), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("created_by", Text, nullable=False),
    Index("ix_files_sha256", "sha256"),
)

# Who has sent a content: a narrowed caller may name what it sent itself, by its hash alone.
file_senders = Table(
    "file_senders",
    metadata,
    Column("sha256", Text, ForeignKey("file_contents.sha256"), primary_key=True),
    Column("caller", Text, primary_key=True),
)

run_files = Table(
    "run_files",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("sha256", Text, ForeignKey("file_contents.sha256"), primary_key=True),
    Index("ix_run_files_sha256", "sha256"),
)

outputs = Table(
    "outputs",
    metadata,
    Column("job_id", counter, ForeignKey("jobs.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("label", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("blob", Text, ForeignKey("blobs.hash"), nullable=False),
    Column("changed", Boolean, nullable=False),
    Column("failed", Boolean, nullable=False),
    Column("diff", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("elapsed", Double, nullable=False),
    Column("age", Double),
    Column("path", JSON(none_as_null=True)),
    Column("severity", Integer),
    Index("ix_outputs_blob", "blob"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", counter, primary_key=True, autoincrement=True),
    Column("run_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("device", Text),
    Column("body", JSON, nullable=False),
    Column("at", Double, nullable=False),
    # Its place among all events, given once they are committed; 0 where nobody was to be told.
    Column("position", BigInteger),
    UniqueConstraint("run_id", "number", name="ux_outbox_run_number"),
    Index("ix_outbox_unplaced", "id", sqlite_where=UNPLACED, postgresql_where=UNPLACED),
    Index("ux_outbox_position", "position", unique=True, sqlite_where=PLACED, postgresql_where=PLACED),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("created_by", Text),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Column("used_at", Double),
    Column("scope", JSON),
    Column("replaces", Text),
)
