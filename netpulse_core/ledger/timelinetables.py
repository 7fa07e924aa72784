"""The table of the one history that this ledger goes by."""

from sqlalchemy import CheckConstraint, Column, Double, Integer, Table, Text

from netpulse_core.ledger.tables import metadata

timelines = Table(
    "timelines",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("since_at", Double, nullable=False),
)
