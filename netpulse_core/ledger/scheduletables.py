"""The tables of schedules and of what became of their due times."""

from sqlalchemy import JSON, Column, Double, Index, Integer, LargeBinary, Table, Text, text

from netpulse_core.ledger.tables import metadata

WAITS = text("state = 'queued'")

schedules = Table(
    "schedules",
    metadata,
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("definition", JSON, nullable=False),
    # Where secrets stand in its parameters, it has none, these have marks instead, and all of them are sealed.
    Column("shown", JSON(none_as_null=True)),
    Column("key_id", Text),
    Column("wrapped", LargeBinary),
    Column("sealed", LargeBinary),
    Column("anchor", Double, nullable=False),
    Column("last_due", Double),
    Column("next_due", Double),
    Column("source", Text),
    Column("made_by", Text),
    Column("paused_at", Double),
    Column("paused_by", Text),
    Column("paused_for", Text),
    Column("passed", Double),
)

fires = Table(
    "fires",
    metadata,
    Column("schedule", Text, primary_key=True),
    Column("due_at", Double, primary_key=True),
    Column("fired_at", Double, nullable=False),
    Column("run_id", Text),
    Column("problem", Text, nullable=False),
    Column("state", Text),
    Column("since", Double),
    Column("due_times", Integer),
    Index("ix_fires_queued", "schedule", sqlite_where=WAITS, postgresql_where=WAITS),
)
