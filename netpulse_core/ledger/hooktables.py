"""The table of what came in: each delivery to a hook, and the runs it made or was joined to."""

from sqlalchemy import JSON, Column, Double, Index, Table, Text

from netpulse_core.ledger.tables import metadata

hook_events = Table(
    "hook_events",
    metadata,
    Column("hook", Text, primary_key=True),
    Column("delivery", Text, primary_key=True),
    Column("run_id", Text, primary_key=True),
    Column("at", Double, nullable=False),
    Column("became", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("devices", JSON, nullable=False),
    Column("causes", JSON, nullable=False),
    Index("ix_hook_events_run", "run_id"),
    Index("ix_hook_events_at", "at"),
)
