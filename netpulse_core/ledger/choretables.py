"""The table of chores: what one process at a time does for all of them."""

from sqlalchemy import JSON, Column, Double, Table, Text

from netpulse_core.ledger.tables import metadata

chores = Table(
    "chores",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("lease_until", Double, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("finished_at", Double),
    Column("in_hand", JSON, nullable=False),
    Column("removed", JSON, nullable=False),
)
